"""The data folder of an embedded server: its lock, its sockets, the cluster in it and our settings for it."""

import asyncio
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from guanxi.infra.postgres_binaries import Account, Binaries, PostgresUnusable, clean_environment, may

OWNER = "guanxi_owner"
PORT = 5432  # only a part of the socket's file name: the embedded server has no TCP
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")


@dataclass(frozen=True, slots=True)
class Home:
    """Where one embedded server lives and what runs it."""

    data: Path
    cluster: Path
    sockets: Path
    binaries: Binaries
    account: Account


def make_folder(data: Path, account: Account) -> None:
    """Make `data` where it is missing, and see that the server's account may enter it. Raises PostgresUnusable."""
    if not data.exists():
        try:
            data.mkdir(parents=True)
        except OSError as error:
            raise PostgresUnusable(f"The data folder {data} cannot be made: {error.strerror}.") from error
        data.chmod(0o711 if account.name else 0o700)
    if not may(account, "-x", data):
        raise PostgresUnusable(
            f"The database server runs as {account.name or 'this account'}, which may not enter {data}. "
            "Choose a folder that it may enter, for example: --data /var/lib/guanxi"
        )


def open_lock(data: Path) -> int:
    """A descriptor of `<data>/lock`; whoever holds its flock owns the server."""
    try:
        return os.open(data / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise PostgresUnusable(f"The data folder {data} belongs to another account of this machine.") from error


def take(lock: int) -> bool:
    """Take the lock if nobody holds it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def note_sockets(lock: int, sockets: Path) -> None:
    """Leave word in the lock file of where the server is reached."""
    os.ftruncate(lock, 0)
    os.pwrite(lock, json.dumps({"pid": os.getpid(), "sockets": str(sockets)}).encode(), 0)


def noted_sockets(lock: int) -> str | None:
    """Where the last owner said that the server is reached."""
    try:
        noted = json.loads(os.pread(lock, 4096, 0))["sockets"]
    except (ValueError, KeyError):
        return None
    return str(noted)


def socket_folder(data: Path, account: Account, noted: str | None) -> Path:
    """`<data>/run`, or a private folder in /tmp where that path would be longer than a socket's may be."""
    folder = data / "run"
    if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
        folder.mkdir(exist_ok=True)
    elif noted and (kept := Path(noted)).is_dir() and not kept.is_symlink() and kept.stat().st_uid == account.uid:
        folder = kept
    else:
        folder = Path(tempfile.mkdtemp(prefix="guanxi-", dir="/tmp"))
    os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)
    return folder


async def prepare_cluster(home: Home) -> None:
    """Make the cluster with initdb, or see that the one found is of our major version. Raises PostgresUnusable."""
    version_file = home.cluster / "PG_VERSION"
    if version_file.exists():
        found = version_file.read_text().strip()
        if found != str(home.binaries.major):
            raise PostgresUnusable(
                f"The data in {home.cluster} was written by PostgreSQL {found}, and this is PostgreSQL "
                f"{home.binaries.major}. Name programs of version {found} with GUANXI_PG_BIN, or dump and restore."
            )
        return
    if home.cluster.exists() and any(home.cluster.iterdir()):
        raise PostgresUnusable(f"{home.cluster} is not empty and not a database. Choose another data folder.")
    # Made under another name and then renamed: a cluster half made is never taken for a whole one.
    fresh = home.cluster.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    os.chown(fresh, home.account.uid, home.account.gid)
    locale = (
        ["--locale-provider=builtin", "--locale=C.UTF-8", "--lc-collate=C", "--lc-ctype=C"]
        if home.binaries.major >= 17
        else ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]
    )
    command = [str(home.binaries.folder / "initdb"), "-D", str(fresh), "-U", OWNER, "-A", "trust", "-E", "UTF8"]

    def initdb() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, "--data-checksums", *locale],
            cwd="/",
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
            **home.account.popen_args(),
        )

    made = await asyncio.to_thread(initdb)
    if made.returncode != 0:
        raise PostgresUnusable(f"The database could not be made in {home.data}. initdb said:\n{made.stderr.strip()}")
    if home.cluster.exists():
        home.cluster.rmdir()
    fresh.rename(home.cluster)


def write_settings(home: Home, options: Mapping[str, str]) -> None:
    """Write postgresql.conf: our settings, then `options`, then whatever `<data>/postgres.conf` says."""
    settings = {
        "cluster_name": "guanxi",
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": str(home.sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "60",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        # Small: an idle house must fit a small machine.
        "shared_buffers": "32MB",
        "max_worker_processes": "4",
        "max_parallel_workers": "2",
        "max_logical_replication_workers": "0",
        "max_wal_senders": "2",
        "autovacuum_max_workers": "2",
        "min_wal_size": "32MB",
        "jit": "off",
        "random_page_cost": "1.1",
        # Statements and row contents are customers' words: they stay out of the log.
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
    }
    if home.binaries.major >= 18:
        settings |= {"io_method": "sync", "autovacuum_worker_slots": "2"}
    if sys.platform == "linux" and not may(home.account, "-w", Path("/dev/shm")):
        settings["dynamic_shared_memory_type"] = "mmap"  # bare containers and chroots have no /dev/shm for us
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in (settings | dict(options)).items()]
    first = "# Written by Guanxi at each start. Put your own settings into postgres.conf in the folder above."
    text = "\n".join([first, *lines, "include_if_exists '../postgres.conf'", ""])
    target = home.cluster / "postgresql.conf"
    if target.read_text() != text:  # unchanged is not touched: the disk may be full
        fresh = target.with_name("postgresql.conf.new")
        fresh.write_text(text)
        os.chown(fresh, home.account.uid, home.account.gid)
        fresh.chmod(0o600)
        fresh.rename(target)


def open_log(data: Path) -> BinaryIO:
    """The server's log for appending; one older file is kept."""
    path = data / "postgres.log"
    if path.exists() and path.stat().st_size > 8_000_000:
        path.replace(path.with_suffix(".log.1"))
    return open(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600))


def log_tail(data: Path) -> str:
    """The last lines of the server's log."""
    with (data / "postgres.log").open("rb") as logfile:
        logfile.seek(max(0, logfile.seek(0, os.SEEK_END) - 4000))
        return "\n".join(logfile.read().decode(errors="replace").splitlines()[-6:])
