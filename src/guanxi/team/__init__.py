"""Who serves: the workspace itself, its agents, and the quick phrases that they share."""

from guanxi.team.actions.load import is_anyone_online, lock, name_of, shift_load, take_back, take_free_agent, take_place
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
from guanxi.team.model import NotFound, Refused
from guanxi.team.queries import all_workspaces, find_role, workspaces_with_absent, workspaces_with_room

__all__ = [
    "NotFound",
    "Refused",
    "add_phrase",
    "all_workspaces",
    "bring_back",
    "change",
    "change_phrase",
    "change_workspace",
    "find_role",
    "found_workspace",
    "is_anyone_online",
    "join",
    "joined",
    "lock",
    "name_of",
    "remove",
    "remove_phrase",
    "seen",
    "shift_load",
    "take_back",
    "take_free_agent",
    "take_place",
    "workspaces_with_absent",
    "workspaces_with_room",
]
