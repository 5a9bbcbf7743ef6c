"""What people see: reads across tables with plain SQL, as JSON that PostgreSQL builds. Nothing here writes."""

from guanxi.views.audit import audit_log
from guanxi.views.contacts import contact, contact_of, conversations_of
from guanxi.views.counts import counts
from guanxi.views.crossings import connected_inboxes, inboxes_besides
from guanxi.views.desk import (
    agent,
    agent_emails,
    agent_lines,
    agents,
    inbox_lines,
    inboxes,
    language_of,
    person_of,
    phrase_group,
    phrase_groups,
    quick_phrase,
    quick_phrases,
    workspace,
)
from guanxi.views.details import besides, conversation, manifest_of, reply_of
from guanxi.views.files import file_named, held_by, kept_file
from guanxi.views.found import Sifted, conversations_with
from guanxi.views.happened import begun_below, events_of, events_since, over_below
from guanxi.views.integrations import (
    access_token,
    access_tokens,
    automation_rule,
    automation_rules,
    webhook,
    webhook_deliveries,
    webhook_delivery,
    webhooks,
)
from guanxi.views.lists import Ask, View, conversations, rows_by_id
from guanxi.views.neighbours import neighbours
from guanxi.views.notices import notices
from guanxi.views.offers import offers
from guanxi.views.page import BadCursor, Page, Sort
from guanxi.views.palette import people_named, tags_named
from guanxi.views.people import contact_tags, notes_about, people
from guanxi.views.pulse import can_write, inbound_lag, lanes_due, pools_held
from guanxi.views.pulse import quarantined as all_quarantined
from guanxi.views.push import PushCall, devices_of_agents, devices_of_conversations, is_quiet, push_call
from guanxi.views.quarantine import quarantined, showable
from guanxi.views.saved import conditions_of, conversations_of_view, saved_counts, saved_view, saved_views
from guanxi.views.shapes import signed
from guanxi.views.showing import codes, menu
from guanxi.views.sight import Sight, Standing, seen, sight_of
from guanxi.views.sign_ins import my_access, rules, sign_in_records
from guanxi.views.threads import message, messages, raw
from guanxi.views.transcript import transcript
from guanxi.views.visitor import (
    asked_rating,
    current_conversation,
    has_email,
    shop_front,
    visitor_messages,
    whose_conversations,
)
from guanxi.views.visits import visits
from guanxi.views.workspaces import Founded, Membership, founded_workspaces, unread_of, workspaces_of

__all__ = [
    "Ask",
    "BadCursor",
    "Founded",
    "Membership",
    "Page",
    "PushCall",
    "Sifted",
    "Sight",
    "Sort",
    "Standing",
    "View",
    "access_token",
    "access_tokens",
    "agent",
    "agent_emails",
    "agent_lines",
    "agents",
    "all_quarantined",
    "asked_rating",
    "audit_log",
    "automation_rule",
    "automation_rules",
    "begun_below",
    "besides",
    "can_write",
    "codes",
    "conditions_of",
    "connected_inboxes",
    "contact",
    "contact_of",
    "contact_tags",
    "conversation",
    "conversations",
    "conversations_of",
    "conversations_of_view",
    "conversations_with",
    "counts",
    "current_conversation",
    "devices_of_agents",
    "devices_of_conversations",
    "events_of",
    "events_since",
    "file_named",
    "founded_workspaces",
    "has_email",
    "held_by",
    "inbound_lag",
    "inbox_lines",
    "inboxes",
    "inboxes_besides",
    "is_quiet",
    "kept_file",
    "lanes_due",
    "language_of",
    "manifest_of",
    "menu",
    "message",
    "messages",
    "my_access",
    "neighbours",
    "notes_about",
    "notices",
    "offers",
    "over_below",
    "people",
    "people_named",
    "person_of",
    "phrase_group",
    "phrase_groups",
    "pools_held",
    "push_call",
    "quarantined",
    "quick_phrase",
    "quick_phrases",
    "raw",
    "reply_of",
    "rows_by_id",
    "rules",
    "saved_counts",
    "saved_view",
    "saved_views",
    "seen",
    "shop_front",
    "showable",
    "sight_of",
    "sign_in_records",
    "signed",
    "tags_named",
    "transcript",
    "unread_of",
    "visitor_messages",
    "visits",
    "webhook",
    "webhook_deliveries",
    "webhook_delivery",
    "webhooks",
    "whose_conversations",
    "workspace",
    "workspaces_of",
]
