/** Files are shown as what they are, never run, and tables of every maker can be read. */
import { expect, test } from "vitest"
import { shownAs } from "./file-kinds.ts"
import { MOST_COLUMNS, MOST_ROWS, tableOf, textOf } from "./file-words.ts"

test.each([
  [{ type: "application/pdf", name: "报价.pdf" }, "pdf"],
  [{ type: "application/octet-stream", name: "Orders.CSV" }, "table"],
  [{ type: "application/octet-stream", name: "page.html" }, "text"],
  [{ type: "image/svg+xml", name: "logo.svg" }, null],
  [{ type: "application/zip", name: "fake.csv" }, null],
  [{ type: "application/octet-stream", name: "setup.exe" }, null],
  [{ type: "audio/mpeg", name: "a.mp3" }, "audio"],
  [{ type: "image/jpeg", name: "scan.jpg" }, "image"],
])("%o is shown as %s", (media, shown) => expect(shownAs(media)).toBe(shown))

test("a quoted cell keeps its commas, line breaks and quotation marks", () => {
  const { rows } = tableOf('名称,备注\r\n"壶, 小","他说""好""\n明天来"\r\n')
  expect(rows).toEqual([
    ["名称", "备注"],
    ["壶, 小", '他说"好"\n明天来'],
  ])
})

test("semicolons and tabs part cells as well, and an unclosed quotation mark ends with the file", () => {
  expect(tableOf("a;b,c;d\n1;2;3").rows[1]).toEqual(["1", "2", "3"])
  expect(tableOf("a\tb\n1\t2").rows[0]).toEqual(["a", "b"])
  expect(tableOf('a,b\n"never closed,2').rows[1]).toEqual(["never closed,2"])
})

test("a table without an end is cut, and says so", () => {
  const { rows, more } = tableOf(`${"x,".repeat(5000)}\n`.repeat(MOST_ROWS + 3))
  expect(more).toBe(true)
  expect(rows).toHaveLength(MOST_ROWS)
  expect(rows[0]).toHaveLength(MOST_COLUMNS)
})

test("old encodings are told apart", () => {
  const bytes = (...codes: number[]) => new Uint8Array(codes)
  expect(textOf(bytes(0xce, 0xd2, 0xc3, 0xc7))).toBe("我们")
  expect(textOf(bytes(0x82, 0xa0, 0x82, 0xa2))).toBe("あい")
  expect(textOf(new TextEncoder().encode("我们").slice(0, 5))).toBe("我")
})
