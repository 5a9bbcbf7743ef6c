"""What people see: reads across tables with plain SQL, as JSON that PostgreSQL builds. Nothing here writes."""

from guanxi.views.contacts import contact, conversations_of
from guanxi.views.counts import counts
from guanxi.views.desk import (
    agent,
    agent_emails,
    agents,
    inbox_line,
    inboxes,
    quick_phrase,
    quick_phrases,
    workspace,
)
from guanxi.views.details import besides, conversation, detailed, manifest_of
from guanxi.views.found import conversations_with
from guanxi.views.lists import Ask, View, conversations, rows_by_id
from guanxi.views.page import BadCursor, Page, Sort
from guanxi.views.quarantine import quarantined, showable
from guanxi.views.shapes import signed
from guanxi.views.threads import message, messages, messages_at, raw

__all__ = [
    "Ask",
    "BadCursor",
    "Page",
    "Sort",
    "View",
    "agent",
    "agent_emails",
    "agents",
    "besides",
    "contact",
    "conversation",
    "conversations",
    "conversations_of",
    "conversations_with",
    "counts",
    "detailed",
    "inbox_line",
    "inboxes",
    "manifest_of",
    "message",
    "messages",
    "messages_at",
    "quarantined",
    "quick_phrase",
    "quick_phrases",
    "raw",
    "rows_by_id",
    "showable",
    "signed",
    "workspace",
]
