"""What can be read from the deployment files is true: commands, settings and paths exist, and nothing runs as root."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from guanxi.settings import OTHER_VARIABLES, PLAIN_NAMES, Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
KNOWN = OTHER_VARIABLES | {PLAIN_NAMES.get(name, f"GUANXI_{name.upper()}") for name in Settings.__struct_fields__}


def unit(path: Path) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(path.read_text())
    return parsed


def commands() -> set[str]:
    said = subprocess.run(
        [sys.executable, "-m", "guanxi", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    return set(re.findall(r"^    (\w+)", said, re.MULTILINE))


def test_every_setting_that_a_file_names_is_one() -> None:
    files = [*DEPLOY.iterdir(), ROOT / "docs" / "how-to" / "deploy.md", ROOT / "docs" / "how-to" / "operate.md"]
    named = {name for path in files for name in re.findall(r"\bGUANXI_[A-Z_]+", path.read_text())}
    assert len(named) > 3
    assert named - KNOWN == set()


def test_every_command_that_a_file_runs_is_one() -> None:
    docker, compose = (DEPLOY / "Dockerfile").read_text(), (DEPLOY / "compose.yaml").read_text()
    run = set(re.findall(r'^CMD \["(\w+)"', docker, re.MULTILINE)) | set(re.findall(r"command: \[(\w+)\]", compose))
    for path in UNITS:
        run |= set(re.findall(r"-m guanxi (\w+)", path.read_text()))
    for name in ("deploy.md", "operate.md"):
        run |= set(
            re.findall(r"(?:^|`|&& )bin/guanxi (\w+)", (ROOT / "docs" / "how-to" / name).read_text(), re.MULTILINE)
        )
    assert run >= {"up", "web", "worker", "migrate", "backup", "restore", "doctor"}
    assert run - commands() == set()


def test_compose_names_services_volumes_and_settings_that_exist() -> None:
    house = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = house["services"]
    ours = {name: one for name, one in services.items() if one["image"] == "guanxi"}
    assert set(ours) == {"migrate", "web", "worker"}
    for name, one in ours.items():
        assert set(one["environment"]) <= KNOWN, name
        assert one["command"] == [name], "each is named after what it runs"
        assert {"database", "migrate"} & set(one["depends_on"]), (
            "nobody begins before the database is brought up to date"
        )
        build = DEPLOY / one["build"]["context"]
        assert (build / one["build"]["dockerfile"]).is_file()
    for name, one in services.items():
        assert set(one.get("depends_on", ())) <= set(services), name
        assert {place.split(":")[0] for place in one["volumes"]} <= set(house["volumes"]), name
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", (DEPLOY / "compose.yaml").read_text()))
    told = set(re.findall(r"([A-Z_]+)=", (ROOT / "docs" / "how-to" / "deploy.md").read_text()))
    assert asked == {"POSTGRES_PASSWORD", "PUBLIC_URL"} <= told, "what has to be said is asked for by the page"


def test_the_image_copies_what_is_there_and_runs_as_nobody_special() -> None:
    docker = (DEPLOY / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", docker, re.MULTILINE)
    paths = [path for line in copied for path in line.split()]
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert re.findall(r"^USER (.+)$", docker, re.MULTILINE) == ["10001:10001"]
    assert "--require-hashes" in docker
    left_out = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv", "data", "**/node_modules", "frontend/dist"} <= set(left_out), (
        "a checkout's own would go in"
    )
    compose = (DEPLOY / "compose.yaml").read_text()
    for wanted in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "healthcheck:", "stop_grace_period"):
        assert wanted in compose
    assert not re.search(r"PASSWORD: *[A-Za-z0-9]", compose), "a password stands in the file"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_shut_in_and_stops_with_patience(path: Path) -> None:
    service = unit(path)["Service"]
    assert service["User"] == "guanxi"
    for name in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "RestrictSUIDSGID"):
        assert service[name] == "yes", name
    assert service["ProtectSystem"] == "strict"
    assert service["StateDirectory"] == "guanxi"
    assert f"/var/lib/{service['StateDirectory']}" in service["ExecStart"], "the only place that it may write to"
    assert int(re.match(r"\d+", service["TimeoutStopSec"])[0]) >= 30  # type: ignore[index]
