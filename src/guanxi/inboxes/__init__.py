"""On which connected account? Inboxes, their settings and sealed secrets, and what arrives at them."""

from guanxi.inboxes.actions.accounts import (
    BY_HAND,
    arrange,
    change,
    connect,
    keep_all,
    lead_to,
    pause,
    remove,
    resume,
)
from guanxi.inboxes.actions.arrivals import (
    Batch,
    claim,
    count_unfinished,
    finish_batch,
    let_go,
    purge_bodies,
    quarantine,
    raws_of,
    replay,
)
from guanxi.inboxes.actions.cursors import due_polls, find_cursor, keep_page, nudged, poll, stop_pulling
from guanxi.inboxes.actions.showing import code_names, forget_code, keep_code, menu_labels, menu_published, write_menu
from guanxi.inboxes.actions.visits import Visit, consent, forget_visitors, visit, withdraw
from guanxi.inboxes.menus import wrong_with_menu
from guanxi.inboxes.model import Door, NotFound, Raw, Refused
from guanxi.inboxes.queries import find_door, find_door_across, find_door_by_address, greeting_for

__all__ = [
    "BY_HAND",
    "Batch",
    "Door",
    "NotFound",
    "Raw",
    "Refused",
    "Visit",
    "arrange",
    "change",
    "claim",
    "code_names",
    "connect",
    "consent",
    "count_unfinished",
    "due_polls",
    "find_cursor",
    "find_door",
    "find_door_across",
    "find_door_by_address",
    "finish_batch",
    "forget_code",
    "forget_visitors",
    "greeting_for",
    "keep_all",
    "keep_code",
    "keep_page",
    "lead_to",
    "let_go",
    "menu_labels",
    "menu_published",
    "nudged",
    "pause",
    "poll",
    "purge_bodies",
    "quarantine",
    "raws_of",
    "remove",
    "replay",
    "resume",
    "stop_pulling",
    "visit",
    "withdraw",
    "write_menu",
    "wrong_with_menu",
]
