"""Writes tables as CSV that a spreadsheet opens as text and numbers, never as formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# With one of these first, a spreadsheet takes a text for a formula; with a line end or tab, for other cells. White
# space before a sign does not stop it, nor does the sign of another script.
_SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_BREAKS = ("\t", "\r", "\n")

Value = str | int | float


def as_csv(rows: Iterable[Sequence[Value]]) -> bytes:
    """Return `rows` as CSV in UTF-8 with a byte-order mark; texts that look like formulas get an apostrophe first."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows([_harmless(value) for value in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def _harmless(value: Value) -> Value:
    if isinstance(value, str) and (value.startswith(_BREAKS) or value.lstrip().startswith(_SIGNS)):
        return f"'{value}"
    return value
