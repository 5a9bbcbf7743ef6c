"""The JSON of a conversation row and of a message, as PostgreSQL builds it: pieces of SQL shared by the views.

Rows leave the database as text and pass through to the answer untouched. The pieces are put together when this
package is imported, never from what somebody asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from guanxi.channel_kit import PUBLIC


def time(column: str) -> str:
    """SQL for a time as it stands in answers: ISO 8601, UTC, milliseconds, Z. Null stays null."""
    return f"""to_char({column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""


def media_url(key: str) -> str:
    """SQL for the address of a file; `signed` completes it outside of the database."""
    return f"'/media/' || nullif(current_setting('app.workspace', true), '') || '/' || {key} || '?t='"


# Does everybody read along? As the partial index of the public list says it.
PUBLIC_MEDIA = ", ".join(f"'{medium}'" for medium in PUBLIC)
IS_PUBLIC, IS_PRIVATE = f"c.medium in ({PUBLIC_MEDIA})", f"c.medium not in ({PUBLIC_MEDIA})"

CONTACT_NAME = "coalesce(nullif(p.name, ''), d.name)"

# One row of the conversation list; needs c (conversation) and ROW_JOINS.
ROW = f"""json_build_object(
  'id', c.id, 'version', c.version, 'state', case c.state when 0 then 'open' when 1 then 'snoozed' when 2 then 'resolved' else 'merged' end,
  'merged_into', c.merged_into, 'channel', c.channel, 'inbox_id', c.inbox_id, 'inbox_name', i.name, 'medium', c.medium,
  'is_public', {IS_PUBLIC}, 'post', case when o.id is not null then json_build_object('id', o.id, 'author', o.author,
    'is_ours', o.is_ours, 'audience', o.audience, 'text', left(o.text, 400), 'url', o.url, 'posted_at', {time("o.posted_at")}) end,
  'queue_id', c.queue_id, 'transfers', c.transfers, 'taken_from', c.taken_from, 'priority', c.priority, 'needs', c.needs, 'contact', json_build_object('id', p.id, 'name', {CONTACT_NAME}, 'vip', p.is_vip,
    'avatar_url', case when d.avatar <> '' then {media_url("d.avatar")} end, 'blocked', p.blocked_at is not null),
  'identity_kind', d.kind,
  'assignee', case when a.id is not null then json_build_object('id', a.id, 'name', a.name) end,
  'wish', case when ww.wish in ('call_back', 'later') then json_build_object('kind', ww.wish, 'phone', ww.phone, 'due_at', {time("ww.due_at")}) end,
  'offered_until', {time("c.offered_until")}, 'last_at', {time("c.last_at")}, 'last_text', c.last_text, 'last_kind', c.last_kind, 'last_author', c.last_author,
  'unread', greatest(c.unread, c.marked_unread::integer), 'waiting_since', {time("c.waiting_since")}, 'promises', c.promises, 'due_at', {time("c.due_at")}, 'snoozed_until', {time("c.snoozed_until")},
  'wakes_on_reply', not c.sleeps_through, 'snooze_note', c.snooze_note, 'woken_by', c.woken_by,
  'opened_at', {time("c.opened_at")}, 'tags', c.tags,
  'language', c.language, 'urgency', c.urgency, 'mood', c.mood, 'reasons', c.reasons, 'by_hand', c.by_hand)::text"""

# The conversations that belong together with this one: a public one was followed up in private, one was split from the
# other, or somebody has said so.
LINKED = f"""(select coalesce(json_agg(json_build_object('id', c.id, 'is_public', {IS_PUBLIC}, 'medium', c.medium,
    'channel', c.channel, 'how', l.how,
    'state', case c.state when 0 then 'open' when 1 then 'snoozed' else 'resolved' end, 'opened_at', {time("c.opened_at")},
    'text', coalesce(nullif(left(o.text, 120), ''), c.last_text)) order by c.opened_at desc, c.id desc), '[]')
  from (select id, 'public' as how from conversation where workspace_id = $1 and id = up.private_id
        union (select id, 'public' from conversation where workspace_id = $1 and private_id = up.id
          order by opened_at desc limit 5)
        union select other_id, 'linked' from conversation_link where workspace_id = $1 and conversation_id = up.id
        union select id, 'came_from' from conversation where workspace_id = $1 and id = up.came_from
        union (select id, 'goes_on' from conversation where workspace_id = $1 and came_from = up.id limit 5)) l
  join conversation c on c.workspace_id = $1 and c.id = l.id
  left join post o on o.workspace_id = $1 and o.id = c.post_id)::text"""

# A row with what its detail needs besides; needs the same.
DETAIL = f"""c.id, c.identity_id, c.state, c.assignee_id, c.queue_id, c.mentioned, c.channel, c.medium, c.contact_read_seq, c.attributes, i.state as inbox_state,
  i.settings as inbox_settings, d.windows, d.followed, d.kind as identity_kind, {ROW} as row,
  (select case when q.rated_at is null then 'asked' else 'rated' end from rating q where q.workspace_id = c.workspace_id
    and q.conversation_id = c.id order by q.asked_at desc limit 1) as rating_asked,
  (select json_build_object('id', k.id, 'name', concat_ws(' / ', g.name, k.name)) from wrap_up k
    left join wrap_up g on g.workspace_id = k.workspace_id and g.id = k.group_id
    where k.workspace_id = c.workspace_id and k.id = c.wrap_up_id)::text as wrap_up,
  (select coalesce(json_agg(json_build_object('id', n.id, 'kind', n.kind, 'content', n.content, 'original', n.original, 'public', n.public,
    'send_at', {time("n.send_at")}, 'state', n.state, 'reason', n.reason, 'agent', json_build_object('id', n.agent_id,
      'name', (select g.name from agent g where g.workspace_id = n.workspace_id and g.id = n.agent_id)))
    order by n.send_at, n.id), '[]') from planned n where n.workspace_id = c.workspace_id and n.conversation_id = c.id)::text
    as planned,
  (select json_build_object('on', c.translated_at is not null, 'by', (select g.name from agent g
    where g.workspace_id = c.workspace_id and g.id = c.translated_by)) from translation_provider
    where workspace_id = c.workspace_id)::text as translation,
  exists (select from merge j where j.workspace_id = c.workspace_id and j.survivor_id = c.id and j.undone_at is null)
    as was_merged,
  (select {LINKED} from (select c.id, c.private_id, c.came_from) up) as linked"""

ROW_JOINS = """
  join inbox i on i.workspace_id = c.workspace_id and i.id = c.inbox_id
  join identity d on d.workspace_id = c.workspace_id and d.id = c.identity_id
  join contact p on p.workspace_id = d.workspace_id and p.id = d.contact_id
  left join customer_wait ww on ww.workspace_id = c.workspace_id and ww.conversation_id = c.id
  left join post o on o.workspace_id = c.workspace_id and o.id = c.post_id
  left join agent a on a.workspace_id = c.workspace_id and a.id = c.assignee_id"""

# The platform's own handle of a file may carry its access token: it stays inside.
CONTENT = f"""case when m.content ? 'media' then jsonb_set(m.content, '{{media}}', (m.content -> 'media') - 'remote'
    || case when m.content -> 'media' ->> 'key' <> ''
       then jsonb_build_object('url', {media_url("(m.content -> 'media' ->> 'key')")}) else '{{}}' end
    || case when m.content -> 'media' ->> 'still' <> ''
       then jsonb_build_object('still_url', {media_url("(m.content -> 'media' ->> 'still')")}) else '{{}}' end)
  else m.content end"""

# What a message quotes: where it stands, if it stands in the same conversation, and how it begins. Null: not here.
QUOTED = """case when m.quoted_seq is not null then (
    select json_build_object('seq', q.seq, 'author', q.author, 'kind', q.kind,
      'text', left(coalesce(q.content ->> 'text', q.content ->> 'title', q.content -> 'media' ->> 'name', ''), 200), 'unsent', q.state = 'unsent')
    from message q where q.workspace_id = m.workspace_id and q.conversation_id = m.conversation_id and q.seq = m.quoted_seq)
  when m.quotes is not null then coalesce((
    select json_build_object('seq', case when q.conversation_id = m.conversation_id then q.seq end, 'author', q.author,
      'kind', q.kind, 'text', left(coalesce(q.content ->> 'text', q.content ->> 'title', q.content -> 'media' ->> 'name', ''), 200),
      'unsent', q.state = 'unsent')
    from message q where q.workspace_id = m.workspace_id and q.inbox_id = m.inbox_id and q.external_id = m.quotes),
  json_build_object('seq', null, 'author', null, 'kind', '', 'text', '', 'unsent', false)) end"""

# One message of a thread; needs m (message) and MESSAGE_JOINS.
MESSAGE = f"""json_build_object(
  'seq', m.seq, 'id', m.id, 'author', m.author,
  'agent', case when g.id is not null then json_build_object('id', g.id, 'name', g.name) end,
  'sender', case when s.id is not null then json_build_object('id', s.id, 'name', s.name) end,
  'kind', m.kind, 'language', m.language, 'content', {CONTENT}, 'original', m.original, 'earlier', m.earlier, 'quotes', {QUOTED}, 'is_note', m.is_note,
  'sent_at', {time("m.sent_at")}, 'created_at', {time("m.created_at")},
  'mentions', coalesce(to_json(m.mentions), '[]'), 'state', m.state, 'reason', m.reason, 'reason_detail', m.reason_detail, 'has_raw', m.inbound_seq is not null)::text"""

MESSAGE_JOINS = """
  left join agent g on g.workspace_id = m.workspace_id and g.id = m.agent_id
  left join identity s on s.workspace_id = m.workspace_id and s.id = m.sender_identity_id"""


def _labels(member: str) -> str:
    return f"""case when m.content ? '{member}'
    then (select string_agg(o ->> 'text', ' ') from jsonb_array_elements(m.content -> '{member}') o) end"""


# All that a message says, for checking what was found.
MESSAGE_TEXT = f"""concat_ws(' ', m.content ->> 'text', m.content ->> 'title', m.content -> 'media' ->> 'name',
  m.content ->> 'address', m.content ->> 'url', m.content ->> 'what', m.content ->> 'footer',
  {_labels("options")}, {_labels("buttons")})"""

_MEDIA = re.compile(rb'"(?:avatar_|still_)?url" ?: ?"/media/([0-9a-f-]{36})/([A-Za-z0-9_.-]+)\?t="')


def signed(body: bytes, workspace_id: UUID, sign: Callable[[str], str]) -> bytes:
    """Complete the addresses of this workspace's files in JSON built by these views.

    `sign` gives the token for a key. Only members named url, avatar_url and still_url are touched; quotes in what people
    write are escaped, so no message can look like one.
    """
    own = str(workspace_id).encode()

    def complete(match: re.Match[bytes]) -> bytes:
        if match[1] != own:
            return match[0]
        return match[0][:-1] + sign(match[2].decode()).encode() + b'"'

    return _MEDIA.sub(complete, body)
