"""One frozen struct of settings, read from the environment and from a file, guanxi.toml in the data folder if none is named."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

# Names that other software gives as well keep their own name; all else is GUANXI_ and the field in capitals.
PLAIN_NAMES = {"database_url": "DATABASE_URL", "public_url": "PUBLIC_URL"}
# Read by the launcher, the tests or the supervisor before there are settings.
OTHER_VARIABLES = frozenset(
    {
        "GUANXI_PG_BIN",
        "GUANXI_PYTHON",
        "GUANXI_TEST_LONG",
        "GUANXI_TEST_BROWSER",
        "GUANXI_TEST_DESK",
        "GUANXI_CHECKOUT",
        "GUANXI_MASTER_KEY",
        "GUANXI_CONFIG",
    }
)

LEAST_EVENT_DAYS = 31


class SettingsRefused(Exception):
    """A setting is unknown or senseless; the message is a sentence naming it."""


class Oidc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The part [oidc] of the file: the company's own sign-on. See docs/how-to/sign-in-with-your-company.md."""

    issuer: str
    client_id: str
    client_secret: str = ""
    client_secret_file: Path | None = None
    name: str = ""  # on the button; else the issuer's host
    may_create: Literal["nobody", "domain"] = "nobody"  # who comes for the first time and was not invited
    domains: tuple[str, ...] = ()  # of the e-mail addresses that may
    workspace: int | None = None  # where they serve: its number, see `guanxi workspace list`
    role: Literal["supervisor", "agent", "viewer"] = "agent"
    second_factor: Literal["ours", "theirs"] = "ours"  # theirs: whoever comes in there needs none of ours
    sign_out: Literal["here", "everywhere"] = "here"

    @property
    def called(self) -> str:
        return self.name or urlsplit(self.issuer).netloc

    @property
    def secret(self) -> str:
        """Read when it is needed, so that it may be changed without a restart."""
        return self.client_secret_file.read_text().strip() if self.client_secret_file else self.client_secret

    def __repr__(self) -> str:
        return f"{self.called} ({self.issuer})"  # never the secret


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that may differ between two houses. Times in the unit their name says."""

    data: Path = Path("data")
    database_url: str | None = None  # set: no embedded server
    public_url: str = "http://127.0.0.1:8100"  # what customers, platforms and agents call us; no slash at the end
    host: str = "127.0.0.1"
    port: int = 8100
    trusted_proxies: tuple[str, ...] = ()  # addresses or networks whose X-Forwarded-For is believed
    raw_body_days: int = 30
    audit_days: int = 400  # how long the audit log is kept
    event_days: int = 90  # longer than anybody stays signed in, so that no desk can miss what went
    reopen_hours: int = 24
    media_store: str = ""  # s3://bucket/prefix, with AWS_* in the environment; else a folder beside the data
    master_key_file: Path | None = None  # None: master.key in the data folder
    log_level: str = "info"
    private_hosts_allowed: tuple[str, ...] = ()  # host:port that outgoing requests may reach though private
    lease_seconds: int = 30
    lane_k: int = 10  # jobs of one lane in one claim
    inbox_in_flight: int = 8
    oidc: Oidc | None = None  # the part [oidc] of the file
    new_workspaces: Literal["admins", "closed"] = (
        "admins"  # who may found one at the desk: every admin of one, or nobody
    )
    token_calls: int = 1200  # of one access token, in a minute
    ingest_queue: int = 10_000  # accepted requests waiting for the disk; beyond it we answer 503

    def said_public_url(self) -> str:
        """PUBLIC_URL where somebody has said it; '' where it is only this machine's own."""
        return "" if self.public_url == f"http://127.0.0.1:{self.port}" else self.public_url


class Found(msgspec.Struct, frozen=True):
    """The settings, and of each in words where it was said."""

    settings: Settings
    said: Mapping[str, str]


def read_settings(environ: Mapping[str, str] = os.environ, *, config: Path | None = None, **given: Any) -> Settings:
    """Settings from, in rising order: defaults, the file, the environment, `given` (the command line).

    The file is `config`, else the one that GUANXI_CONFIG names, else `<data>/guanxi.toml`, which may be missing. Lists
    in the environment are separated by commas. Raises SettingsRefused.
    """
    return find_settings(environ, config=config, **given).settings


def find_settings(environ: Mapping[str, str] = os.environ, *, config: Path | None = None, **given: Any) -> Found:
    """The same, with word of where each setting was said."""
    asked = {name: value for name, value in given.items() if value is not None}
    said = dict.fromkeys(asked, "the command line")
    around = _from_environment(environ)
    said = {name: _variable(name) for name in around} | said
    asked = around | asked
    if config is None and environ.get("GUANXI_CONFIG", "").strip():
        config = Path(environ["GUANXI_CONFIG"])
    path = config or Path(str(asked.get("data", _DEFAULTS.data))) / "guanxi.toml"
    written = _from_file(path, is_named=config is not None)
    said = {name: str(path) for name in written} | said
    asked = written | asked
    if "public_url" not in asked and "port" in asked:
        asked["public_url"] = f"http://127.0.0.1:{asked['port']}"
        said["public_url"] = "the port"
    try:
        # Text is all that an environment has, so numbers and lists are read from text (strict=False).
        settings = msgspec.convert(asked, Settings, strict=False, dec_hook=_read_path)
    except msgspec.ValidationError as error:
        raise SettingsRefused(f"A setting cannot be used: {error}.") from error
    whole = msgspec.structs.replace(settings, data=settings.data.absolute(), public_url=settings.public_url.rstrip("/"))
    return Found(_checked(whole), {name: said.get(name, "default") for name in Settings.__struct_fields__})


def _variable(name: str) -> str:
    return PLAIN_NAMES.get(name, f"GUANXI_{name.upper()}")


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    variables = {_variable(name): name for name in Settings.__struct_fields__ if name != "oidc"}
    for variable in sorted(environ):
        if variable.startswith("GUANXI_") and variable not in variables and variable not in OTHER_VARIABLES:
            raise SettingsRefused(
                f"The environment sets {variable}, which is no setting.{_nearest(variable, variables)}"
            )
    chosen: dict[str, Any] = {}
    for variable, name in variables.items():
        if text := environ.get(variable, "").strip():
            chosen[name] = [part.strip() for part in text.split(",") if part.strip()] if _is_list(name) else text
    return chosen


def _from_file(path: Path, *, is_named: bool) -> dict[str, Any]:
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if is_named:
            raise SettingsRefused(f"There is no file {path}.") from error
        return {}
    except OSError as error:
        raise SettingsRefused(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsRefused(f"{path} cannot be read: {error}.") from error
    if "data" in written and not is_named:
        raise SettingsRefused(f"{path} cannot name the data folder, because it lies in it. Use --data or GUANXI_DATA.")
    for name in sorted(set(written) - set(Settings.__struct_fields__)):
        raise SettingsRefused(f"{path} sets {name}, which is no setting.{_nearest(name, Settings.__struct_fields__)}")
    return written


def _checked(settings: Settings) -> Settings:
    if urlsplit(settings.public_url).scheme not in ("http", "https") or not urlsplit(settings.public_url).netloc:
        raise SettingsRefused(f"PUBLIC_URL must look like https://desk.example.com, not {settings.public_url!r}.")
    store = urlsplit(settings.media_store)
    if settings.media_store and (store.scheme != "s3" or not store.netloc):
        raise SettingsRefused(
            f"The setting media_store must look like s3://bucket/prefix, not {settings.media_store!r}."
        )
    if settings.oidc is not None:
        _check_oidc(settings.oidc, settings.private_hosts_allowed)
    if not 0 <= settings.port <= 65535:
        raise SettingsRefused(f"The port must be a number up to 65535, not {settings.port}.")
    if settings.log_level not in (levels := ("debug", "info", "warning", "error")):
        raise SettingsRefused(f"The log level is one of {', '.join(levels)}, not {settings.log_level!r}.")
    for name in (
        "raw_body_days",
        "audit_days",
        "reopen_hours",
        "lease_seconds",
        "lane_k",
        "inbox_in_flight",
        "token_calls",
        "ingest_queue",
    ):
        if getattr(settings, name) < 1:
            raise SettingsRefused(f"The setting {name} must be 1 or more, not {getattr(settings, name)}.")
    if settings.event_days < LEAST_EVENT_DAYS:
        raise SettingsRefused(f"The setting event_days must be {LEAST_EVENT_DAYS} or more, not {settings.event_days}.")
    return settings


def _check_oidc(oidc: Oidc, private_hosts: tuple[str, ...]) -> None:
    issuer = urlsplit(oidc.issuer)
    if not issuer.netloc or not (
        issuer.scheme == "https" or (issuer.scheme == "http" and issuer.netloc in private_hosts)
    ):
        raise SettingsRefused(
            f"The issuer of [oidc] must look like https://login.example.com, not {oidc.issuer!r}. Plain http is only for a "
            "host that stands in private_hosts_allowed."
        )
    if not oidc.client_id:
        raise SettingsRefused("[oidc] needs the client_id that the provider has given this installation.")
    if oidc.client_secret and oidc.client_secret_file:
        raise SettingsRefused("[oidc] says client_secret and client_secret_file; one of them is enough.")
    if oidc.client_secret_file and not oidc.client_secret_file.is_file():
        raise SettingsRefused(f"The client_secret_file of [oidc] is missing: {oidc.client_secret_file}.")
    if (oidc.may_create == "domain") != bool(oidc.domains) or (oidc.domains and oidc.workspace is None):
        raise SettingsRefused(
            'To let newcomers in, [oidc] says all of may_create = "domain", domains = ["example.com"] and workspace = 1.'
        )


def _is_list(name: str) -> bool:
    return isinstance(getattr(_DEFAULTS, name), tuple)


def _nearest(name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean {near[0]}?" if near else f" The settings are: {', '.join(sorted(known))}."


def _read_path(wanted: type, value: Any) -> Any:
    if wanted is Path and isinstance(value, str | Path):
        return Path(value).expanduser()
    raise NotImplementedError(f"{wanted} cannot be read from {value!r}")


_DEFAULTS = Settings()
