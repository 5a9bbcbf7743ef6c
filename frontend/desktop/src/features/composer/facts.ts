/** What the variables of a quick phrase mean in the open conversation. The contact's own things are asked for when needed. */
import { getContact } from "@/server/actions.ts"
import { me } from "@/server/me.ts"
import { channelName } from "@/server/surroundings.ts"
import { thread } from "@/server/thread.ts"
import type { Contact } from "@/server/types.ts"
import { filled, variablesIn } from "./variables.ts"

/** The phrase's text as it is put into the composer. What cannot be known keeps its variable. */
export async function spoken(text: string): Promise<string> {
  const row = thread.row
  const names = variablesIn(text).map((one) => one.name)
  if (!row || !names.length) return text
  const asks = names.some((name) => name.startsWith("contact.") && name !== "contact.name")
  const contact = asks ? await getContact(row.contact.id).catch(() => null) : null
  return filled(text, (name) => {
    if (name === "contact.name") return row.contact.name
    if (name.startsWith("contact.")) return contact ? ofContact(contact, name.slice("contact.".length)) : undefined
    if (name === "conversation.channel") return channelName(row.channel)
    if (name === "conversation.inbox") return row.inbox_name
    if (name === "agent.name") return me.value?.agent.name
    if (name === "workspace.name") return me.value?.workspace.name
    if (name.startsWith("conversation.attributes."))
      return thread.detail?.attributes[name.slice("conversation.attributes.".length)]
    return undefined
  })
}

function ofContact(contact: Contact, what: string): string | undefined {
  if (what === "email" || what === "phone" || what === "language") return contact[what]
  return what.startsWith("attributes.") ? String(contact.attributes[what.slice("attributes.".length)] ?? "") : undefined
}
