"""Who serves: the workspace itself, its agents, and the quick phrases that they share."""

from guanxi.team.actions import (
    bring_back,
    change,
    change_workspace,
    found_workspace,
    join,
    joined,
    remove,
    seen,
)
from guanxi.team.load import is_anyone_online, name_of, shift_load, take_free_agent, take_place
from guanxi.team.model import NotFound, Refused
from guanxi.team.phrases import add_phrase, change_phrase, remove_phrase

__all__ = [
    "NotFound",
    "Refused",
    "add_phrase",
    "bring_back",
    "change",
    "change_phrase",
    "change_workspace",
    "found_workspace",
    "is_anyone_online",
    "join",
    "joined",
    "name_of",
    "remove",
    "remove_phrase",
    "seen",
    "shift_load",
    "take_free_agent",
    "take_place",
]
