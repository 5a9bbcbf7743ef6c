"""On which connected account? Inboxes, their settings and sealed secrets, and what arrives at them."""

from guanxi.inboxes.actions.accounts import arrange, change, connect, keep_all, pause, remove, resume
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
from guanxi.inboxes.model import Door, NotFound, Raw, Refused
from guanxi.inboxes.queries import find_door, find_door_across, find_door_by_address, greeting_for

__all__ = [
    "Batch",
    "Door",
    "NotFound",
    "Raw",
    "Refused",
    "arrange",
    "change",
    "claim",
    "connect",
    "count_unfinished",
    "find_door",
    "find_door_across",
    "find_door_by_address",
    "finish_batch",
    "greeting_for",
    "keep_all",
    "let_go",
    "pause",
    "purge_bodies",
    "quarantine",
    "raws_of",
    "remove",
    "replay",
    "resume",
]
