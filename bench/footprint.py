"""What an idle house takes: the memory of all its processes, PostgreSQL among them, and the time until it answers.

Memory is the proportional set size, so what processes share is counted once. `from_clone_s` is a fresh checkout on
which `bin/guanxi up` installs everything, from the network or the package managers' caches.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bench.rig.figure import Figure, Missed, run, say, spread
from bench.rig.house import answers, free_port
from guanxi.infra.postgres import start_embedded
from tests.databases import open_folder

GOAL_MB = 150
ROOT = Path(__file__).parents[1]
SETTLED = 20.0  # seconds after which a house is called idle


async def measure(quick: bool) -> Figure:
    many, settled = (1, 2.0) if quick else (7, SETTLED)
    firsts: list[float] = []
    agains: list[float] = []
    memory: dict[str, float] = {}
    if not quick:  # not counted: it may have packages to install and front ends to build
        with open_folder() as folder:
            async with _up(ROOT, folder / "data"):
                pass
    for n in range(many):
        with open_folder() as folder:
            async with _up(ROOT, folder / "data") as (pid, seconds):
                firsts.append(seconds)
                if n == 0:
                    await asyncio.sleep(settled)
                    memory = _memory(pid)
            async with _up(ROOT, folder / "data") as (_, seconds):
                agains.append(seconds)
    figures: dict[str, Any] = memory | {"goal_pss_mb": GOAL_MB}
    figures |= spread("empty_data_to_200_s", firsts, 2) | spread("existing_data_to_200_s", agains, 2)
    if not quick:
        figures["from_clone_s"] = await _from_clone()
    return Figure(bench="footprint", figures=figures, reference=await _postgres_alone(settled), ratio=None)


@contextlib.asynccontextmanager
async def _up(root: Path, data: Path) -> AsyncIterator[tuple[int, float]]:
    """`bin/guanxi up`, and the seconds until its first 200."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GUANXI_", "PYTHON"))}
    began = time.monotonic()
    started = subprocess.Popen(  # noqa: ASYNC220 - a few ms
        [root / "bin" / "guanxi", "up", "--data", data, "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    try:
        await answers(f"http://127.0.0.1:{port}/readyz", 600)
        yield started.pid, time.monotonic() - began
    finally:
        started.send_signal(signal.SIGTERM)
        await asyncio.to_thread(started.wait, 30)


def _memory(pid: int) -> dict[str, float]:
    """{pss_mb, of which python and postgres, processes} of a process and all below it."""
    pss: dict[str, int] = {"python": 0, "postgres": 0}
    processes = _below(pid)
    for one in processes:
        name = (Path("/proc") / str(one) / "comm").read_text().strip()
        rollup = (Path("/proc") / str(one) / "smaps_rollup").read_text()
        kilobytes = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        pss["postgres" if "postgres" in name else "python"] += kilobytes
    return {
        "pss_mb": round(sum(pss.values()) / 1024, 1),
        **{f"pss_{name}_mb": round(value / 1024, 1) for name, value in pss.items()},
        "processes": len(processes),
    }


def _below(pid: int) -> list[int]:
    """The process and its descendants, for the database server is in a process group of its own."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
    family = [pid]
    for one in family:
        family += [child for child, parent in parents.items() if parent == one]
    return family


async def _postgres_alone(settled: float) -> dict[str, float]:
    """The same server with nobody connected."""
    with open_folder() as folder:
        began = time.monotonic()
        embedded = await start_embedded(folder)
        seconds = time.monotonic() - began
        try:
            await asyncio.sleep(min(settled, 5))
            alone = _memory(embedded.pid)
        finally:
            await embedded.stop()
    return {"postgres_alone_pss_mb": alone["pss_mb"], "initdb_and_start_s": round(seconds, 2)}


async def _from_clone() -> float | None:
    """A fresh copy of what is committed, and the seconds from `bin/guanxi up` to its first 200; None without a network."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        return None
    say("a fresh checkout installs itself")
    with open_folder() as folder:
        copy = folder / "guanxi"
        cloned = await asyncio.create_subprocess_exec("git", "clone", "-q", "--depth", "1", f"file://{ROOT}", copy)
        if await cloned.wait():
            return None
        try:
            async with _up(copy, folder / "data") as (_, seconds):
                return round(seconds, 1)
        except Missed:
            return None


if __name__ == "__main__":
    run(measure)
