"""What the desk is furnished with: workspace, colleagues, inboxes, quick phrases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from guanxi.infra.sql import Tx
from guanxi.views.shapes import CONTENT, time

# Rows name each level of a skill: the highest is told.
SKILLS = """(select coalesce(json_object_agg(k.key, k.level), '{}') from (
      select split_part(s, '+', 1) as key, max(greatest(coalesce(nullif(split_part(s, '+', 2), ''), '1')::integer, 1)) as level
      from unnest(a.skills) s group by 1) k)"""
PRESENCE = f"""'presence', a.presence, 'presence_at', {time("a.presence_at")},
    'busy_reason', case when a.presence = 'busy' then a.busy_reason else '' end,
    'wrap_up_ends_at', case when a.presence = 'wrap_up' then {time("a.wrap_up_ends_at")} end"""
AGENTS = f"""select coalesce(json_agg(json_build_object('id', a.id, 'name', a.name, 'role', a.role, 'role_id', a.role_id,
    {PRESENCE}, 'load', a.load, 'capacity', a.capacity, 'skills', {SKILLS}, 'removed', a.removed_at is not null)
    order by a.created_at, a.id), '[]')::text
  from agent a where a.workspace_id = $1 and ($2::uuid is null or a.id = $2)"""
AGENT_LINES = f"""select a.id, json_build_object('id', a.id, 'name', a.name, 'role', a.role, 'role_id', a.role_id, {PRESENCE},
    'load', a.load, 'capacity', a.capacity, 'skills', {SKILLS}, 'removed', a.removed_at is not null)::text as line
  from agent a where a.workspace_id = $1 and a.id = any($2::uuid[])"""
EMAILS = """select a.id, p.email from agent a join person p on p.id = a.person_id where a.workspace_id = $1"""

INBOXES = f"""select i.id, json_build_object('id', i.id, 'channel', i.channel,
    'name', i.name, 'state', i.state, 'state_reason', i.state_reason, 'settings', i.settings,
    'address', i.address, 'queue_id', i.queue_id, 'version', i.version,
    'greeting', i.greeting, 'away_text', i.away_text, 'last_received_at', {time("i.last_received_at")},
    'quarantined', (select count(*) from (select 1 from inbound_event e
       where e.workspace_id = i.workspace_id and e.state = 2 and e.inbox_id = i.id limit 100) few))::text as row
  from inbox i where i.workspace_id = $1 and i.state <> 'removed' and ($2::uuid is null or i.id = $2)
  order by i.created_at, i.id"""

INBOX_LINES = """select i.id, json_build_object('id', i.id, 'channel', i.channel, 'name', i.name, 'state', i.state,
    'state_reason', i.state_reason)::text as line
  from inbox i where i.workspace_id = $1 and i.id = any($2::uuid[])"""

_PHRASE = f"""json_build_object('id', m.id, 'shortcut', m.shortcut, 'text', m.text,
    'personal', m.agent_id is not null, 'group_id', m.group_id, 'content', {CONTENT}, 'pinyin', m.pinyin)"""
PHRASES = f"""select coalesce(json_agg({_PHRASE} order by m.agent_id is null, g.position nulls first, m.position, m.id),
    '[]')::text
  from quick_phrase m left join phrase_group g on g.workspace_id = m.workspace_id and g.id = m.group_id
  where m.workspace_id = $1 and (m.agent_id is null or m.agent_id = $2)"""
PHRASE = f"""select {_PHRASE}::text from quick_phrase m where m.workspace_id = $1 and m.id = $2"""
_GROUP = "json_build_object('id', g.id, 'name', g.name, 'personal', g.agent_id is not null)"
GROUPS = f"""select coalesce(json_agg({_GROUP} order by g.agent_id is null, g.position, g.id), '[]')::text
  from phrase_group g where g.workspace_id = $1 and (g.agent_id is null or g.agent_id = $2)"""
GROUP = f"""select {_GROUP}::text from phrase_group g where g.workspace_id = $1 and g.id = $2"""

WORKSPACE = """select json_build_object('id', w.id, 'name', w.name, 'language', w.language, 'time_zone', w.time_zone,
    'greeting', w.greeting, 'away_text', w.away_text, 'take_over_minutes', w.take_over_minutes,
    'priority_minutes', w.priority_minutes, 'weights', w.weights,
    'busy_reasons', w.busy_reasons, 'wrap_up_seconds', w.wrap_up_seconds, 'offer_seconds', w.offer_seconds,
     'silent_listening', w.silent_listening, 'slow_reply_seconds', w.slow_reply_seconds,
     'tell_wait_seconds', w.tell_wait_seconds, 'offer_elsewhere', w.offer_elsewhere)::text from workspace w where w.id = $1"""
ME = f"""select json_build_object('id', a.id, 'name', a.name, 'role', a.role, 'role_id', a.role_id, {PRESENCE},
    'wrap_up_lengthened', a.wrap_up_lengthened, 'capacity', a.capacity, 'load', a.load, 'settings', a.settings)::text
  from agent a where a.workspace_id = $1 and a.id = $2"""


async def agents(tx: Tx, agent_id: UUID | None = None) -> str:
    """All colleagues (or one), removed ones too, as a JSON array; without their e-mail, which the directory keeps."""
    text: str = await tx.fetchval(AGENTS, tx.workspace_id, agent_id)
    return text


async def agent_emails(directory: Tx, workspace_id: UUID) -> Mapping[UUID, str]:
    """E-mail addresses by agent, read from the directory."""
    return {row["id"]: row["email"] for row in await directory.fetch(EMAILS, workspace_id)}


async def inboxes(tx: Tx, inbox_id: UUID | None = None) -> list[tuple[UUID, str]]:
    """(id, JSON text) of all inboxes that are not removed, or of one."""
    return [(row["id"], row["row"]) for row in await tx.fetch(INBOXES, tx.workspace_id, inbox_id)]


async def agent_lines(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, str]:
    """What colleagues may hear of these agents, as JSON text by id."""
    if not ids:
        return {}
    return {row["id"]: row["line"] for row in await tx.fetch(AGENT_LINES, tx.workspace_id, list(ids))}


async def inbox_lines(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, str]:
    """What everybody may hear of these inboxes, as JSON text by id."""
    if not ids:
        return {}
    return {row["id"]: row["line"] for row in await tx.fetch(INBOX_LINES, tx.workspace_id, list(ids))}


async def quick_phrases(tx: Tx, me: UUID) -> bytes:
    """Those of agent `me`, then the company's."""
    text: str = await tx.fetchval(PHRASES, tx.workspace_id, me)
    return text.encode()


async def quick_phrase(tx: Tx, phrase_id: UUID) -> bytes | None:
    text = await tx.fetchval(PHRASE, tx.workspace_id, phrase_id)
    return None if text is None else text.encode()


async def phrase_groups(tx: Tx, me: UUID) -> bytes:
    """Those of agent `me`, then the company's."""
    text: str = await tx.fetchval(GROUPS, tx.workspace_id, me)
    return text.encode()


async def phrase_group(tx: Tx, group_id: UUID) -> bytes | None:
    text = await tx.fetchval(GROUP, tx.workspace_id, group_id)
    return None if text is None else text.encode()


async def workspace(tx: Tx) -> str:
    text: str = await tx.fetchval(WORKSPACE, tx.workspace_id)
    return text


async def language_of(tx: Tx) -> str:
    """The language that the house speaks."""
    language: str = await tx.fetchval("select language from workspace where id = $1", tx.workspace_id)
    return language


async def agent(tx: Tx, agent_id: UUID) -> str | None:
    """One agent as he sees himself."""
    text: str | None = await tx.fetchval(ME, tx.workspace_id, agent_id)
    return text


async def person_of(tx: Tx, agent_id: UUID) -> UUID | None:
    """The person behind an agent who serves."""
    found: UUID | None = await tx.fetchval(
        "select person_id from agent where workspace_id = $1 and id = $2 and removed_at is null",
        tx.workspace_id,
        agent_id,
    )
    return found
