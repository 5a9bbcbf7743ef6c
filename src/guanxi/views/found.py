"""The conversation list by words: names of contacts and what was said, newest first."""

from __future__ import annotations

from typing import Any

from guanxi.infra import search
from guanxi.infra.sql import Tx
from guanxi.views.happened import over_below
from guanxi.views.index import CONTACT_TEXT, NUMBER
from guanxi.views.lists import STATE, Ask, page_of
from guanxi.views.page import Page, place
from guanxi.views.shapes import MESSAGE_TEXT, ROW, ROW_JOINS

MOST_MESSAGES = 400  # the newest that are looked through
MOST_CONTACTS = 100

# The tokens find candidates, the patterns check them. $2 query, $3 patterns, $4 and $5 the place, $6 how many,
# $7 state, $8 assignee, $9 only unassigned, $10 channel, $11 the word to show.
FOUND = f"""
with said as (
  select distinct on (h.conversation_id) h.conversation_id, h.seq,
    regexp_replace({MESSAGE_TEXT}, '\\s+', ' ', 'g') as text
  from search_messages($2::tsquery, {MOST_MESSAGES}) h
  join message m on m.workspace_id = $1 and m.conversation_id = h.conversation_id and m.seq = h.seq
  where lower(normalize({MESSAGE_TEXT}, NFKC)) like all($3::text[])
  order by h.conversation_id, h.at desc
), named as (
  select p.id from search_contacts($2::tsquery, {MOST_CONTACTS}) s
  join contact p on p.workspace_id = $1 and p.id = s.contact_id
  where lower(normalize({CONTACT_TEXT}, NFKC))
    like all($3::text[])
), candidates as (
  select conversation_id as id from said
  union
  select c.id from named n join identity d on d.workspace_id = $1 and d.contact_id = n.id
    join conversation c on c.workspace_id = $1 and c.identity_id = d.id
)
select c.last_at as at, c.id, {ROW} as row,
  case when w.seq is not null then json_build_object('seq', w.seq, 'text',
    substr(w.text, greatest(1, position($11 in lower(w.text)) - 24), 120))::text else 'null' end as found
from (
  select c.* from candidates k join conversation c on c.workspace_id = $1 and c.id = k.id
  where (c.last_at, c.id) < ($4, $5) and ($7::smallint is null or c.state = $7)
    and ($8::uuid is null or c.assignee_id = $8) and (not $9::boolean or c.assignee_id is null)
    and ($10::text is null or c.channel = $10)
  order by c.last_at desc, c.id desc limit $6
) c {ROW_JOINS} left join said w on w.conversation_id = c.id
order by c.last_at desc, c.id desc"""


async def conversations_with(tx: Tx, words: str, ask: Ask, me: Any) -> Page:
    """One page of conversations in which `words` occur, in the view that `ask` names. Raises BadCursor."""
    at, id_ = place("newest", ask.after)
    xid = await over_below(tx)
    number = await tx.fetchval(NUMBER, tx.workspace_id)
    query = search.query(number, words)
    if query is None:
        return Page([], None, xid)
    patterns = search.patterns(words)
    state = STATE.get(ask.view)
    assignee = me if ask.view == "mine" else ask.assignee
    rows = await tx.fetch(
        FOUND,
        tx.workspace_id,
        query,
        patterns,
        at,
        id_,
        ask.limit + 1,
        state,
        assignee,
        ask.view == "queue",
        ask.channel or None,
        search.normal(words).split()[0],
    )
    found = [(row["at"], row["id"], f'{row["row"][:-1]}, "found" : {row["found"]}}}') for row in rows]
    return page_of(found, ask.limit, "newest", xid)
