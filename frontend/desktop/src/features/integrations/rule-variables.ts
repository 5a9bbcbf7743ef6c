/** The variables that a rule's words may hold, and how they would read with what a customer might be called. */
import { find } from "@/words/index.ts"

export const VARIABLES = [
  "contact.name",
  "agent.name",
  "conversation.queue",
  "conversation.opens",
  "conversation.channel",
  "workspace.name",
] as const

const VARIABLE = /\{\{\s*((?:contact|conversation|agent|workspace)\.[^{}|]+?)\s*(?:\|([^{}]*))?\}\}/gu

export const written = (name: string) => `{{${name}}}`
export const EXAMPLE = written("contact.name|…")
export const holdsVariables = (text: string) => text.search(VARIABLE) >= 0

/** The text as somebody would read it: what each variable stands for, in angle brackets. */
export const sample = (text: string): string =>
  text.replace(VARIABLE, (_, name: string) => `‹${find(`rules.variable.${name}`) ?? name}›`)
