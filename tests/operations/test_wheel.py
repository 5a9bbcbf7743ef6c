"""Who installs the wheel has everything: the commands, the migrations, the desk and the widget, without a checkout."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx

from guanxi.infra.postgres import Server
from tests.databases import open_folder
from tests.demo.running import free_port

ROOT = Path(__file__).parents[2]


def run(*command: str, env: dict[str, str] | None = None, cwd: Path = ROOT) -> str:
    done = subprocess.run([sys.executable, *command], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def test_an_installed_wheel_serves_the_desk_and_the_widget(server: Server) -> None:
    with open_folder() as folder:
        await asyncio.to_thread(run, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
        (wheel,) = folder.glob("*.whl")
        installed = folder / "installed"
        with zipfile.ZipFile(wheel) as held:  # which is all that installing a wheel of pure Python does
            held.extractall(installed)
        env = {name: value for name, value in os.environ.items() if not name.startswith("GUANXI_")} | {
            "PYTHONPATH": str(installed),
            "DATABASE_URL": f"postgresql://guanxi_owner@localhost:{server.port}/{server.database}?host={server.host}",
        }
        where = await asyncio.to_thread(run, "-c", "import guanxi; print(guanxi.__file__)", env=env, cwd=folder)
        assert where.startswith(str(installed)), "the checkout's own code runs: this shows nothing"
        port = free_port()
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "guanxi", "web", "--port", str(port), "--data", str(folder / "data"),
            cwd=folder, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        assert program.stdout is not None
        try:
            said = ""
            async with asyncio.timeout(60):
                while "Guanxi is ready" not in said:
                    line = (await program.stdout.readline()).decode()
                    assert line, said
                    said += line
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as caller:
                page = await caller.get("/")
                assert page.status_code == 200
                (script,) = re.findall(r'<script type="module"[^>]* src="([^"]+)"', page.text)
                for path in (script, "/chat/widget.js"):
                    found = await caller.get(path)
                    assert (found.status_code, found.headers["content-type"].split(";")[0]) == (200, "text/javascript")
        finally:
            program.terminate()
            assert await program.wait() == 0
