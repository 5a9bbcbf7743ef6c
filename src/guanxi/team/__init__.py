"""Who serves: the workspace itself, its agents, and the quick phrases that they share."""

from guanxi.team.actions.attributes import add_attribute, change_attribute, remove_attribute, settled
from guanxi.team.actions.load import (
    is_anyone_online,
    lock,
    lock_away,
    name_of,
    shift_load,
    take_back,
    take_free_agent,
    take_place,
)
from guanxi.team.actions.notices import forget_notices, give_notice, read_notices
from guanxi.team.actions.people import (
    bring_back,
    change,
    change_workspace,
    found_workspace,
    join,
    joined,
    remove,
    seen,
)
from guanxi.team.actions.phrases import add_phrase, change_phrase, remove_phrase
from guanxi.team.model import Attribute, Call, CallKind, Kind, NotFound, Refused, Subject, WrongValues
from guanxi.team.queries import (
    all_workspaces,
    attributes,
    find_role,
    serving,
    workspaces_to_take_over,
    workspaces_with_absent,
    workspaces_with_room,
)

__all__ = [
    "Attribute",
    "Call",
    "CallKind",
    "Kind",
    "NotFound",
    "Refused",
    "Subject",
    "WrongValues",
    "add_attribute",
    "add_phrase",
    "all_workspaces",
    "attributes",
    "bring_back",
    "change",
    "change_attribute",
    "change_phrase",
    "change_workspace",
    "find_role",
    "forget_notices",
    "found_workspace",
    "give_notice",
    "is_anyone_online",
    "join",
    "joined",
    "lock",
    "lock_away",
    "name_of",
    "read_notices",
    "remove",
    "remove_attribute",
    "remove_phrase",
    "seen",
    "serving",
    "settled",
    "shift_load",
    "take_back",
    "take_free_agent",
    "take_place",
    "workspaces_to_take_over",
    "workspaces_with_absent",
    "workspaces_with_room",
]
