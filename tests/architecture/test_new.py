"""What `bin/new` writes is already right: a channel that keeps every promise, a context, a decision note."""

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT

TRY = """
import sys
from pathlib import Path
import guanxi.channels
guanxi.channels.__path__.insert(0, sys.argv[1])
from guanxi.channel_kit.conformance import checks
from guanxi.channels.parrot import channel
done = [check.run() for check in checks(channel, Path(sys.argv[1]) / "parrot")]
print(len(done))
"""


def new(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "bin" / "new", *words, "--root", root]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_new_channel_keeps_every_promise_at_once(tmp_path: Path) -> None:
    assert new(tmp_path, "channel", "parrot").returncode == 0
    channels = tmp_path / "src" / "guanxi" / "channels"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    tried = subprocess.run(
        [sys.executable, "-c", TRY, channels], env=environment, capture_output=True, text=True, check=False
    )
    assert tried.returncode == 0, tried.stderr
    assert int(tried.stdout) > 15
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check", "--config", ROOT / "pyproject.toml"], ["format", "--check", "--line-length", "120"]):
        looked = subprocess.run([*ruff, *command, channels], capture_output=True, text=True, check=False)
        assert looked.returncode == 0, looked.stdout


def test_what_exists_is_not_overwritten(tmp_path: Path) -> None:
    assert new(tmp_path, "channel", "parrot").returncode == 0
    again = new(tmp_path, "channel", "parrot")
    assert again.returncode != 0
    assert "exists already" in again.stderr


def test_a_new_context_has_its_front_door_and_its_test(tmp_path: Path) -> None:
    told = new(tmp_path, "context", "cases")
    assert "layers contract" in told.stdout
    assert (tmp_path / "src" / "guanxi" / "cases" / "__init__.py").exists()
    assert (tmp_path / "tests" / "cases" / "test_cases.py").exists()


def test_decisions_are_numbered_on(tmp_path: Path) -> None:
    new(tmp_path, "decision", "Litestar, not Starlette".replace(",", ""))
    new(tmp_path, "decision", "lanes")
    names = sorted(path.name for path in (tmp_path / "docs" / "decisions").iterdir())
    assert names == ["0001-litestar-not-starlette.md", "0002-lanes.md"]


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    assert "begins with a letter" in new(tmp_path, "channel", "9/11").stderr
