/** Calls the agent back to the desk: a number in the title, a dot on the icon, two soft tones, a notification if wanted. */
import { watch } from "vue"
import { say } from "@/design/toast.ts"
import { eventsOf, hear } from "@/server/live.ts"
import { me, muted, prefer, preferences } from "@/server/me.ts"
import { isOffered } from "@/server/offers.ts"
import { hearNotices } from "@/server/notices.ts"
import { counts, nameOf } from "@/server/surroundings.ts"
import type { LiveEvent } from "@/server/types.ts"
import { t } from "@/words/index.ts"
import { twoTones } from "./tones.ts"

const ASKED = "guanxi.asked_to_notify"
const QUIET_MS = 1500

/** Of several tabs one makes the noise. */
export const noise = { leader: false }

/** Starts; `open` goes to a conversation whose notification was clicked. Returns how to stop. */
export function keepAttention(open: (conversation: string) => void): () => void {
  let missed = 0
  let soundAt = 0
  let giveUp = () => {}
  void navigator.locks?.request("guanxi.noise", () => {
    noise.leader = true
    return new Promise<void>((done) => (giveUp = done))
  })

  // …and only while none of them is looked at: the one that is holds this lock.
  let blur = () => {}
  const focused = () => {
    blur()
    if (document.hasFocus())
      void navigator.locks?.request(
        "guanxi.focus",
        { mode: "shared" },
        () => new Promise<void>((done) => (blur = done)),
      )
  }
  const blurred = () => blur()
  const seen = async () => (await navigator.locks?.query())?.held?.some((lock) => lock.name === "guanxi.focus") ?? false
  focused()
  addEventListener("focus", focused)
  addEventListener("blur", blurred)

  const paint = () => {
    const waiting = counts.value?.mine.count ?? 0
    document.title = `${missed ? `(${missed > 99 ? "99+" : missed}) ` : ""}${me.value?.workspace.name ?? ""}${waiting ? ` · ${waiting}` : ""} · Guanxi`
    void navigator.setAppBadge?.(missed).catch(() => {})
    document.querySelector<HTMLLinkElement>("link[rel=icon]")?.setAttribute("href", missed ? dotted : "/favicon.svg")
  }
  const concerns = (event: LiveEvent) =>
    event.kind === "message.received" &&
    event.row?.state === "open" &&
    !event.row.contact.blocked &&
    (event.row.assignee === null || event.row.assignee.id === me.value?.agent.id)

  const stopHearing = hear(async (frames) => {
    const news = eventsOf(frames).filter(concerns)
    const away = document.hidden || !document.hasFocus()
    if (eventsOf(frames).some((event) => event.kind === "conversation.assigned" && isOffered(event.row)))
      await ring(away)
    if (!news.length) return
    if (away) {
      missed += news.length
      paint()
    }
    if (!noise.leader || muted() || me.value?.agent.presence === "offline" || (await seen())) return
    if (preferences.sound && away && Date.now() - soundAt > QUIET_MS) {
      soundAt = Date.now()
      twoTones(news.some((event) => event.row?.assignee))
    }
    if (preferences.notifications && away && "Notification" in window && Notification.permission === "granted") {
      const { row } = news.at(-1)!
      show(row!.id, nameOf(row!.contact), row!.last_text)
    }
  })
  /** What we are offered runs out: it is heard also while the desk is looked at, once in all tabs. */
  async function ring(away: boolean) {
    if (!noise.leader || muted() || !preferences.sound || (away && (await seen()))) return
    soundAt = Date.now()
    twoTones(true)
  }
  function show(conversation: string, title: string, body: string) {
    const note = new Notification(title, { body, tag: conversation, silent: true })
    note.addEventListener("click", () => {
      focus()
      open(conversation)
      note.close()
    })
  }
  // A colleague who calls us is heard also while we are away from the queue.
  const stopNotices = hearNotices(async (fresh) => {
    if (!document.hidden && document.hasFocus()) return
    missed += fresh.length
    paint()
    if (!noise.leader || muted() || (await seen())) return
    if (preferences.sound) twoTones(true)
    const one = fresh[0]!
    if (preferences.notifications && "Notification" in window && Notification.permission === "granted")
      show(
        one.conversation_id,
        t(`notice.${one.kind}`, { by: one.by?.name ?? t("notice.house"), contact: nameOf(one.contact) }),
        one.text,
      )
  })
  const back = () => {
    if (document.hidden) return
    if (missed && "Notification" in window && Notification.permission === "default" && !localStorage.getItem(ASKED)) {
      localStorage.setItem(ASKED, "1")
      say(t("attention.ask", { count: missed }), {
        seconds: 14,
        action: { label: t("attention.turn_on"), run: () => void turnOn() },
      })
    }
    missed = 0
    paint()
  }
  addEventListener("focus", back)
  const stopWatching = watch([counts, me], paint, { immediate: true })
  return () => {
    stopHearing()
    stopNotices()
    stopWatching()
    removeEventListener("focus", back)
    giveUp()
    blur()
    removeEventListener("focus", focused)
    removeEventListener("blur", blurred)
    document.title = "Guanxi"
  }
}

/** Asks the browser; remembers the wish only when it agrees. */
export async function turnOn(): Promise<boolean> {
  const agreed = "Notification" in window && (await Notification.requestPermission()) === "granted"
  await prefer({ notifications: agreed })
  return agreed
}

const dotted = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#2f4a8a"/><path d="M9 11.500a2.500 2.500 0 0 1 2.500-2.500h9a2.500 2.500 0 0 1 2.500 2.500v6a2.500 2.500 0 0 1-2.500 2.500H16l-4.500 4v-4A2.500 2.500 0 0 1 9 17.500z" fill="#fff"/><circle cx="25" cy="7" r="7" fill="#d4402f" stroke="#fff" stroke-width="2"/></svg>',
)}`
