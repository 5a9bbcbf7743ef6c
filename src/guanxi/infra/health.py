"""Facts about the database that tell whether the promises can be kept. Read as the owner."""

from __future__ import annotations

from typing import Any

FACTS = {
    "fsync": "select current_setting('fsync')",
    "full_page_writes": "select current_setting('full_page_writes')",
    "synchronous_commit": "select current_setting('synchronous_commit')",
    "tables without row-level security": """
        select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relkind = 'r' and not (c.relrowsecurity and c.relforcerowsecurity)
          and c.relname <> 'schema_migration'""",
    "app role is superuser": "select rolsuper or rolbypassrls from pg_roles where rolname = 'guanxi_app'",
    "events in quarantine": "select count(*) from inbound_event where state = 2",
    "unread events older than a minute": """
        select count(*) from inbound_event where state = 0 and received_at < now() - interval '1 minute'""",
    "lanes due longer than a minute": """
        select count(*) from lane l where next_at < now() - interval '1 minute'
          and (locked_until is null or locked_until < now())
          and not exists (select from pool_hold h where h.workspace_id = l.workspace_id and h.pool = l.pool)""",
    "paused inboxes": "select count(*) from inbox where state = 'paused'",
    "dead jobs": "select count(*) from job_dead",
    "deliveries unknown": "select count(*) from message where state = 'unknown'",
}


async def facts(connection: Any) -> dict[str, Any]:
    """Every fact by its name."""
    return {name: await connection.fetchval(sql) for name, sql in FACTS.items()}
