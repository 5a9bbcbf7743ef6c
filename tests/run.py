"""What `bin/test` runs: what a bare machine lacks, pytest, the front ends' tests, then the times and the sum.

Without words everything runs, in parts: each a process of its own, two at a time, the longest first, so that both cores
are busy until the end."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cache, partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
APART = ("browser", "http", "bench")  # parts of their own; the folders beside them are one together
MOST_SECOND_TRIES = 3  # of a run of some words, and of the browser's part; each other part of a whole run has one
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the lightest first
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
    sum_ = Sum()
    status = everything(sum_) if not words else some(words, sum_)
    print("\nSeconds by folder")
    for folder, seconds in sorted(sum_.seconds.items(), key=lambda pair: -pair[1]):
        print(f"  {seconds:7.1f}  {folder}")
    print(f"\n{sum_.passed} passed, {sum_.failed} failed")
    return 1 if status or sum_.failed or not sum_.passed else 0


def some(words: list[str], sum_: Sum) -> int:
    """Run folders, or what words name, in this process. `not:FOLDER` leaves a folder out, `tries:N` bounds second tries."""
    most = next((int(word.removeprefix("tries:")) for word in words if word.startswith("tries:")), MOST_SECOND_TRIES)
    words = [word for word in words if not word.startswith("tries:")]
    left_out = [word.removeprefix("not:") for word in words if word.startswith("not:")]
    folders = [word for word in words if (TESTS / word).is_dir()]
    expressions = [word for word in words if word not in (*folders, "frontend") and not word.startswith("not:")]
    status = 0
    if words != ["frontend"]:
        status = prepare([name for name in APART if name in folders or (not folders and name not in left_out)], sum_)
        chosen = [str(TESTS / folder) for folder in folders] or [str(TESTS)]
        keyword = ["-k", " or ".join(expressions)] if expressions else []
        without = [f"--ignore={TESTS / folder}" for folder in left_out]
        ran = int(pytest.main([*chosen, *keyword, *without, "--rootdir", str(ROOT)], plugins=[sum_]))
        status = (ran and second_try(sum_, ran, most)) or status
    if "frontend" in words and (ROOT / "frontend" / "package.json").exists():
        status = front_ends(sum_) or status
    return status


def everything(sum_: Sum) -> int:
    """Run all parts, two at a time: how each gets on is printed as it goes, and the rest of what it said at its end."""
    status = prepare(APART, sum_)
    parts: dict[str, Callable[[Sum], int]] = {
        "browser": partial(part, "browser", ["browser"]),
        "the rest": partial(part, "the rest", ["tries:1", *(f"not:{name}" for name in APART)]),
        "http": partial(part, "http", ["tries:1", "http"]),
        "bench": partial(part, "bench", ["tries:1", "bench"]),
    }
    if has_debian_postgres():
        parts["stories on 15"] = partial(
            part, "stories on 15", ["tries:1", "stories"], GUANXI_PG_BIN=str(DEBIAN_POSTGRES)
        )
    else:
        print("\nThe stories were not run on PostgreSQL 15: this machine has none.")
    if (ROOT / "frontend" / "package.json").exists():
        parts["frontend"] = front_ends
    counted = {name: Sum() for name in parts}
    with ThreadPoolExecutor(2) as two:
        running = {two.submit(run, counted[name]): name for name, run in parts.items()}
        for ended in as_completed(running):
            status = ended.result() or status
            name = running[ended]
            sum_.passed += counted[name].passed
            sum_.failed += counted[name].failed
            for folder, seconds in counted[name].seconds.items():
                sum_.seconds[name if name == "stories on 15" else folder] += seconds
    return status


def part(name: str, words: list[str], sum_: Sum, **around: str) -> int:
    """Run `tests.run` with these words in a process of its own, and add what it counts."""
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.run", *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"} | around,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert running.stdout is not None
    told = []
    for line in running.stdout:
        if line.endswith("%]\n"):
            print(f"{name}: {line}", end="", flush=True)
        else:
            told.append(line)
    status = running.wait()
    text = "".join(told)
    print(f"\nWhat {name} said\n{text}", flush=True)
    counted = re.search(r"^(\d+) passed, (\d+) failed$", text, re.MULTILINE)
    passed, failed = (int(counted[1]), int(counted[2])) if counted else (0, 0)
    sum_.passed += passed
    sum_.failed += max(failed, int(status != 0))
    for took, folder in re.findall(r"^ +([\d.]+)  (\w+)$", text, re.MULTILINE):
        sum_.seconds[folder] += float(took)
    return status


def second_try(sum_: Sum, ran: int, most: int) -> int:
    """Run the few that failed once more, alone, and say aloud which of them pass now: docs/decisions/0019. Returns 0 when
    all do; what failed at first stays in the output, and an unsteady test is a bug."""
    if ran != pytest.ExitCode.TESTS_FAILED or not 0 < len(sum_.broken) == sum_.failed <= most:
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


def prepare(folders: Iterable[str], sum_: Sum) -> int:
    """See that there is what these folders need and a bare machine lacks."""
    if node := shutil.which("node"):  # Playwright's own needs libraries that a bare machine lacks
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", node)
    if "bench" in folders and not shutil.which("wrk") and is_debian_root():
        apt_install("wrk")  # what loads the ingest bench
    if "browser" in folders and (problem := install_browser()):
        print(problem)
        sum_.failed += 1
        return 1
    if found := next(filter(None, map(shutil.which, BROWSERS)), None):
        os.environ.setdefault("GUANXI_TEST_BROWSER", found)
    return 0


def has_debian_postgres() -> bool:
    """The oldest PostgreSQL that we promise, where it can be had."""
    if not (DEBIAN_POSTGRES / "postgres").exists() and is_debian_root():
        # Told beforehand, so that Debian does not start a server of its own.
        Path("/etc/postgresql-common").mkdir(exist_ok=True)
        Path("/etc/postgresql-common/createcluster.conf").write_text("create_main_cluster = false\n")
        apt_install("postgresql-15")
    return (DEBIAN_POSTGRES / "postgres").exists()


def is_debian_root() -> bool:
    return os.geteuid() == 0 and Path("/etc/debian_version").exists()


def apt_install(*packages: str) -> bool:
    """Install Debian packages without a question; False, with apt's own words on the screen, when that fails."""
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    update_packages()
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold"]
    return subprocess.run([*command, *packages], env=quiet, check=False, stdout=subprocess.DEVNULL).returncode == 0


@cache
def update_packages() -> None:
    subprocess.run(["apt-get", "update", "-qq"], env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, check=False)


def install_browser() -> str | None:
    """See that there is a Chromium for tests/browser; a sentence when there cannot be one."""
    if os.environ.get("GUANXI_TEST_BROWSER") or shutil.which(BROWSERS[0]):
        return None
    if is_debian_root() and apt_install(BROWSERS[0], "fonts-noto-cjk", "libatomic1"):
        return None
    if any(map(shutil.which, BROWSERS)):
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
