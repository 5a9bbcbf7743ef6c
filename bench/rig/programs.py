"""The load generators that others made: wrk for HTTP, pgbench for SQL."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.rig.figure import Missed
from guanxi.infra.postgres import Server
from guanxi.infra.postgres_binaries import find_binaries


def find(program: str) -> str:
    """Where the program is. Raises Missed."""
    elsewhere = [*Path("/").glob(f"usr/lib/postgresql/*/bin/{program}"), find_binaries().folder / program]
    found = shutil.which(program) or next((str(path) for path in elsewhere if path.exists()), None)
    if found is None:
        raise Missed(f"{program} is not installed")
    return found


async def pgbench(
    server: Server,
    role: str,
    scripts: Sequence[Path],
    *,
    clients: int,
    seconds: float,
    variables: Mapping[str, str] | None = None,
) -> float:
    """Transactions a second of `clients` connections as `role` running the scripts, prepared, over the socket."""
    said = await _output(
        [
            find("pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(max(1, round(seconds))),
            *(word for script in scripts for word in ("-f", str(script))),
            *(word for name, value in (variables or {}).items() for word in ("-D", f"{name}={value}")),
            "-h", server.host, "-p", str(server.port), "-U", role, server.database,
        ]
    )  # fmt: skip
    if not re.search(r"number of failed transactions: 0 ", said):
        raise Missed(f"transactions of the reference failed:\n{said}")
    return _number(r"^tps = ([\d.]+)", said)


async def wrk(url: str, script: Path, *, connections: int, seconds: float) -> tuple[float, dict[str, float]]:
    """(answers of status 2xx a second, {p50_ms, p99_ms}). Raises Missed when one answer was of another status."""
    said = await _output(
        [find("wrk"), "-t", "1", "-c", str(connections), "-d", f"{max(1, round(seconds))}s", "--latency",
         "-s", str(script), url]
    )  # fmt: skip
    if "Non-2xx" in said or "Socket errors" in said:
        raise Missed(f"not every request was answered well:\n{said}")
    return _number(r"Requests/sec:\s+([\d.]+)", said), {
        "p50_ms": _milliseconds(said, "50%"),
        "p99_ms": _milliseconds(said, "99%"),
    }


async def _output(words: Sequence[str]) -> str:
    started = await asyncio.create_subprocess_exec(
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
    )
    out, err = await started.communicate()
    if started.returncode:
        raise Missed(f"{words[0]} ended with {started.returncode}: {err.decode()[-800:]}")
    return out.decode()


def _number(pattern: str, said: str) -> float:
    found = re.search(pattern, said, re.MULTILINE)
    if found is None:
        raise Missed(f"this does not say {pattern}:\n{said}")
    return float(found.group(1))


def _milliseconds(said: str, share: str) -> float:
    found = re.search(rf"{share}\s+([\d.]+)(us|ms|s)", said)
    if found is None:
        raise Missed(f"wrk does not say its {share}:\n{said}")
    return round(float(found.group(1)) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found.group(2)], 2)
