"""What a house must not take along to another place, or back to another time (docs/decisions/0013)."""

from __future__ import annotations

from guanxi.infra.archive import Portable

# - a transaction's number means something only on the server that gave it. What was followed stands under 1, what
#   was not under 2, in the order of their ids; both are below every number that a server gives;
# - what was on its way to a customer may have arrived since: nobody can know, so a person decides;
# - who was signed in signs in again, and one-time links are used up.
_IS_FOLLOWED = """exists (select from event_cursor k where k.workspace_id = t.workspace_id
  and (t.xid, t.id) <= (k.xid, k.id))"""
PORTABLE = Portable(
    without=frozenset({"sign_in", "sign_in_attempt", "link", "sign_on_try"}),
    only={
        "job": "t.kind <> 'deliver'",
        "lane": "not exists (select from job j where j.workspace_id = t.workspace_id and j.lane = t.key"
        " and j.kind = 'deliver')",
    },
    columns={
        "event.xid": f"case when {_IS_FOLLOWED} then 1 else 2 end",
        "event_cursor.xid": "1",
        "event_cursor.id": "9223372036854775807",
        "message.state": "case when t.state in ('waiting', 'sending') then 'unknown' else t.state end",
        "message.reason": "case when t.state in ('waiting', 'sending') then 'restored' else t.reason end",
        "lane.locked_until": "null",
        "agent.presence": "'offline'",
    },
)
