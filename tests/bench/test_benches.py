"""Each figure can be taken, and is told as one object. Nothing is asserted about how fast: that is for quiet machines."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bench.all import GOALS, Taken, page
from bench.rig.figure import Figure, part, ratios, spread

ROOT = Path(__file__).parents[2]
FIGURES = sorted(path.stem for path in (ROOT / "bench").glob("[a-z]*.py") if path.stem != "all")


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_told_as_one_object(name: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", f"bench.{name}", "--quick", "--json"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if "is not installed" in ran.stderr:
        pytest.skip(ran.stderr.strip())
    assert ran.returncode == 0, ran.stderr[-2000:]
    told = msgspec.json.decode(ran.stdout)
    assert list(told) == ["bench", "figures", "reference", "ratio"]
    assert told["bench"] == name
    assert told["figures"]
    assert told["reference"]
    assert told["ratio"] is None or told["ratio"] > 0


def test_every_figure_has_a_goal() -> None:
    assert sorted(GOALS) == FIGURES


def test_a_ratio_is_the_median_of_the_pairs_and_not_of_the_sides() -> None:
    ratio, about = ratios([1.0, 8.0, 3.0], [2.0, 2.0, 3.0])
    assert ratio == 1.0
    assert about == {"pairs": 3, "ratio_spread": [0.5, 4.0]}


def test_a_spread_goes_from_the_smallest_to_the_largest() -> None:
    assert spread("rate", [3.0, 1.0, 2.0]) == {"rate": 2.0, "rate_spread": [1.0, 3.0]}


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(n) for n in range(1, 101)]
    assert part(values, 0.5) == 50.0
    assert part(values, 0.99) == 99.0
    assert part([7.0], 0.99) == 7.0


def test_the_page_says_which_goal_is_missed() -> None:
    slow = Figure(bench="ingest", figures={"acked_per_s": 5.0}, reference={"commits_per_s": 10.0}, ratio=0.5)
    fast = Figure(bench="pipeline", figures={"messages_per_s": 5.0}, reference={"commits_per_s": 5.0}, ratio=1.0)
    told = page({"ingest": Taken("2026-01-01", slow), "pipeline": Taken("2026-01-01", fast)})
    assert "| ≥ 0.8 | 0.5 | **missed** |" in told
    assert "| ≥ 0.7 | 1 | met |" in told
