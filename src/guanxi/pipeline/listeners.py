"""The wiring, all of it: which event is heard by whom. Nothing registers itself on import.

FOLLOWERS run after the commit, in a transaction with the cursor that follows the workspace's events: each event is
heard exactly once. WAKES say whose sleep ends early; they are hints.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from guanxi.automation import HEARD
from guanxi.events import Happened
from guanxi.infra.jobs import WANTED
from guanxi.infra.sql import Tx
from guanxi.integrations import TELLABLE
from guanxi.pipeline.automate import want_rules, want_waits
from guanxi.pipeline.greet import greet, tell_closed
from guanxi.pipeline.hand_over import want as want_hand_over
from guanxi.pipeline.index import index_contacts, index_messages, index_names
from guanxi.pipeline.judge import judge
from guanxi.pipeline.mark import end_talk, mark_read
from guanxi.pipeline.measure import count
from guanxi.pipeline.notify import notify, notify_late
from guanxi.pipeline.push import push
from guanxi.pipeline.rate import ask as ask_rating
from guanxi.pipeline.retold import forget_translations
from guanxi.pipeline.tell import tell_webhooks
from guanxi.pipeline.waits import hear_wishes, note_pace

Follower = Callable[[Tx, Sequence[Happened]], Awaitable[None]]

_OWN: Mapping[str, tuple[Follower, ...]] = {
    "conversation.opened": (count, greet, index_names),
    "conversation.reopened": (count,),
    "conversation.merged": (count, judge),
    "conversation.taken_apart": (count, judge),
    "conversation.split": (count, judge),
    "conversation.resolved": (count, ask_rating, end_talk),
    "message.received": (judge, count, index_messages, want_hand_over, push, tell_closed, hear_wishes, want_waits),
    "conversation.read": (mark_read,),
    "message.sent": (judge, count, index_messages, mark_read),
    "conversation.waited": (judge,),
    "message.changed": (index_messages, forget_translations),
    "note.written": (index_messages, notify, push),
    "promise.missed": (count, notify_late, push),
    "promise.warned": (notify_late, push),
    "whisper.written": (index_messages, notify, push),
    "conversation.assigned": (count, notify, push, note_pace),
    "conversation.accepted": (count,),
    "conversation.linked": (count,),
    "contact.changed": (index_contacts,),
    "workspace.changed": (count,),  # of another time zone: other days
}
_MANY: tuple[tuple[Follower, frozenset[str]], ...] = (
    (want_rules, frozenset(HEARD)),
    (tell_webhooks, frozenset(TELLABLE)),
)
FOLLOWERS: Mapping[str, tuple[Follower, ...]] = {
    kind: (*_OWN.get(kind, ()), *(follower for follower, kinds in _MANY if kind in kinds))
    for kind in {*_OWN, *HEARD, *TELLABLE}
}

WAKES: Mapping[str, tuple[str, ...]] = {
    WANTED: ("lanes",),
    "conversation.accepted": ("routing",),
    "conversation.assigned": ("routing",),
    "conversation.merged": ("routing", "lanes"),
    "conversation.needed": ("routing",),
    "conversation.prioritised": ("routing",),
    "conversation.resolved": ("routing",),
    "conversation.snoozed": ("routing",),
    "conversation.split": ("routing", "lanes"),
    "conversation.taken_apart": ("routing", "lanes"),
    "conversation.woken": ("routing",),
    "agent.changed": ("routing",),
    "queue.changed": ("routing",),
    "team.changed": ("routing",),
    "inbox.changed": ("doors", "lanes"),
    "webhook.changed": ("lanes",),
}
