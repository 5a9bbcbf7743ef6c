"""How smoothly: a desk in Chromium with 5,000 conversations in its list, while fifty customers a second write.

The house is the product's: webhooks come in at its door, a worker threads them, the live socket tells the desk. The
browser reports what kept it from answering (long tasks) and when each new message was painted; the kernel, how long its
main thread was on a core. What comes in one breath with more than a screenful of others stands below the edge at once and is
never painted: it is counted as that, and at the end every message must stand in its row. The reference is a page in the same browser that only shifts a few plain rows as often: what
this machine and this browser can do.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, Page, async_playwright

from bench.rig.figure import Figure, Missed, part, run
from bench.rig.house import Site, free_port, open_site, process
from bench.rig.shops import Shop, arrive, headers_of, kept_row, open_shop, sign_in, text_body
from guanxi.http.app import build
from guanxi.http.server import open_socket, web_server
from tests.browser.pages import QUIET, built_desk, find_browser

GOALS = {"longest_task_ms": 100, "cpu_ms_per_1000": 1600}
CONVERSATIONS = 5000
EVENTS_PER_S = 50
SECONDS = 15
PLENTY = 100_000  # marks of the first stream begin here
SEEDED = 1_000_000  # numbers of messages from here on are the stream's
WATCH = """() => {
  window.tasks = []; window.frames = []; window.painted = {}
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) tasks.push({ at: performance.timeOrigin + one.startTime, ms: one.duration })
  }).observe({ type: "longtask" })
  const frame = () => { frames.push(Date.now()); requestAnimationFrame(frame) }
  requestAnimationFrame(frame)
  const look = (text) => {
    for (const [, mark] of text.matchAll(/mark-(\\d+)-/g)) {
      if (mark in painted) continue
      painted[mark] = 0
      requestAnimationFrame(() => setTimeout(() => (painted[mark] ||= Date.now())))
    }
  }
  window.watchRows = (box) => new MutationObserver(() => look(box.innerText)).observe(
    box, { subtree: true, childList: true, characterData: true })
}"""
PLAIN = """<!doctype html><main style="position:relative;font:13px/1.5 system-ui"></main><script>
const rows = Array.from({ length: 15 }, (_, n) => {
  const one = document.querySelector("main").appendChild(document.createElement("p"))
  one.style.cssText = "position:absolute;margin:0"
  return one
})
let turn = 0
setInterval(() => {
  turn += 5
  rows.forEach((one, n) => { one.textContent = `row ${turn + n}`; one.style.transform = `translateY(${n * 64}px)` })
}, 100)
</script>"""


async def measure(quick: bool = False) -> Figure:
    many, seconds = (200, 2) if quick else (CONVERSATIONS, SECONDS)
    async with open_site() as site, async_playwright() as playwright:
        shop = await open_shop(site, "desk")
        program = find_browser()
        if program is None:
            raise Missed("Chromium is not installed")
        async with _web(site) as base, process(site, "worker"):
            await _fill(site, shop, many)
            browser = await playwright.chromium.launch(executable_path=program, args=list(QUIET))
            try:
                idle = await _plain(browser, await browser.new_page(), seconds)
                cookie = (await sign_in(site, shop))["cookie"].partition("=")[2]
                context = await browser.new_context(viewport={"width": 1440, "height": 860})
                await context.add_cookies([{"name": "guanxi", "value": cookie, "url": base}])
                page = await context.new_page()
                await page.goto(f"{base}/queue")
                await _load(page, many)
                computed = _computing(await _renderer(browser, page))
                unwatched, _ = await _stream(base, shop, many, seconds, PLENTY)
                await _told(site, page, len(unwatched) + many)
                cpu = computed() * 1000 / len(unwatched)
                await _watch(page)
                sent, began = await _stream(base, shop, many, seconds)
                await _told(site, page, len(unwatched) + len(sent) + many)
                seen = await _seen(page, began)
                painted = await page.evaluate("painted")
                lost = sent.keys() - await _standing(page, len(sent))
            finally:
                await browser.close()
    late = [painted[str(mark)] - at * 1000 for mark, at in sent.items() if painted.get(str(mark))]
    if lost:
        raise Missed(f"of {len(sent)} messages {len(lost)} stand in no row of the list: {sorted(lost)[:9]}")
    if len(late) < len(sent) * 0.5:
        raise Missed(f"of {len(sent)} messages only {len(late)} were painted")
    return Figure(
        bench="desk",
        figures={
            **seen,
            "cpu_ms_per_1000": round(cpu),
            "painted_p50_ms": round(part(late, 0.5), 1),
            "painted_p99_ms": round(part(late, 0.99), 1),
            **{f"goal_{name}": value for name, value in GOALS.items()},
            "rows": many,
            "events": len(sent),
            "events_per_s": round(len(sent) / (seconds or 1), 1),
            "painted": len(late),
            "overtaken_unseen": len(sent) - len(late),
        },
        reference=idle,
        ratio=None,
    )


@contextlib.asynccontextmanager
async def _web(site: Site) -> AsyncIterator[str]:
    """The house's doors with the desk as it lies in the checkout."""
    port = free_port()
    serving = web_server(build(site.house, desktop=built_desk()))
    task = asyncio.create_task(serving.serve(sockets=[open_socket("127.0.0.1", port)]))
    while not serving.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        serving.should_exit = True
        await asyncio.gather(task, return_exceptions=True)


async def _fill(site: Site, shop: Shop, many: int) -> None:
    """So many customers have written once, and the worker has threaded them all."""
    for first in range(0, many, 500):
        await arrive(site, [kept_row(shop, text_body(n, n)) for n in range(first, min(many, first + 500))])
    for _ in range(1200):
        if await site.owner.fetchval("select count(*) from conversation") >= many:
            return
        await asyncio.sleep(0.1)
    raise Missed("the worker did not thread what the desk should show")


async def _load(page: Page, many: int) -> None:
    """Scroll down until every page of the list is there, then back to the top."""
    await page.locator("[role=option]").first.wait_for()
    box = page.locator("[data-conversations]")
    for _ in range(many):
        size = await page.locator("[role=option]").first.get_attribute("aria-setsize")
        if size == str(many):
            break
        await box.evaluate("(one) => { one.scrollTop = one.scrollHeight }")
        await page.evaluate("() => new Promise(requestAnimationFrame)")
    else:
        raise Missed("the list did not load to its end")
    await box.evaluate("(one) => { one.scrollTop = 0 }")
    await asyncio.sleep(1)


async def _watch(page: Page) -> None:
    """Let the page write down its long tasks and frames and what is painted when. This costs it more than its work."""
    await page.evaluate(WATCH)
    await page.locator("[data-conversations]").evaluate("(one) => watchRows(one)")


async def _stream(base: str, shop: Shop, many: int, seconds: int, first: int = 0) -> tuple[dict[int, float], float]:
    """Fifty signed webhooks a second of customers all over the list; when each was sent, and when the first was."""
    sent: dict[int, float] = {}
    pending: set[asyncio.Task[Any]] = set()
    async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=30) as line:

        async def say(mark: int) -> None:
            body = text_body(mark * 7919 % many, SEEDED + mark, f"mark-{mark}- is it there?")
            sent[mark] = time.time()
            answer = await line.post(f"/in/{shop.door.address}", content=body, headers=headers_of(body))
            if answer.status_code != 200:
                raise Missed(f"a webhook was answered {answer.status_code}")

        began, clock = time.time(), time.monotonic()
        for mark in range(seconds * EVENTS_PER_S):
            await asyncio.sleep(max(0.0, clock + mark / EVENTS_PER_S - time.monotonic()))
            pending.add(asyncio.create_task(say(first + mark)))
        await asyncio.gather(*pending)
    return sent, began


async def _told(site: Site, page: Page, messages: int) -> None:
    """Until the worker has threaded so many, and the desk has heard of them: on a busy machine both lag behind."""
    for _ in range(600):
        if await site.owner.fetchval("select count(*) from message") >= messages:
            break
        await asyncio.sleep(0.2)
    else:
        raise Missed("the worker did not thread what was said")
    await asyncio.sleep(2)
    newest = await site.owner.fetchval(
        "select last_text from conversation order by last_at desc, id desc limit 1",
    )
    await page.locator("[data-conversations]").get_by_text(newest).first.wait_for(timeout=60_000)


async def _standing(page: Page, few: int) -> set[int]:
    """The marks that stand in the first so many rows and a screenful more, read as an agent would: by scrolling down."""
    found: list[str] = await page.locator("[data-conversations]").evaluate(
        """async (box, few) => {
          const found = new Set(), row = box.querySelector("[role=option]").offsetHeight
          for (let top = 0; top < (few + 20) * row; top += box.clientHeight) {
            box.scrollTop = top
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
            for (const [, mark] of box.textContent.matchAll(/mark-(\\d+)-/g)) found.add(mark)
          }
          return [...found]
        }""",
        few,
    )
    return {int(mark) for mark in found}


def _computing(pid: int) -> Callable[[], float]:
    """From now on: how many milliseconds of a core the main thread of this process has used, waiting left out. The kernel
    counts them (proc(5), schedstat: nanoseconds on a core first); Chromium's own figures hold waiting, too."""

    def used() -> float:
        return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e6

    before = used()
    return lambda: used() - before


async def _renderer(browser: Browser, page: Page) -> int:
    """The process that draws the page: of all that draw, the one that works while the page does."""
    line = await browser.new_browser_cdp_session()

    async def worked() -> dict[int, float]:
        told = (await line.send("SystemInfo.getProcessInfo"))["processInfo"]
        return {one["id"]: one["cpuTime"] for one in told if one["type"] == "renderer"}

    before = await worked()
    await page.evaluate("() => { const end = performance.now() + 200; while (performance.now() < end); }")
    after = await worked()
    return max(after, key=lambda pid: after[pid] - before.get(pid, 0.0))


async def _plain(browser: Browser, page: Page, seconds: int) -> dict[str, Any]:
    """The same observers on a page with nothing to do but shift fifteen rows; as often as messages come is a thousand."""
    await page.set_content(PLAIN)
    computed = _computing(await _renderer(browser, page))
    await asyncio.sleep(seconds)
    cpu = computed() * 1000 / (seconds * EVENTS_PER_S)
    await page.evaluate(WATCH)
    began = time.time()
    await asyncio.sleep(seconds)
    seen = {**await _seen(page, began), "cpu_ms_per_1000": round(cpu)}
    await page.close()
    return seen


async def _seen(page: Page, began: float) -> dict[str, Any]:
    """What the observers wrote down since then."""
    tasks = [one["ms"] for one in await page.evaluate("tasks") if one["at"] >= began * 1000]
    frames = [one for one in await page.evaluate("frames") if one >= began * 1000]
    gaps = [after - before for before, after in pairwise(frames)]
    return {
        "longest_task_ms": round(max(tasks, default=0)),
        "tasks_over_100_ms": sum(one > 100 for one in tasks),
        "tasks_over_50_ms": len(tasks),
        "frames_per_s": round(len(frames) / (frames[-1] - frames[0]) * 1000, 1),
        "frames_dropped": sum(max(0, round(gap / (1000 / 60)) - 1) for gap in gaps),
        "longest_frame_ms": max(gaps),
    }


if __name__ == "__main__":
    run(measure)
