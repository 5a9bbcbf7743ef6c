/** Minutes as people say them: 30 min, 4 h, 3 d. Pure but for the words. */
import { t } from "@/words/index.ts"

export const ANSWERS = [1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 120, 240, 480, 1440]
export const SOLUTIONS = [30, 60, 120, 240, 480, 960, 1440, 2880, 4320, 7200, 14400]

export function minutesWord(minutes: number): string {
  if (minutes >= 1440 && minutes % 1440 === 0) return t("policies.days_of", { count: minutes / 1440 })
  if (minutes >= 60 && minutes % 60 === 0) return t("policies.hours_of", { count: minutes / 60 })
  return t("policies.minutes", { count: minutes })
}
