"""Ten million messages in four languages, searched at the HTTP door: how soon a page is full, and whether anything is missing.

Nine tenths of the messages are in the workspace that is searched. The time of a page runs until it is full or the search is at its end,
however many calls that takes. Recall is counted in the same run: a plain scan of all messages and names, pattern by pattern, says which
conversations there are and in which order; the pages have to be the same, row for row: all of them where a few pages hold
everything, else the first 2,000 rows and 200 each from three places deep down. A word is promised to be found by its beginning, a long
number also by what stands among its last eight digits, and text in Chinese, Japanese and Korean characters anywhere; for the
numbers the scan asks for just that. Messages and indexes were copied in and built afterwards; the words that were indexed last wait
unsorted, as they do in a house that is at work. The reference is PostgreSQL's plain scan with ILIKE for one page, by the same role.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
import msgspec

from bench.rig.callers import Line
from bench.rig.figure import Figure, Missed, part, run, say
from bench.rig.house import web
from bench.rig.shops import sign_in
from bench.rig.years import Years, open_years
from guanxi.infra import search

GOALS = {"p50_ms": 20, "worst_ms": 150, "recall": 1.0}
CONVERSATIONS = 1_000_000
CALLS = 30  # of each query
ALL_ROWS = 2_000
DEEP_ROWS = 200
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Places = list[tuple[datetime, UUID]]  # of conversations: when their newest hit was said, and which


async def measure(quick: bool, keep: Path | None = None) -> Figure:
    many, calls = (400, 1) if quick else (CONVERSATIONS, CALLS)
    async with open_years(many, busy=many // 20, keep=keep) as years:
        queries = await _queries(years)
        expected = await _scan(years, queries)
        await _unsorted(years)
        async with web(years.site) as base:
            line = Line(base)
            desk = await sign_in(years.site, years.shop, 1)
            timed: dict[str, Any] = {}
            took: list[float] = []
            for name, words in queries.items():
                times = [await _page(line, desk, words) for _ in range(calls + 2)][2:]
                took += times
                timed[name] = {
                    "p50_ms": _ms(part(times, 0.5)), "p99_ms": _ms(part(times, 0.99)), "conversations": len(expected[name]),
                }  # fmt: skip
                say(f"{name} ({words}): {timed[name]}")
            compared, missing = 0, 0
            for name, words in queries.items():
                rows, wrong = await _recount(line, desk, words, expected[name])
                compared, missing = compared + rows, missing + wrong
                if wrong:
                    say(f"{name} ({words}): {wrong} of {rows} rows are not what the scan found")
            line.close()
        reference = await _reference(years, queries)
        p50 = _ms(part(took, 0.5))
        return Figure(
            bench="search",
            figures={
                "p50_ms": p50,
                "worst_ms": max(one["p99_ms"] for one in timed.values()),
                "recall": round(1 - missing / max(1, compared), 6),
                **{f"goal_{name}": value for name, value in GOALS.items()},
                "rows_compared": compared,
                "messages": years.kept.messages,
                "conversations": years.kept.conversations,
                "calls_each": calls,
            }
            | timed,
            reference=reference,
            ratio=round(p50 / reference["scan_p50_ms"], 6),
        )


async def _queries(years: Years) -> dict[str, str]:
    """What is looked for, by what kind of a query it is. Names and numbers are some that are there."""
    text = await years.site.owner.fetchval(
        r"""select content ->> 'text' from message where workspace_id = $1 and conversation_id < $2
            and content ->> 'text' ~ '88[0-9]{14}' order by workspace_id, conversation_id, seq limit 1""",
        years.shop.id,
        UUID("00000000-0000-7000-8001-000000000000"),
    )
    number = text[text.index("88") :][:16]
    name = await years.site.owner.fetchval(
        "select name from contact where workspace_id = $1 and language = 'zh' and length(name) = 3 order by id limit 1",
        years.shop.id,
    )
    return {
        "name": name,
        "name_in_latin": "Thaddeus Feather",
        "family_name_of_many": "欧阳",
        "order_number": number,
        "last_4_digits": number[-4:],
        "last_6_digits": number[-6:],
        "last_10_digits": number[-10:],
        "rare_word": "唐三彩",
        "rare_word_unfinished": "zellig",
        "very_frequent_word": "您好",
        "two_characters": "退款",
        "one_character": "货",
        "frequent_word": "refund",
        "two_frequent_words": "您好 发货",
        "two_that_seldom_meet": "refund 订单",
        "two_that_never_meet": "发货 환불",
        "three_words": "order refund like",
        "chinese_and_english": "teapot什么时候",
        "full_width": "ＲＥＦＵＮＤ",
        "kana": "ください",
        "katakana_and_kanji": "注文番号",
        "rare_kana": "ほうじ茶ラテ",
        "hangul": "환불",
        "hangul_phrase": "환불 받고",
        "rare_hangul": "돌하르방",
        "phrase": "什么时候发货",
        "phrase_in_quotes": '"allow 3 working"',
        "no_hits": "量子火箭",
        "no_hits_from_frequent_pairs": "发货货发",
        "no_hits_in_latin": "zzyzx",
    }


def _condition(name: str, words: str) -> str:
    """What the scan asks of `t`, the text in lower case."""
    if name.startswith("last_"):
        return f"(t ~ '(^|[^0-9a-z]){words}' or t ~ '(^|[^a-z0-9])[0-9]*{words}[0-9]{{0,{8 - min(8, len(words))}}}($|[^0-9])')"
    return " and ".join("t like '" + pattern.replace("'", "''") + "'" for pattern in search.patterns(words))


async def _scan(years: Years, queries: Mapping[str, str]) -> dict[str, Places]:
    """Read everything once, and ask each text for each query: which conversations there are, as pages should show them."""
    began = time.monotonic()
    bits = " | ".join(
        f"(case when {_condition(name, words)} then {1 << n} else 0 end)"
        for n, (name, words) in enumerate(queries.items())
    )
    async with years.site.owner.acquire() as connection:
        await connection.execute(
            "set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; set work_mem = '256MB'"
        )
        await connection.execute(
            f"""create temp table scanned as
                select m.conversation_id as id, m.created_at as at, b.bits from message m,
                  unnest(array[lower(normalize(m.content ->> 'text', NFKC))]) t, lateral (select {bits} as bits) b
                where m.workspace_id = '{years.shop.id}' and b.bits > 0"""
        )
        await connection.execute(
            f"""insert into scanned select c.id, c.opened_at, b.bits from conversation c
                join identity d on d.workspace_id = c.workspace_id and d.id = c.identity_id
                join contact p on p.workspace_id = d.workspace_id and p.id = d.contact_id,
                unnest(array[lower(normalize(concat_ws(' ', p.name, p.email, p.phone, array_to_string(p.tags, ' '), d.name), NFKC))]) t,
                lateral (select {bits} as bits) b
                where c.workspace_id = '{years.shop.id}' and b.bits > 0"""
        )
        say(f"scanned in {time.monotonic() - began:.0f} s")
        found = {}
        for n, name in enumerate(queries):
            rows = await connection.fetch(
                f"select max(at) as at, id from scanned where bits & {1 << n} > 0 group by id order by 1 desc, 2 desc"
            )
            found[name] = [(row["at"], row["id"]) for row in rows]
        await connection.execute("drop table scanned; reset all")
    say(f"and sorted after {time.monotonic() - began:.0f} s")
    return found


async def _unsorted(years: Years) -> None:
    """Index the newest words once more, so that some wait unsorted."""
    await years.site.owner.execute(
        """update search_message set tokens = tokens where workspace_id = $1 and conversation_id in (
             select id from conversation where workspace_id = $1 order by last_at desc limit 12)""",
        years.shop.id,
    )


async def _page(line: Line, desk: Mapping[str, str], words: str) -> float:
    """Seconds until the first page is full, or the search is at its end."""
    began, after, rows = time.perf_counter(), "", 0
    while True:
        page = await _ask(line, desk, words, after, 50)
        rows += len(page["rows"])
        after = page["next"] or ""
        if rows >= 50 or not after:
            return time.perf_counter() - began


async def _recount(line: Line, desk: Mapping[str, str], words: str, expected: Places) -> tuple[int, int]:
    """(how many rows were compared, how many of them were missing, wrong or out of order)."""
    ids = [id_.hex for _, id_ in expected]
    compared, wrong = await _same(
        line, desk, words, "", ids if len(ids) <= ALL_ROWS else ids[:ALL_ROWS], len(ids) <= ALL_ROWS
    )
    if len(ids) > ALL_ROWS + 4 * DEEP_ROWS:
        for quarter in (1, 2, 3):
            at = len(ids) * quarter // 4
            micros = (expected[at][0] - EPOCH) // timedelta(microseconds=1)
            after = base64.urlsafe_b64encode(f"f{micros}:{ids[at]}:0".encode()).decode().rstrip("=")
            rows, amiss = await _same(line, desk, words, after, ids[at + 1 : at + 1 + DEEP_ROWS], False)
            compared, wrong = compared + rows, wrong + amiss
    return compared, wrong


async def _same(
    line: Line, desk: Mapping[str, str], words: str, after: str, expected: Sequence[str], is_all: bool
) -> tuple[int, int]:
    found: list[str] = []
    while is_all or len(found) < len(expected):
        page = await _ask(line, desk, words, after, 100)
        found += [row["id"].replace("-", "") for row in page["rows"]]
        after = page["next"] or ""
        if not after:
            break
    if not is_all:
        found = found[: len(expected)]
    amiss = sum(one != other for one, other in zip(found, expected, strict=False)) + abs(len(found) - len(expected))
    return len(expected), amiss


async def _ask(line: Line, desk: Mapping[str, str], words: str, after: str, limit: int) -> Any:
    asked = {"view": "any", "q": words, "limit": str(limit)} | ({"after": after} if after else {})
    status, body = await line.call("GET", "/api/conversations?" + urlencode(asked), desk)
    if status != 200:
        raise Missed(f"{words} was answered with {status}: {body[:200]!r}")
    return msgspec.json.decode(body)


async def _reference(years: Years, queries: Mapping[str, str]) -> dict[str, Any]:
    """The plainest statement for one page: all messages are read, and the newest with the word kept."""
    connection = await asyncpg.connect(**years.site.server.connect_args("guanxi_app"))
    try:
        await connection.execute(f"set app.workspace = '{years.shop.id}'")
        took = {}
        for name in ("rare_word", "very_frequent_word", "frequent_word"):
            began = time.perf_counter()
            await connection.fetch(
                """select conversation_id, max(created_at) from message where workspace_id = $1
                   and content ->> 'text' ilike $2 group by conversation_id order by 2 desc limit 51""",
                years.shop.id,
                f"%{queries[name]}%",
            )
            took[name] = time.perf_counter() - began
        return {
            "scan_p50_ms": _ms(part(list(took.values()), 0.5)),
            **{f"scan_{name}_ms": _ms(one) for name, one in took.items()},
        }
    finally:
        await connection.close()


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


if __name__ == "__main__":
    run(measure)
