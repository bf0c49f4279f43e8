"""An exported list is no formula in any spreadsheet and says how old it is."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camera_registry_plugin.canvass.export import FRESHNESS, HEADER, list_as_csv, safe_cell
from camera_registry_plugin.canvass.rows import ListRow


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "＝", "＋"])
def test_what_begins_like_a_formula_becomes_text(start):
    assert safe_cell(f"{start}cmd|' /C calc'!A0").startswith("'")


@pytest.mark.parametrize("number", ["-12.5", "-3", "0", "77.25"])
def test_numbers_stay_numbers(number):
    assert safe_cell(number) == number


@given(st.text())
def test_no_text_is_ever_a_formula(text):
    cell = safe_cell(text)
    assert cell in (text, f"'{text}")
    stripped = cell.lstrip(" \u00a0")
    if not cell.startswith("'") and stripped[:1] in ("=", "+", "-", "@", "\t", "\r"):
        float(cell)


def test_the_list_tells_its_date_its_warning_and_every_value():
    row = ListRow(
        1, 7, "id-1", 84.04, 52.04, 84.04, 84.04, "Business", "30 days", datetime(2026, 5, 3, 10, tzinfo=timezone.utc)
    )
    may = ListRow(2, 8, "=id", None, None, 120.0, 640.0, "Residential", "unknown, ask first")
    text = list_as_csv([row, may], "=2 cameras", datetime(2026, 5, 2, 8, 30, tzinfo=timezone.utc))
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[0] == ["'=2 cameras"]
    assert lines[1] == [f"Snapshot of 2026-05-02 08:30 UTC. {FRESHNESS}"]
    assert tuple(lines[2]) == HEADER
    assert lines[3] == ["1", "id-1", "84.0", "52.0", "84.0", "84.0", "Business", "30 days", "2026-05-03 10:00"]
    assert lines[4] == ["2", "'=id", "", "", "120.0", "640.0", "Residential", "unknown, ask first", ""]
