"""The import contracts are kept, each is seen to fail on a planted violation, and the documents say the same."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, ROOT

CONFIGURED = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
CONTEXTS = (
    "macros",
    "automation",
    "integrations",
    "routing",
    "translating",
    "judging",
    "conversations",
    "promises",
    "contacts",
    "inboxes",
    "team",
    "access",
    "audit",
)

# contract → (file of the package, code that breaks exactly this promise)
VIOLATIONS = {
    "layers": [
        ("infra/planted.py", "import guanxi.contacts"),
        ("content.py", "import guanxi.events"),
        ("worker/planted.py", "import guanxi.http"),
        ("services/__init__.py", ""),  # a module without a place
    ],
    "inside": [
        ("contacts/rules.py", "import guanxi.contacts.queries"),
        ("contacts/model.py", "import guanxi.contacts.rules"),
    ],
    "strangers": [("channels/line/planted.py", "import guanxi.channels.wechat")],
    "channels": [
        ("channels/line/planted.py", "import guanxi.infra.sql"),
        ("channels/line/planted.py", "import asyncpg"),
        ("channel_kit/planted.py", "import litestar"),
    ],
    "framework": [("live/planted.py", "import litestar")],
    "server": [("worker/planted.py", "import uvicorn")],
    "circles": [
        ("channels/line/planted.py", "import guanxi.channels.line.other"),
        ("infra/planted.py", "import guanxi.infra.other"),
    ],
} | {f"door-{name}": [("demo/planted.py", f"import guanxi.{name}.planted")] for name in CONTEXTS}


def lint(package: Path, contract: str | None = None) -> subprocess.CompletedProcess[str]:
    chosen = ["--contract", contract] if contract else []
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", ROOT / "pyproject.toml", *chosen],
        cwd=package.parent,
        env=os.environ | {"PYTHONPATH": str(package.parent)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    skip = shutil.ignore_patterns("__pycache__", "fixtures", "*.json", "*.svg", "*.css", "*.html")
    return Path(shutil.copytree(PACKAGE, tmp_path / "guanxi", ignore=skip))


def test_every_contract_is_kept() -> None:
    kept = lint(PACKAGE)
    assert kept.returncode == 0, kept.stdout + kept.stderr


def test_every_contract_has_a_planted_violation() -> None:
    assert {contract["id"] for contract in CONFIGURED} == set(VIOLATIONS)


@pytest.mark.parametrize(
    ("contract", "file", "code"),
    [(contract, file, code) for contract, planted in VIOLATIONS.items() for file, code in planted],
)
def test_a_planted_violation_breaks_its_contract(copy: Path, contract: str, file: str, code: str) -> None:
    target = copy / file
    target.parent.mkdir(exist_ok=True)
    if contract == "circles":
        target.with_name("other.py").write_text(f"import guanxi.{file.removesuffix('.py').replace('/', '.')}\n")
    if contract.startswith("door-"):
        (copy / contract.removeprefix("door-") / "planted.py").write_text("")
    target.write_text((target.read_text() if target.exists() else '"""Planted."""\n') + f"\n{code}\n")
    broken = lint(copy, contract)
    assert broken.returncode == 1, broken.stdout + broken.stderr
    assert "BROKEN" in broken.stdout
    assert "planted" in broken.stdout or Path(file).stem in broken.stdout or "services" in broken.stdout


def documented() -> list[str]:
    """The lines of the folder table in the package's docstring."""
    text = (PACKAGE / "__init__.py").read_text()
    return re.findall(r"^[a-z_]+(?: \| [a-z_]+)* {1,}\S.*$", text.split("Imports run downwards only:")[1], re.MULTILINE)


def layers() -> list[str]:
    contract = next(contract for contract in CONFIGURED if contract["id"] == "layers")
    assert contract["exhaustive"]
    return [layer.replace("(", "").replace(")", "") for layer in contract["layers"]]


def test_the_packages_docstring_names_the_layers_in_their_order() -> None:
    written = [re.match(r"[a-z_]+(?: \| [a-z_]+)*", line) for line in documented()]
    assert [match[0] for match in written if match] == layers()


def test_the_architecture_page_shows_the_same_table() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    assert "\n".join(documented()) in page, "copy the table of src/guanxi/__init__.py into ARCHITECTURE.md"


def test_every_layer_exists() -> None:
    names = [name for layer in layers() for name in layer.split(" | ")]
    assert [name for name in names if not (PACKAGE / name).is_dir() and not (PACKAGE / f"{name}.py").exists()] == []
