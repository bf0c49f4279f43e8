"""The benchmark harness runs, compares answers first, and stops where they differ; no time is asserted."""

from __future__ import annotations

import subprocess
import sys

import pytest

from scripts.backend_process import ROOT
from tests.benchmarks import timing


def test_a_small_run_compares_and_prints_every_ratio() -> None:
    command = [sys.executable, "-m", "tests.benchmarks", "--cameras", "2000", "--incidents", "100", "--runs", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    ratios = [line for line in done.stdout.splitlines() if line.rstrip().endswith(" x")]
    assert len(ratios) == 4, done.stdout


def test_the_ratio_is_the_median_of_paired_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([1.0, 4.0, 2.0, 4.0, 1.0, 9.0])
    monkeypatch.setattr(timing, "seconds", lambda _job: next(times))
    result = timing.compare("job", lambda: None, "other", lambda: None, 3)
    assert (result.our_seconds, result.other_seconds, result.times_faster) == (1.0, 4.0, 4.0)
