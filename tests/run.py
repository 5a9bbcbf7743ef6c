"""What `bin/test` runs: a browser where one is needed, pytest, the front ends' tests, then the times and the sum."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryFile

import pytest

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
MOST_SECOND_TRIES = 3
DEBIAN_POSTGRES = Path("/usr/lib/postgresql/15/bin")


class Sum:
    """Listens to pytest: what passed, what failed, and how long each folder of tests took, in seconds."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0
        self.seconds: dict[str, float] = defaultdict(float)
        self.broken: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        parts = Path(report.nodeid.split("::")[0]).parts
        self.seconds[parts[1] if len(parts) > 2 else "tests"] += report.duration
        if report.when == "call" and report.passed:
            self.passed += 1
        elif report.failed:
            self.failed += 1
            if report.nodeid not in self.broken:
                self.broken.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self.failed += report.failed


def main(words: list[str]) -> int:
    if "--long" in words:
        words = [word for word in words if word != "--long"]
        os.environ["GUANXI_TEST_LONG"] = "1"
    if "--pictures" in words:  # docs/images/pages anew, from the seeded shop
        words = [word for word in words if word != "--pictures"] or ["test_pages"]
        os.environ["GUANXI_TEST_PAGES"] = "1"
    everything = not words
    wants_front_ends = everything or "frontend" in words
    words = [word for word in words if word != "frontend"]
    folders = [word for word in words if (TESTS / word).is_dir()]
    expressions = [word for word in words if word not in folders]
    sum_ = Sum()
    status = 0
    if everything or words:
        reaches_browser = (TESTS / "browser").is_dir() and ("browser" in folders or not folders)
        if node := shutil.which("node"):  # Playwright's own needs libraries that a bare machine lacks
            os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", node)
        if reaches_browser and (problem := install_browser()):
            print(problem)
            sum_.failed += 1
            status = 1
        if ("bench" in folders or not folders) and not shutil.which("wrk") and is_debian_root():
            apt_install("wrk")  # what loads the ingest bench
        chosen = [str(TESTS / folder) for folder in folders] or [str(TESTS)]
        keyword = ["-k", " or ".join(expressions)] if expressions else []
        apart = ["--ignore", str(TESTS / "browser")] if everything else []
        with beside("browser", sum_) if everything else nullcontext():
            ran = int(pytest.main([*chosen, *keyword, *apart, "--rootdir", str(ROOT)], plugins=[sum_]))
            status = (ran and second_try(sum_, ran)) or status
    if everything and (TESTS / "stories").is_dir():
        status = once_more_on_debian(sum_) or status
    if wants_front_ends and (ROOT / "frontend" / "package.json").exists():
        status = front_ends(sum_) or status
    print("\nSeconds by folder")
    for folder, seconds in sorted(sum_.seconds.items(), key=lambda pair: -pair[1]):
        print(f"  {seconds:7.1f}  {folder}")
    print(f"\n{sum_.passed} passed, {sum_.failed} failed")
    return 1 if status or sum_.failed or not sum_.passed else 0


def second_try(sum_: Sum, ran: int) -> int:
    """Run the few that failed once more, alone, and say aloud which of them pass now: docs/decisions/0019. Returns 0 when
    all do; what failed at first stays in the output, and an unsteady test is a bug."""
    if ran != pytest.ExitCode.TESTS_FAILED or not 0 < len(sum_.broken) == sum_.failed <= MOST_SECOND_TRIES:
        return ran
    print("\nA second try, of these alone:", *sum_.broken, sep="\n  ", flush=True)
    again = subprocess.run([sys.executable, "-m", "pytest", "-q", *sum_.broken], cwd=ROOT, check=False)
    if again.returncode == 0:
        print("UNSTEADY: passed only the second time, to be mended:", *sum_.broken, sep="\n  ", flush=True)
        sum_.passed += len(sum_.broken)
        sum_.failed -= len(sum_.broken)
    return again.returncode


def front_ends(sum_: Sum) -> int:
    """Run `npm test` and add what it counts. A run that counts nothing has failed."""
    began = time.monotonic()
    npm = shutil.which("npm")
    if npm is None:
        print("npm is not on PATH; start the tests with bin/test.")
        sum_.failed += 1
        return 1
    ran = subprocess.run(
        [npm, "run", "--silent", "test"],
        cwd=ROOT / "frontend",
        env=os.environ | {"CI": "1", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(ran.stdout)
    counted = re.findall(r"^\s*Tests\s+(.*)$", ran.stdout, re.MULTILINE)
    passed = sum(int(number) for line in counted for number in re.findall(r"(\d+) passed", line))
    failed = sum(int(number) for line in counted for number in re.findall(r"(\d+) failed", line))
    sum_.passed += passed
    sum_.failed += max(failed, int(ran.returncode != 0 or passed == 0))
    sum_.seconds["frontend"] += time.monotonic() - began
    return ran.returncode


@contextmanager
def beside(folder: str, sum_: Sum) -> Iterator[None]:
    """Run one folder in a process of its own meanwhile: browsers mostly wait, and the machine has two cores."""
    with TemporaryFile("w+") as said:
        command = [sys.executable, "-m", "tests.run", folder]
        running = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)
        try:
            yield
            running.wait()
        finally:
            running.kill()
        said.seek(0)
        text = said.read()
    print(f"\nMeanwhile, {folder}\n{text}", flush=True)
    counted = re.search(r"^(\d+) passed, (\d+) failed$", text, re.MULTILINE)
    passed, failed = (int(counted[1]), int(counted[2])) if counted else (0, 0)
    sum_.passed += passed
    sum_.failed += max(failed, int(running.returncode != 0))
    took = re.search(rf"^ +([\d.]+)  {folder}$", text, re.MULTILINE)
    sum_.seconds[folder] += float(took[1]) if took else 0.0


def once_more_on_debian(sum_: Sum) -> int:
    """Run the stories on the oldest PostgreSQL that we promise, where it can be had: Debian's 15."""
    if not (DEBIAN_POSTGRES / "postgres").exists() and is_debian_root():
        # Told beforehand, so that Debian does not start a server of its own.
        Path("/etc/postgresql-common").mkdir(exist_ok=True)
        Path("/etc/postgresql-common/createcluster.conf").write_text("create_main_cluster = false\n")
        apt_install("postgresql-15")
    if not (DEBIAN_POSTGRES / "postgres").exists():
        print("\nThe stories were not run on PostgreSQL 15: this machine has none.")
        return 0
    print("\nThe stories once more, on PostgreSQL 15", flush=True)
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-m", "tests.run", "stories"],
        cwd=ROOT,
        env=os.environ | {"GUANXI_PG_BIN": str(DEBIAN_POSTGRES)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(ran.stdout)
    counted = re.search(r"^(\d+) passed, (\d+) failed$", ran.stdout, re.MULTILINE)
    passed, failed = (int(counted[1]), int(counted[2])) if counted else (0, 0)
    sum_.passed += passed
    sum_.failed += max(failed, int(ran.returncode != 0))
    sum_.seconds["stories on 15"] += time.monotonic() - began
    return ran.returncode


def is_debian_root() -> bool:
    return os.geteuid() == 0 and Path("/etc/debian_version").exists()


def apt_install(*packages: str) -> bool:
    """Install Debian packages without a question; False, with apt's own words on the screen, when that fails."""
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=False)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold"]
    return subprocess.run([*command, *packages], env=quiet, check=False, stdout=subprocess.DEVNULL).returncode == 0


def install_browser() -> str | None:
    """See that there is a Chromium for tests/browser; a sentence when there cannot be one."""
    known = ("chromium", "chromium-browser", "google-chrome")
    if os.environ.get("GUANXI_TEST_BROWSER") or any(shutil.which(name) for name in known):
        return None
    if is_debian_root():
        if apt_install("chromium", "fonts-noto-cjk", "libatomic1"):
            return None
        return "The browser tests need Chromium, and `apt-get install chromium` failed; the lines above say why."
    ran = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if ran.returncode == 0:
        return None
    return "The browser tests need Chromium. Install it with your system's packages, then run bin/test again."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
