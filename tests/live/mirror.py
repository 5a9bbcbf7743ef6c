"""A desk in miniature: keeps the conversation list and threads from a snapshot and events, as every desk must."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.http.desk import Agent

Row = dict[str, Any]
VIEWS = ("mine", "queue", "all", "late", "snoozed", "resolved")


@dataclass
class Mirror:
    """Rows by conversation, messages by conversation and seq. A list keeps the newest version; a thread that sees
    a gap in the versions has to be read again, which is counted."""

    rows: dict[str, Row] = field(default_factory=dict)
    threads: dict[str, dict[int, Row]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    gaps: set[str] = field(default_factory=set)

    def hear(self, frame: dict[str, Any]) -> None:
        if frame["type"] != "event":
            return
        for row in [frame["row"], *frame.get("rows", [])]:
            if row and row["version"] >= self.rows.get(row["id"], {"version": 0})["version"]:
                self.rows[row["id"]] = row
        if frame["agent"]:
            self._rename(frame["agent"])
        self._hear_thread(frame)

    def _hear_thread(self, frame: dict[str, Any]) -> None:
        id_, version = frame["conversation_id"], frame["version"]
        if id_ not in self.threads or version is None or version <= self.versions[id_]:
            return
        if version > self.versions[id_] + 1:
            self.gaps.add(id_)
        self.versions[id_] = version
        for message in frame.get("messages") or [frame["message"]]:
            if message:
                self.threads[id_][message["seq"]] = message

    def _rename(self, agent: Row) -> None:
        for row in self.rows.values():
            if row["assignee"] and row["assignee"]["id"] == agent["id"]:
                row["assignee"]["name"] = agent["name"]
        for thread in self.threads.values():
            for message in thread.values():
                if message["agent"] and message["agent"]["id"] == agent["id"]:
                    message["agent"]["name"] = agent["name"]

    def view(self, name: str, me: str) -> list[Row]:
        """What the list shows, by the same rules as the server."""
        state = {"snoozed": "snoozed", "resolved": "resolved"}.get(name, "open")
        chosen = [row for row in self.rows.values() if row["state"] == state]
        if name == "mine":
            chosen = [row for row in chosen if row["assignee"] and row["assignee"]["id"] == me]
        if name == "queue":
            chosen = [row for row in chosen if row["assignee"] is None]
        if name == "late":
            late = [
                row
                for row in self.rows.values()
                if any(one["runs"] and (one["warned_at"] or one["missed_at"]) for one in row["promises"])
            ]
            return sorted((row for row in late if row["due_at"]), key=lambda row: (row["due_at"], row["id"]))
        return sorted(chosen, key=lambda row: (row["last_at"], row["id"]), reverse=True)


async def whole_view(agent: Agent, view: str) -> list[Row]:
    """A fresh snapshot of a list, all pages of it."""
    rows: list[Row] = []
    after = None
    while True:
        query = {"view": view, "limit": 20} | ({"after": after} if after else {})
        page = (await agent.get("/api/conversations", **query)).json()
        rows += page["rows"]
        after = page["next"]
        if after is None:
            return rows


async def whole_thread(agent: Agent, id_: str) -> tuple[int, dict[int, Row]]:
    """A fresh snapshot of a thread: (version, messages by seq)."""
    rows: dict[int, Row] = {}
    version, after = 0, 0
    while True:
        page = (await agent.get(f"/api/conversations/{id_}/messages", after=after, limit=50)).json()
        version = version or page["version"]
        rows |= {message["seq"]: message for message in page["rows"]}
        if not page["has_more"]:
            return version, rows
        after = max(rows)


async def snapshot(agent: Agent) -> Mirror:
    """Everything as it is now."""
    mirror = Mirror()
    for view in ("all", "snoozed", "resolved"):
        mirror.rows |= {row["id"]: row for row in await whole_view(agent, view)}
    for id_ in mirror.rows:
        mirror.versions[id_], mirror.threads[id_] = await whole_thread(agent, id_)
    return mirror
