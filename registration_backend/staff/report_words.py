"""What the report says, as rows of tables and as sentences: the same on the page, in the CSV and in the PDF."""

from __future__ import annotations

from staff.council_report import FEWER_SHORT, MEASURES, CouncilReport

TITLE = "Registered cameras: report to the council"
ALL_DISTRICTS = "All districts (at least)"
NO_TOTAL = "too few to say"
MOST_MONTHS = 12  # beside each other in one table

DEFINITIONS = (
    "Registered: every registration that is held. Active: shown to the police. "
    "Due: active, and not confirmed by its registrant for longer than the agency wants (by default a year). "
    "Protected addresses are left out.",
    "Every figure is rounded down to a multiple of 5, and one below 5 is only said to be so, zero included. Totals "
    "add up the rounded figures, so the true ones are higher. So this report can be handed to anyone, beside those of "
    "other months: nobody is found by subtracting.",
)

Row = list[int | str]


def by_month(report: CouncilReport) -> list[Row]:
    """Return the totals, one row a month, under a row of headings."""
    rows: list[Row] = [["Month", *(measure.capitalize() for measure in MEASURES)]]
    return rows + [[month.name, *month.total.words(NO_TOTAL)] for month in report.months]


def newest_by_district(report: CouncilReport) -> list[Row]:
    """Return the figures of each district in the newest month, under a row of headings."""
    newest = report.months[-1]
    rows: list[Row] = [["District", *(measure.capitalize() for measure in MEASURES)]]
    rows += [[name, *figures.words()] for name, figures in newest.districts.items()]
    return [*rows, [ALL_DISTRICTS, *newest.total.words(NO_TOTAL)]]


def by_district(report: CouncilReport) -> list[Row]:
    """Return how many are registered, one row a district and one column a month, the newest 12, under headings."""
    months = report.months[-MOST_MONTHS:]
    rows: list[Row] = [["District", *(month.name for month in months)]]
    for district in report.districts:
        figures = [month.districts.get(district) for month in months]
        rows.append([district, *("–" if one is None else one.registered or FEWER_SHORT for one in figures)])
    return rows


def everything(report: CouncilReport) -> list[Row]:
    """Return every figure of every month and district, under a row of headings, for the CSV."""
    rows: list[Row] = [["month", "district", *MEASURES]]
    for month in report.months:
        rows += [[month.name, district, *figures.words()] for district, figures in month.districts.items()]
        rows.append([month.name, ALL_DISTRICTS, *month.total.words(NO_TOTAL)])
    return rows
