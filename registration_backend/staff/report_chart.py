"""Works out the lines of the report's chart once, for the page's SVG and for the PDF alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from staff.council_report import MEASURES, CouncilReport

WIDTH, HEIGHT = 640, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 12, 28
_MOST_MONTH_NAMES = 12

# Told apart by dashes and marks too, for who sees no colours and for a copier. Each is dark enough on white (4.5 to 1).
STYLES = {
    "registered": ("#0b5394", (), "circle"),
    "active": ("#1d6b34", (7, 3), "square"),
    "due": ("#a3150f", (2, 3), "triangle"),
}


class Tick(NamedTuple):
    """One label of an axis, and where along it."""

    at: float
    text: str


@dataclass(frozen=True)
class Line:
    """One figure over the months, in units of the chart, from its upper left corner."""

    name: str
    colour: str
    dashes: tuple[int, ...]
    mark: str
    points: list[tuple[float, float]]

    @property
    def points_text(self) -> str:
        """The points as SVG wants them."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.points)

    @property
    def dashes_text(self) -> str:
        """The dashes as SVG wants them."""
        return " ".join(str(length) for length in self.dashes) or "none"

    @property
    def mark_paths(self) -> list[str]:
        """One SVG path for each mark."""
        return [_MARKS[self.mark].format(x=f"{x:.1f}", y=f"{y:.1f}") for x, y in self.points]


@dataclass(frozen=True)
class Chart:
    """The three totals over the months; `across` and `up` are the labels of the axes."""

    lines: list[Line]
    across: list[Tick]
    up: list[Tick]
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    top: int = _TOP
    bottom: int = HEIGHT - _BOTTOM


_MARKS = {
    "circle": "M{x},{y} m-3.5,0 a3.5,3.5 0 1,0 7,0 a3.5,3.5 0 1,0 -7,0",
    "square": "M{x},{y} m-3,-3 h6 v6 h-6 z",
    "triangle": "M{x},{y} m0,-4 l4,7 h-8 z",
}


def chart_of(report: CouncilReport) -> Chart | None:
    """Return the chart of the report's totals, or None where no month is in it.

    Where too little is shown to add up the line lies on the axis.
    """
    months = report.months
    if not months:
        return None
    highest, step = _round_scale(max(max(month.total) for month in months))
    span = max(1, len(months) - 1)
    across = [_LEFT + (WIDTH - _LEFT - _RIGHT) * number / span for number in range(len(months))]
    every = -(-len(months) // _MOST_MONTH_NAMES)

    def height(value: int) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / highest

    lines = [
        Line(
            measure,
            *STYLES[measure],
            [(x, height(getattr(month.total, measure))) for x, month in zip(across, months, strict=True)],
        )
        for measure in MEASURES
    ]
    names = [Tick(x, month.name) for x, month in zip(across, months, strict=True)][::every]
    return Chart(lines, names, [Tick(height(value), str(value)) for value in range(0, highest + 1, step)])


def _round_scale(most: int) -> tuple[int, int]:
    """Return the top of the scale and the step of its labels: 4 or 5 steps of 1, 2 or 5 times a power of ten."""
    step = 5
    factors = (2, 2.5, 2)  # 5, 10, 25, 50, 100, ...
    number = 0
    while step * 5 < most:
        step = round(step * factors[number % 3])
        number += 1
    return max(step, -(-most // step) * step), step
