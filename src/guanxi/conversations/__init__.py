"""Conversations, messages and notes: what is said, in order, and how far it has come."""

from guanxi.conversations.actions.apart import take_apart
from guanxi.conversations.actions.arrive import append, join
from guanxi.conversations.actions.crossing import (
    MOST_MISSES,
    find_code,
    give_code,
    go_on,
    has_spoken,
    lock_for_crossing,
    part,
    take_over_place,
)
from guanxi.conversations.actions.crossing import Given as CrossingGiven
from guanxi.conversations.actions.drafts import Draft, Overwritten, drafts_of, forget_old_drafts, keep_draft
from guanxi.conversations.actions.drafts import Mode as DraftMode
from guanxi.conversations.actions.early_receipts import forget_old as forget_early_receipts
from guanxi.conversations.actions.index import index_messages, index_names, index_names_of
from guanxi.conversations.actions.merge import merge
from guanxi.conversations.actions.moving import as_they_stand
from guanxi.conversations.actions.plan import (
    cancel_plan,
    change_plan,
    due_plans,
    find_plan,
    hold_plan,
    plan,
    send_plan,
    written_since,
)
from guanxi.conversations.actions.promised import pass_time, promise, reckon_anew
from guanxi.conversations.actions.publicly import follow_up_privately
from guanxi.conversations.actions.rate import ask_rating, rate
from guanxi.conversations.actions.reword import catch_up, edit, take_back, unsend
from guanxi.conversations.actions.reword import forget_old as forget_early_changes
from guanxi.conversations.actions.settle import (
    change_message,
    contact_has_read,
    keep_media,
    receive_receipts,
    retry,
    settle_unknown,
)
from guanxi.conversations.actions.split import link_by_hand, split
from guanxi.conversations.actions.state import (
    describe,
    mark_read,
    mark_unread,
    reopen,
    resolve,
    retag,
    snooze,
    tag,
    tell_waited,
    wake,
)
from guanxi.conversations.actions.telling import (
    waiting_there,
    want_endings,
    want_hand_overs,
    want_read_marks,
    whom_to_leave,
)
from guanxi.conversations.actions.whereabouts import lock_survivor, place_of
from guanxi.conversations.actions.wrap_up import GivenCode, set_wrap_ups, wrap_up_needed, wrap_ups
from guanxi.conversations.actions.write import add_line, note, reply, whisper
from guanxi.conversations.hearing import HEARD, language_of, spoken
from guanxi.conversations.merging import why_apart
from guanxi.conversations.model import (
    OPEN,
    RESOLVED,
    SNOOZED,
    Arrival,
    Conversation,
    Edit,
    NotFound,
    Planned,
    Refused,
    Wish,
)
from guanxi.conversations.queries import (
    answered_by,
    askable,
    changed_since,
    find_reply,
    handed_over_at,
    identity_of,
    known_external_ids,
    lock,
    lock_current,
    lock_named,
    lock_waiting,
    survivor_of,
    whom_to_show,
)
from guanxi.conversations.rating import question as rating_question
from guanxi.conversations.rating import read_answer as read_rating
from guanxi.conversations.rating import words_in as rating_words
from guanxi.conversations.rules import fits, named, quoting, thread_key
from guanxi.conversations.tongues import LANGUAGES, Language, tongue
from guanxi.conversations.windows import ReplyPossibility, reply_possibility

__all__ = [
    "HEARD",
    "LANGUAGES",
    "MOST_MISSES",
    "OPEN",
    "RESOLVED",
    "SNOOZED",
    "Arrival",
    "Conversation",
    "CrossingGiven",
    "Draft",
    "DraftMode",
    "Edit",
    "GivenCode",
    "Language",
    "NotFound",
    "Overwritten",
    "Planned",
    "Refused",
    "ReplyPossibility",
    "Wish",
    "add_line",
    "answered_by",
    "append",
    "as_they_stand",
    "ask_rating",
    "askable",
    "cancel_plan",
    "catch_up",
    "change_message",
    "change_plan",
    "changed_since",
    "contact_has_read",
    "describe",
    "drafts_of",
    "due_plans",
    "edit",
    "find_code",
    "find_plan",
    "find_reply",
    "fits",
    "follow_up_privately",
    "forget_early_changes",
    "forget_early_receipts",
    "forget_old_drafts",
    "give_code",
    "go_on",
    "handed_over_at",
    "has_spoken",
    "hold_plan",
    "identity_of",
    "index_messages",
    "index_names",
    "index_names_of",
    "join",
    "keep_draft",
    "keep_media",
    "known_external_ids",
    "language_of",
    "link_by_hand",
    "lock",
    "lock_current",
    "lock_for_crossing",
    "lock_named",
    "lock_survivor",
    "lock_waiting",
    "mark_read",
    "mark_unread",
    "merge",
    "named",
    "note",
    "part",
    "pass_time",
    "place_of",
    "plan",
    "promise",
    "quoting",
    "rate",
    "rating_question",
    "rating_words",
    "read_rating",
    "receive_receipts",
    "reckon_anew",
    "reopen",
    "reply",
    "reply_possibility",
    "resolve",
    "retag",
    "retry",
    "send_plan",
    "set_wrap_ups",
    "settle_unknown",
    "snooze",
    "split",
    "spoken",
    "survivor_of",
    "tag",
    "take_apart",
    "take_back",
    "take_over_place",
    "tell_waited",
    "thread_key",
    "tongue",
    "unsend",
    "waiting_there",
    "wake",
    "want_endings",
    "want_hand_overs",
    "want_read_marks",
    "whisper",
    "whom_to_leave",
    "whom_to_show",
    "why_apart",
    "wrap_up_needed",
    "wrap_ups",
    "written_since",
]
