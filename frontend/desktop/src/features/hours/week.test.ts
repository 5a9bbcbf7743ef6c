import { expect, test } from "vitest"
import { alike, dayName, dayOf, holidayOf, isWhole, spansOf, told, weekOf, type Week } from "./week.ts"

const at = (day: number, opens: string, closes: string) => ({ day: day as 0, opens, closes })
const WEEK = [0, 1, 2, 3, 4].map((day) => at(day, "09:00", "18:00"))

test("what the server keeps comes back as it was, midnight too", () => {
  const spans = [...WEEK, at(5, "10:00", "12:00"), at(5, "14:00", "24:00"), at(6, "22:00", "06:00")]
  expect(spansOf(weekOf(spans))).toEqual(spans)
  expect(weekOf(spans)[5]![1]).toEqual({ opens: "14:00", closes: "00:00" })
  const holiday = { date: "2027-02-06", name: "春节", spans: [{ opens: "10:00", closes: "24:00" }] }
  expect(holidayOf(dayOf(holiday))).toEqual(holiday)
})

test("days that open alike are told together, and closed ones not at all", () => {
  expect(alike([...WEEK, at(6, "10:00", "12:00")])).toEqual([
    [0, 4, "09:00–18:00"],
    [6, 6, "10:00–12:00"],
  ])
  expect(told(WEEK, "zh-CN")).toBe("周一–周五 09:00–18:00")
  expect(told([], "en")).toBe("")
  expect(dayName(0, "en")).toBe("Monday")
})

test("a time that is missing, or a day named twice, is not whole", () => {
  const week: Week = weekOf(WEEK)
  const day = { date: "2027-01-01", name: "", lines: [] }
  expect(isWhole(week, [day])).toBe(true)
  expect(isWhole(week, [day, day])).toBe(false)
  expect(isWhole(week, [{ ...day, date: "" }])).toBe(false)
  expect(isWhole([[{ opens: "09:00", closes: "" }]], [])).toBe(false)
})
