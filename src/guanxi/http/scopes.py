"""Which scope an access token needs at which door. What stands in no table is no door for programs."""

from __future__ import annotations

from guanxi.access import Scope

# By the first part of the path below /api. Nothing about oneself, and nothing about tokens: one that is lost shall not
# make a second one.
EVERYDAY = frozenset(
    {
        "contact-tags", "contacts", "conversations", "counts", "files", "drafts", "find", "macros", "notices", "queue", "quick-phrases",
        "reports", "wallboard",
    }
)  # fmt: skip
ADMIN: dict[str, Scope] = {
    "inboxes": "admin:inboxes",
    "channels": "admin:inboxes",
    "agents": "admin:team",
    "audit": "admin:team",
    "attributes": "admin:team",
    "invitations": "admin:team",
    "workspace": "admin:team",
    "roles": "admin:team",
    "teams": "admin:team",
    "wrap-ups": "admin:team",
    "translation": "admin:integrations",
    "rules": "admin:integrations",
    "webhooks": "admin:integrations",
}
READ_BY_ADMINS = frozenset({"audit", "quarantine", "rules", "translation", "webhooks"})  # anywhere in a path


def needed(method: str, path: str) -> Scope | None:
    """The scope for a method at a path; None where no token opens."""
    parts = path.removeprefix("/api/").split("/")
    reads = method in ("GET", "HEAD", "OPTIONS")
    if parts[0] == "me":
        if reads and len(parts) == 1:
            return "read"
        return "write" if parts[1:] == ["presence"] else None
    if parts[-1] == "reset-link" or parts[:2] == ["workspace", "rules"]:
        return None  # who opens doors for others, or sets the rules for them, sits at the desk
    if parts[0] in EVERYDAY:
        return "read" if reads else "write"
    if parts[0] in ADMIN:
        return "read" if reads and not READ_BY_ADMINS & set(parts) else ADMIN[parts[0]]
    return None
