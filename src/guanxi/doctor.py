"""What may be wrong with an installation, and what to do about it. Each finding is one sentence."""

from __future__ import annotations

import os
import re
import shutil
import stat
from typing import Any

import asyncpg
import msgspec

from guanxi.access import SignOn, SignOnRefused
from guanxi.infra import health
from guanxi.infra.fetch import Fetcher
from guanxi.infra.files import files_at
from guanxi.infra.migrations import pending
from guanxi.infra.postgres import Server
from guanxi.settings import Found, Oidc, Settings

LEAST_DISK = 2_000_000_000


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    about: str
    is_well: bool
    text: str


def settings_told(found: Found) -> list[str]:
    """Each setting with its value and where it was said, for a person; passwords stay unsaid."""
    lines = []
    for name, said in found.said.items():
        value = getattr(found.settings, name)
        if name == "database_url" and value:
            value = re.sub(r"(//[^:/@]*):[^@]*@", r"\1:…@", value)
        shown = ", ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
        lines.append(f"     {name} = {shown or '(nothing)'}   [{said}]")
    return lines


async def examine(settings: Settings, server: Server) -> list[Finding]:
    """Look at everything. Never raises for what it finds; the database has to be reachable."""
    findings = [_master_key(settings), _disk(settings), _address(settings), await _files(settings)]
    if settings.oidc is not None:
        findings.append(await _sign_on(settings.oidc, settings.private_hosts_allowed))
    try:
        connection = await asyncpg.connect(**server.connect_args("guanxi_owner"))
    except (OSError, asyncpg.PostgresError) as error:
        return [*findings, Finding(about="database", is_well=False, text=f"It cannot be reached: {error}.")]
    try:
        missing = await pending(server)
        findings.append(
            Finding(
                about="migrations",
                is_well=not missing,
                text=f"Missing: {', '.join(missing)}. Run `guanxi migrate`." if missing else "all done",
            )
        )
        facts = await health.facts(connection)
    finally:
        await connection.close()
    return findings + [_judge(name, value) for name, value in facts.items()]


# name of the fact: (what is well, what to do otherwise)
RULES: dict[str, tuple[Any, str]] = {
    "fsync": (lambda v: v == "on", "Turn fsync on: without it an acknowledged message can be lost with the power."),
    "full_page_writes": (lambda v: v == "on", "Turn full_page_writes on: half-written pages cannot be repaired."),
    "synchronous_commit": (lambda v: v != "off", "Turn synchronous_commit on: what we thank for must be on disk."),
    "tables without row-level security": (
        lambda v: v == 0,
        "Run `guanxi migrate`: a wall between workspaces is missing.",
    ),
    "app role is superuser": (lambda v: v is False, "Take superuser and bypassrls from guanxi_app."),
    "events in quarantine": (lambda v: v == 0, "Look at Settings → Inboxes → Quarantine; replay what is mended."),
    "unread events older than a minute": (lambda v: v == 0, "Is a worker running? Start `guanxi worker`."),
    "lanes due longer than a minute": (lambda v: v == 0, "Is a worker running? Is a platform hanging?"),
    "paused inboxes": (lambda v: v == 0, "Open Settings → Inboxes: the reason and the button to resume are there."),
    "dead jobs": (lambda v: v == 0, "Something failed for good; see the table job_dead."),
    "deliveries unknown": (lambda v: v == 0, "An agent has to decide in the conversation whether they arrived."),
}


def _judge(name: str, value: object) -> Finding:
    is_good, advice = RULES[name]
    well = bool(is_good(value))
    return Finding(about=name, is_well=well, text=str(value) if well else f"{value}. {advice}")


def _master_key(settings: Settings) -> Finding:
    if os.environ.get("GUANXI_MASTER_KEY"):
        return Finding(about="master key", is_well=True, text="it comes from the environment")
    path = settings.master_key_file or settings.data / "master.key"
    if not path.exists():
        return Finding(about="master key", is_well=False, text=f"{path} is missing; restore it from your backup.")
    open_to_others = path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    text = f"Others can read it: chmod 600 {path}" if open_to_others else "only we can read it"
    return Finding(about="master key", is_well=not open_to_others, text=text)


async def _files(settings: Settings) -> Finding:
    """Write a file where files are kept, and look at it."""
    where = settings.media_store or str(settings.data / "media")
    try:
        files = files_at(settings.media_store, settings.data / "media")
        await files.put(".doctor", b"well")
        well = await files.size(".doctor") == 4
    except (OSError, ValueError) as error:
        return Finding(about="files", is_well=False, text=f"{where}: {error}")
    return Finding(about="files", is_well=well, text=where if well else f"{where} gives back other bytes than it took.")


async def _sign_on(oidc: Oidc, private_hosts: tuple[str, ...]) -> Finding:
    """Ask the company's sign-on what it says of itself."""
    fetch = Fetcher(private_hosts)
    try:
        about = await SignOn(oidc, fetch).about()
    except (SignOnRefused, OSError) as refused:
        return Finding(about="sign-on", is_well=False, text=f"{oidc.issuer}: {refused}")
    finally:
        await fetch.close()
    return Finding(about="sign-on", is_well=True, text=about.issuer)


def _disk(settings: Settings) -> Finding:
    there = next(folder for folder in (settings.data, *settings.data.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    return Finding(about="disk", is_well=free >= LEAST_DISK, text=f"{free // 1_000_000} MB free in {settings.data}")


def _address(settings: Settings) -> Finding:
    is_local = "127.0.0.1" in settings.public_url or "localhost" in settings.public_url
    well = is_local or settings.public_url.startswith("https://")
    return Finding(
        about="PUBLIC_URL",
        is_well=well,
        text=settings.public_url
        if well
        else f"{settings.public_url} is not https: passwords would travel in the open.",
    )
