"""Who is this? Contacts, and their identities on each inbox."""

from guanxi.contacts.actions.matching import match, want_match
from guanxi.contacts.actions.people import (
    block,
    change,
    index,
    learn,
    note_asked,
    recognise,
    remember_spoken,
    save_profile,
    words_of,
)
from guanxi.contacts.actions.proving import part_from, prove
from guanxi.contacts.actions.windows import close_windows, give_back_window, note_following, open_windows, spend_window
from guanxi.contacts.model import Identity, NotFound, Refused, Seen, Window
from guanxi.contacts.queries import find_identity, find_introduced, get_identity
from guanxi.contacts.rules import next_window, usable

__all__ = [
    "Identity",
    "NotFound",
    "Refused",
    "Seen",
    "Window",
    "block",
    "change",
    "close_windows",
    "find_identity",
    "find_introduced",
    "get_identity",
    "give_back_window",
    "index",
    "learn",
    "match",
    "next_window",
    "note_asked",
    "note_following",
    "open_windows",
    "part_from",
    "prove",
    "recognise",
    "remember_spoken",
    "save_profile",
    "spend_window",
    "usable",
    "want_match",
    "words_of",
]
