"""A rule is data: an event's kind, conditions that all have to hold, and actions that are done in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from guanxi.judging import Mood, Urgency
from guanxi.promises import Hours, LocalTime
from guanxi.routing import Priority, Skills

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Words = Annotated[list[Word], msgspec.Meta(min_length=1, max_length=50)]
Ids = Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=100)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=5000)]
Said = Literal[
    "text", "image", "voice", "video", "file", "location", "link", "sticker", "choices", "chosen", "card", "mini_program", "unsupported",
]  # fmt: skip
How = Literal[
    "is", "contains", "equals", "below", "at_most", "above", "at_least", "before", "after", "last_days", "next_days",
]  # fmt: skip


Met = str | int | bool | list[str] | None


class NotFound(Exception):
    """There is no such rule in this workspace."""


class Refused(Exception):
    """The rule cannot be kept, or an action cannot be done; `code` says why, `names` of what."""

    def __init__(self, code: str, names: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.names = list(names)


class OnChannel(msgspec.Struct, frozen=True, tag_field="on", tag="channel"):
    any_of: Words


class OnInbox(msgspec.Struct, frozen=True, tag_field="on", tag="inbox"):
    any_of: Ids


class OnText(msgspec.Struct, frozen=True, tag_field="on", tag="text"):
    """Words in the message that the event is about; without one, in the conversation's newest words."""

    any_of: Words
    holds: bool = True


class OnContent(msgspec.Struct, frozen=True, tag_field="on", tag="content"):
    """What the message is that the event is about: words, a picture, a place …; without one, the newest."""

    any_of: Annotated[list[Said], msgspec.Meta(min_length=1, max_length=20)]


class OnContactTag(msgspec.Struct, frozen=True, tag_field="on", tag="contact_tag"):
    any_of: Words
    holds: bool = True


class OnTag(msgspec.Struct, frozen=True, tag_field="on", tag="tag"):
    any_of: Words
    holds: bool = True


class OnAttribute(msgspec.Struct, frozen=True, tag_field="on", tag="attribute"):
    """An attribute of the contact. is: one of these; without any it only has to be there. contains: one of these stands in
    it. Numbers are compared with `number`, days with `day`, or with today by the workspace's clocks: within so many `days`."""

    name: Word
    any_of: Annotated[list[Word], msgspec.Meta(max_length=50)] = []
    holds: bool = True
    how: How = "is"
    number: Annotated[float, msgspec.Meta(ge=-1e18, le=1e18)] | None = None
    day: date | None = None
    days: Annotated[int, msgspec.Meta(ge=0, le=3660)] | None = None


class OnAssignee(msgspec.Struct, frozen=True, tag_field="on", tag="assignee"):
    """One of these agents, or nobody."""

    any_of: Annotated[list[UUID], msgspec.Meta(max_length=100)] = []
    nobody: bool = False


class OnQueue(msgspec.Struct, frozen=True, tag_field="on", tag="queue"):
    any_of: Ids


class OnVip(msgspec.Struct, frozen=True, tag_field="on", tag="vip"):
    holds: bool = True


class OnKnown(msgspec.Struct, frozen=True, tag_field="on", tag="known"):
    """The contact has had a conversation with us before this one; or (`holds` false) it is his first."""

    holds: bool = True


class OnEarlier(msgspec.Struct, frozen=True, tag_field="on", tag="earlier"):
    """The contact has had at least so many conversations with us before this one; or (`holds` false) fewer."""

    count: Annotated[int, msgspec.Meta(ge=1, le=100)]
    holds: bool = True


class OnHours(msgspec.Struct, frozen=True, tag_field="on", tag="hours"):
    """These opening hours are open; without an id, those of the conversation's queue, and a queue without any never
    closes. Where they are no more, neither this nor its contrary holds."""

    hours_id: UUID | None = None
    holds: bool = True


class OnTime(msgspec.Struct, frozen=True, tag_field="on", tag="time"):
    """It is one of these days of the week (Monday is 0) and between these times, by the clocks of a place. What closes no
    later than it opens goes on past midnight."""

    days: Annotated[list[Literal[0, 1, 2, 3, 4, 5, 6]], msgspec.Meta(min_length=1, max_length=7)]
    opens: LocalTime
    closes: LocalTime
    time_zone: Word
    holds: bool = True


class OnState(msgspec.Struct, frozen=True, tag_field="on", tag="state"):
    any_of: Annotated[list[Literal["open", "snoozed", "resolved"]], msgspec.Meta(min_length=1, max_length=3)]


class OnPublic(msgspec.Struct, frozen=True, tag_field="on", tag="public"):
    """Everybody reads along, or (`holds` false) it is said to us alone."""

    holds: bool = True


class OnLanguage(msgspec.Struct, frozen=True, tag_field="on", tag="language"):
    """In one of these languages the conversation is held; `zh` is Chinese in both ways of writing."""

    any_of: Words
    holds: bool = True


class OnUrgency(msgspec.Struct, frozen=True, tag_field="on", tag="urgency"):
    any_of: Annotated[list[Urgency], msgspec.Meta(min_length=1, max_length=4)]


class OnMood(msgspec.Struct, frozen=True, tag_field="on", tag="mood"):
    any_of: Annotated[list[Mood], msgspec.Meta(min_length=1, max_length=4)]


class OnWaited(msgspec.Struct, frozen=True, tag_field="on", tag="waited"):
    """The contact has waited for so long. A rule that hears conversation.waited is told at this minute."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)]


Condition = (
    OnChannel
    | OnInbox
    | OnText
    | OnContent
    | OnContactTag
    | OnTag
    | OnAttribute
    | OnAssignee
    | OnQueue
    | OnVip
    | OnKnown
    | OnEarlier
    | OnHours
    | OnTime
    | OnState
    | OnPublic
    | OnLanguage
    | OnUrgency
    | OnMood
    | OnWaited
)


class Assign(msgspec.Struct, frozen=True, tag_field="do", tag="assign"):
    """To an agent, or (null) back to the queue."""

    agent_id: UUID | None = None


class Enqueue(msgspec.Struct, frozen=True, tag_field="do", tag="enqueue"):
    queue_id: UUID


class Prioritise(msgspec.Struct, frozen=True, tag_field="do", tag="prioritise"):
    priority: Priority


class Need(msgspec.Struct, frozen=True, tag_field="do", tag="need"):
    """Only who has these skills is given it by itself."""

    skills: Skills


class Promise(msgspec.Struct, frozen=True, tag_field="do", tag="promise"):
    """Whatever its queue promises, this policy holds for it; null: its queue's again."""

    policy_id: UUID | None = None


class Tag(msgspec.Struct, frozen=True, tag_field="do", tag="tag"):
    add: Words


class Note(msgspec.Struct, frozen=True, tag_field="do", tag="note"):
    text: Text


class Reply(msgspec.Struct, frozen=True, tag_field="do", tag="reply"):
    """Only `public` ones are said where everybody reads them, and these only there."""

    text: Text
    public: bool = False


class Snooze(msgspec.Struct, frozen=True, tag_field="do", tag="snooze"):
    """For so many minutes, or until the contact writes; without minutes only his word brings it back."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=43_200)] | None = None


class Resolve(msgspec.Struct, frozen=True, tag_field="do", tag="resolve"):
    """With a wrap-up code, where the workspace has such."""

    wrap_up_id: UUID | None = None


class CallWebhook(msgspec.Struct, frozen=True, tag_field="do", tag="webhook"):
    webhook_id: UUID


Action = Assign | Enqueue | Prioritise | Need | Promise | Tag | Note | Reply | Snooze | Resolve | CallWebhook


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` is the event that it hears. `stops`: when it has been done, those behind it are not asked."""

    id: UUID
    name: str
    kind: str
    conditions: list[Condition]
    actions: list[Action]
    is_on: bool
    stops: bool = False


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What some condition asks for that costs a look of its own."""

    known: bool = False
    earlier: bool = False
    queue_hours: bool = False
    hours: frozenset[UUID] = frozenset()


class Gone(msgspec.Struct, frozen=True):
    """Something that a rule names, and that is no more."""

    what: Literal["agent", "queue", "policy", "webhook", "hours", "inbox"]
    id: UUID


class Fired(msgspec.Struct, frozen=True, kw_only=True):
    """An event as a rule hears it. `minutes`: of a waiting that is told of. `chain` are the rules that
    have led to it, first one first."""

    xid: int
    id: int
    kind: str
    at: datetime
    conversation_id: UUID
    seq: int | None
    minutes: int | None = None
    chain: tuple[UUID, ...] = ()


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody waits since then; after so many minutes that is told."""

    conversation_id: UUID
    since: datetime
    minutes: int


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What conditions look at: the conversation as it is now, and the words of the event. `opening`: the opening hours that
    are asked for, by their ids; under None those of the queue, unless it never closes."""

    conversation_id: UUID
    channel: str
    is_public: bool
    inbox_id: UUID
    queue_id: UUID
    is_vip: bool
    state: Literal["open", "snoozed", "resolved"]
    assignee_id: UUID | None
    tags: list[str]
    contact_name: str
    contact_tags: list[str]
    attributes: Mapping[str, Any]
    text: str
    language: str = ""
    urgency: Urgency = "normal"
    mood: Mood = "neutral"
    waiting_since: datetime | None = None
    now: datetime | None = None
    said: str = ""
    is_known: bool = False
    earlier: int = 0
    time_zone: str = "UTC"
    opening: Mapping[UUID | None, Hours] = {}
