"""Every process is killed with -9 under load, again and again: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import psutil
import pytest

from guanxi.infra.migrations import migrate
from guanxi.infra.postgres import start_embedded
from tests.databases import open_folder
from tests.faults.ledger import Ledger, Stored, problems
from tests.stories.test_line_message import SECRETS, line_request
from tests.world import open_world

KILLS = 30 if os.environ.get("GUANXI_TEST_LONG") == "1" else 4
SENDERS = 12
pytestmark = pytest.mark.asyncio


async def test_nothing_acknowledged_is_lost_or_doubled_when_everything_is_killed(unused_tcp_port: int) -> None:
    with open_folder() as data:
        address, workspace_id = await _prepare(data)
        ledger, stop = Ledger(), asyncio.Event()
        url = f"http://127.0.0.1:{unused_tcp_port}/in/{address}"
        senders = [asyncio.create_task(_send(url, f"U{n:032d}", ledger, stop)) for n in range(SENDERS)]
        for _ in range(KILLS):
            async with _running(data, unused_tcp_port) as process:
                before = ledger.size()
                while ledger.size() < before + 150:
                    assert process.returncode is None
                    await asyncio.sleep(0.01)
                _kill_everything(process.pid)
        async with _running(data, unused_tcp_port) as process:
            before = ledger.size()
            while ledger.size() < before + 50:
                await asyncio.sleep(0.01)
            stop.set()
            await asyncio.gather(*senders)
            stored, last = await _until_read(data, workspace_id, ledger)
            _kill_everything(process.pid)
        assert problems(ledger, stored, last) == []


async def _prepare(data: Path) -> tuple[str, UUID]:
    embedded = await start_embedded(data)
    try:
        await migrate(embedded.server)
        async with open_world(embedded.server, data) as world:
            shop = await world.shop("Kotori")
            door = await shop.connects("line", secrets=SECRETS)
            return door.address, shop.id
    finally:
        await embedded.stop()


@asynccontextmanager
async def _running(data: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "guanxi", "up", "--data", str(data), "--port", str(port),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        while b"Guanxi is ready" not in (line := await asyncio.wait_for(process.stdout.readline(), 60)):
            assert line, "it ended before it was ready"
        yield process
    finally:
        _kill_everything(process.pid)
        await process.wait()


def _kill_everything(pid: int) -> None:
    with suppress(psutil.NoSuchProcess):
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGKILL)


async def _send(url: str, sender: str, ledger: Ledger, stop: asyncio.Event) -> None:
    """One customer's platform: the next message only after the last was taken, repeated until it was."""
    number = 0
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        while not stop.is_set():
            number += 1
            message_id = f"{sender}-{number}"
            request = line_request(f"第 {number} 句", message_id, sender)
            while not stop.is_set():
                with suppress(httpx.TransportError):
                    answer = await http.post(url, content=request.body, headers=dict(request.headers))
                    if answer.status_code == 200:
                        ledger.write(sender, message_id)
                        break
                await asyncio.sleep(0.02)


async def _until_read(data: Path, workspace_id: UUID, ledger: Ledger) -> tuple[list[Stored], dict[str, int]]:
    embedded = await start_embedded(data)  # attaches to the running one
    connection = await asyncpg.connect(**embedded.server.connect_args("guanxi_owner"))
    try:
        while await connection.fetchval("select count(*) from inbound_event where state = 0"):
            await asyncio.sleep(0.05)
        rows = await connection.fetch(
            """select i.external_id as sender, m.conversation_id, m.seq, m.external_id from message m
               join conversation c on c.id = m.conversation_id join identity i on i.id = c.identity_id
               where m.workspace_id = $1""",
            workspace_id,
        )
        last = await connection.fetch("select id, last_seq from conversation where workspace_id = $1", workspace_id)
    finally:
        await connection.close()
        await embedded.stop()
    stored = [Stored(r["sender"], str(r["conversation_id"]), r["seq"], r["external_id"] or "") for r in rows]
    return [one for one in stored if one.external_id], {str(r["id"]): r["last_seq"] for r in last}


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ([Stored("a", "c", 1, "a1")], "lost a2"),
        ([Stored("a", "c", 1, "a1"), Stored("a", "c", 2, "a2"), Stored("a", "c", 3, "a2")], "doubled a2"),
        ([Stored("a", "c", 1, "a1"), Stored("a", "d", 1, "a2")], "a is in 2 conversations"),
        ([Stored("a", "c", 1, "a1"), Stored("a", "c", 3, "a2")], "c has gaps"),
        ([Stored("a", "c", 1, "a2"), Stored("a", "c", 2, "a1")], "a is out of order"),
    ],
)
async def test_the_checker_sees_each_planted_fault(planted: list[Stored], said: str) -> None:
    ledger = Ledger({"a": ["a1", "a2"]})
    last = {"c": max((one.seq for one in planted if one.conversation == "c"), default=0), "d": 1}
    assert any(problem.startswith(said) for problem in problems(ledger, planted, last))


async def test_the_checker_is_content_with_a_clean_history() -> None:
    clean = [Stored("a", "c", 1, "a1"), Stored("a", "c", 2, "a2")]
    assert problems(Ledger({"a": ["a1", "a2"]}), clean, {"c": 2}) == []
