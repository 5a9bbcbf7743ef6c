"""The doctor looks at whatever there is and never stumbles over what there is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from guanxi.doctor import examine
from guanxi.infra.postgres import Server
from guanxi.settings import Settings

pytestmark = pytest.mark.asyncio


async def test_a_key_in_the_environment_is_a_key_and_a_missing_folder_is_no_fault_of_the_doctor(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data=tmp_path / "not" / "yet")
    findings = {one.about: one for one in await examine(settings, server)}
    assert not findings["master key"].is_well
    assert "MB free" in findings["disk"].text
    monkeypatch.setenv("GUANXI_MASTER_KEY", "ab" * 32)
    findings = {one.about: one for one in await examine(settings, server)}
    assert findings["master key"].is_well
