"""The conversation list by words: names of contacts and what was said, by when it was last said, the newest first."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec

from guanxi.infra import search, search_slices
from guanxi.infra.sql import Tx
from guanxi.views.happened import over_below
from guanxi.views.lists import STATE, Ask
from guanxi.views.page import EPOCH, START, BadCursor, Page
from guanxi.views.seeking import CONTACT_TEXT, LONGEST, Seeking
from guanxi.views.shapes import IS_PUBLIC, MESSAGE_TEXT, ROW, ROW_JOINS, time
from guanxi.views.sight import Sight, sees


class Sifted(msgspec.Struct, frozen=True, kw_only=True):
    """Which of what words find is wanted: said by whom, holding what, since when and before when; in conversations with
    this tag. Names of contacts are found only where nothing is asked of the message itself."""

    by: Literal["contact", "agent", "bot", "note"] | None = None
    holds: Literal["image", "voice", "video", "file", "link", "location", "card"] | None = None
    since: datetime | None = None
    until: datetime | None = None
    tag: str | None = None

    @property
    def arguments(self) -> list[Any]:
        author = "agent" if self.by == "note" else self.by
        is_note = {"note": True, "agent": False}.get(self.by or "")
        return [author, is_note, self.holds, self.since, self.until, self.tag]


EVERYTHING = Sifted()
FITS = """m.kind <> 'event' and m.state <> 'unsent' and ($19::text is null or m.author = $19)
      and ($20::boolean is null or m.is_note = $20) and ($21::text is null or m.kind = $21)"""


# The tokens find candidates, the patterns check them. $2 the queries of some slices, $3 patterns, $4 to $6 the place
# after which to go on, $7 how many hits of a slice, $8 how many rows, $9 state, $10 assignee, $11 only unassigned,
# $12 channel, $13 the word to show, $14 to $16 the place at which the page began, $17 what the page holds already,
# $18 public or private, $19 to $24 what the search is sifted by.
# A conversation stands where its newest hit stands: one that has another before the page has been shown already.
def _found(only: str) -> str:
    """`only`: a condition of the conversation, which may say less than all."""
    return f"""
with hits as materialized (
  select * from said_with($2::text[]::tsquery[], $4, $5, $6, $7)
), full_slice as (
  select nth from hits group by nth having count(*) = $7 order by nth limit 1
), used as (
  select * from hits where nth <= coalesce((select nth from full_slice), nth)
), said as (
  select h.conversation_id, h.seq, h.at
  from used h join message m on m.workspace_id = $1 and m.conversation_id = h.conversation_id and m.seq = h.seq
  where h.seq > 0 and {FITS} and ($22::timestamptz is null or h.at >= $22)
    and lower(normalize({MESSAGE_TEXT}, NFKC)) like all($3::text[])
  union all
  select h.conversation_id, h.seq, h.at
  from used h join conversation c on c.workspace_id = $1 and c.id = h.conversation_id
    join identity d on d.workspace_id = $1 and d.id = c.identity_id
    join contact p on p.workspace_id = $1 and p.id = d.contact_id
  where h.seq = 0 and $19::text is null and $21::text is null and ($22::timestamptz is null or h.at >= $22)
    and lower(normalize({CONTACT_TEXT}, NFKC)) like all($3::text[])
), newest as (
  select distinct on (conversation_id) * from said where conversation_id <> all($17::uuid[])
  order by conversation_id, at desc, seq desc
), here as (
  select c.*, w.at as found_at, w.seq as found_seq
  from newest w join conversation c on c.workspace_id = $1 and c.id = w.conversation_id
  where ($9::smallint is null or c.state = $9) and ($10::uuid is null or c.assignee_id = $10)
    and (not $11::boolean or c.assignee_id is null) and ($12::text is null or c.channel = $12)
    and ($18::boolean is null or ({IS_PUBLIC}) = $18) and ($24::text is null or $24 = any(c.tags))
    and not exists (select from message m where $14::timestamptz < '9000-01-01' and m.workspace_id = $1 and m.conversation_id = c.id
      and m.seq > w.seq - 100 and (m.created_at, m.conversation_id, m.seq) >= ($14::timestamptz, $15::uuid, $16::bigint)
      and ($23::timestamptz is null or m.created_at < $23) and {FITS} and lower(normalize({MESSAGE_TEXT}, NFKC)) like all($3::text[])){only}
  order by w.at desc, c.id desc limit $8
), rows as (
  select c.found_at as at, c.id, {ROW} as row,
    json_build_object('at', {time("c.found_at")}, 'seq', nullif(c.found_seq, 0), 'text',
      substr(t.text, greatest(1, position($13 in lower(t.text)) - 24), 120))::text as found
  from here c {ROW_JOINS}
    left join lateral (select regexp_replace({MESSAGE_TEXT}, '\\s+', ' ', 'g') as text from message m
      where m.workspace_id = $1 and m.conversation_id = c.id and m.seq = c.found_seq) t on true
)
select (select nth from full_slice) as full_slice, (select count(*) from used) as many, l.at as last_at, l.conversation_id as last_id,
  l.seq as last_seq, r.at, r.id, r.row, r.found
from (select) x
left join (select * from used order by at, conversation_id, seq limit 1) l on true
left join rows r on true
order by r.at desc, r.id desc"""


FOUND, FOUND_SEEN = _found(""), _found(f" and {sees(25)}")


class Spot(NamedTuple):
    """A place among hits: everything from there on has been looked through."""

    at: datetime
    conversation_id: UUID
    seq: int


BEGINNING = Spot(*START["newest"], 0)


def just_before(at: datetime) -> Spot:
    return Spot(at - timedelta(microseconds=1), UUID(int=(1 << 128) - 1), (1 << 63) - 1)


async def conversations_with(
    tx: Tx,
    words: str,
    ask: Ask,
    me: UUID,
    *,
    sifted: Sifted = EVERYTHING,
    longest: float = LONGEST,
    sight: Sight | None = None,
) -> Page:
    """One page of conversations in which `words` occur, in the view that `ask` names. It may hold fewer rows than asked
    for, even none, and yet name a next page: then it has looked for `longest` seconds. Raises BadCursor."""
    began = spot = _spot(ask.after)
    if sifted.until is not None:
        spot = min(spot, just_before(sifted.until))
    xid = await over_below(tx)
    query = search.query(words)
    if query is None:
        return Page([], None, xid)
    slices = await search_slices.slices(tx, "message")
    seeking = Seeking(slices.between(sifted.since, spot.at), longest)
    rows: list[tuple[Spot, str]] = []
    ids: list[UUID] = []  # also of rows that stay for the next page
    while len(rows) <= ask.limit and (prefixes := seeking.next()):
        found = await tx.fetch(
            FOUND if sight is None else FOUND_SEEN,
            tx.workspace_id,
            [search.in_slice(query, prefix) for prefix in prefixes],
            search.patterns(words),
            *spot,
            seeking.most,
            ask.limit + 1 - len(rows),
            STATE.get(ask.view),
            me if ask.view == "mine" else ask.assignee,
            ask.view == "queue",
            ask.channel or None,
            search.words(words)[0],
            *began,
            ids,
            ask.public,
            *sifted.arguments,
            *(sight.arguments if sight else ()),
        )
        for row in found:
            if row["id"] is not None:
                ids.append(row["id"])
                rows.append((Spot(row["at"], row["id"], 0), f'{row["row"][:-1]}, "found" : {row["found"]}}}'))
        if found[0]["last_at"] is not None:
            spot = Spot(found[0]["last_at"], found[0]["last_id"], found[0]["last_seq"])
        wanted = ask.limit + 1 - len(rows)
        since = seeking.looked(len(prefixes), found[0]["full_slice"], found[0]["many"], wanted)
        if since is not None:
            spot = just_before(since)
    shown = [text for _, text in rows[: ask.limit]]
    if len(rows) > ask.limit:
        return Page(shown, _cursor(rows[ask.limit - 1][0]), xid)
    return Page(shown, None if seeking.is_over else _cursor(spot), xid)


def _cursor(spot: Spot) -> str:
    micros = (spot.at - EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"f{micros}:{spot.conversation_id.hex}:{spot.seq}".encode()).decode().rstrip("=")


def _spot(after: str | None) -> Spot:
    if not after:
        return BEGINNING
    try:
        text = base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True).decode("ascii")
        micros, id_, seq = text[1:].split(":")
        if text[:1] != "f" or len(micros) > 18 or len(id_) != 32 or not 0 <= int(seq) < 1 << 63:
            raise BadCursor
        return Spot(EPOCH + timedelta(microseconds=int(micros)), UUID(hex=id_), int(seq))
    except (ValueError, OverflowError, binascii.Error) as error:
        raise BadCursor from error
