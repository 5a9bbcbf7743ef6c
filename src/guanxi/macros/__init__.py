"""Macros: a text and what else is done with it, by an agent, at one stroke, after a look at what that will be."""

from guanxi.macros.actions import add, change, rehearse, remove, run
from guanxi.macros.model import Key, Macro, MacroAction, NotFound, Refused, Rehearsed, Step
from guanxi.macros.queries import get, of_agent

__all__ = [
    "Key",
    "Macro",
    "MacroAction",
    "NotFound",
    "Refused",
    "Rehearsed",
    "Step",
    "add",
    "change",
    "get",
    "of_agent",
    "rehearse",
    "remove",
    "run",
]
