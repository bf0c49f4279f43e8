"""Runs two ways of doing one job in turn, so that a noisy machine slows both, and reports medians and their ratio."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """Median seconds of our way and of the other, and the median of the ratios of the paired runs."""

    job: str
    other: str
    our_seconds: float
    other_seconds: float
    times_faster: float

    def line(self) -> str:
        """Return one row of the report."""
        return (
            f"{self.job:<58} {self.our_seconds:>9.4f} s   {self.other:<38} {self.other_seconds:>9.4f} s"
            f"   {self.times_faster:>7.1f} x"
        )


def seconds(job: Callable[[], object]) -> float:
    """Return how long one run takes."""
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def compare(job: str, ours: Callable[[], object], other: str, theirs: Callable[[], object], runs: int) -> Comparison:
    """Time both in turn `runs` times. Both have run once before, when their answers were compared: that was warm-up."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(runs)]
    return Comparison(
        job,
        other,
        statistics.median(mine for mine, _ in pairs),
        statistics.median(their for _, their in pairs),
        statistics.median(their / mine for mine, their in pairs),
    )
