"""A table that people open in a spreadsheet holds what was written, and never a formula."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrations.spreadsheets import as_csv

FIRST = "=+-@\t\r"


def read(table: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\xa0=1", "＝1"])
def test_a_text_that_looks_like_a_formula_gets_an_apostrophe(text):
    assert read(as_csv([[text]])) == [[f"'{text}"]]


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")), min_size=1))
def test_no_cell_of_text_begins_a_formula_and_all_of_it_is_there(texts):
    (row,) = read(as_csv([[*texts, "end"]]))
    assert not [cell for cell in row if cell.startswith(tuple(FIRST))]
    assert [cell.removeprefix("'") for cell in row[:-1]] == [text.removeprefix("'") for text in texts]


def test_numbers_stay_numbers_and_excel_is_told_the_encoding():
    table = as_csv([["Żółć", -76.61, 5]])
    assert table == b"\xef\xbb\xbf" + "Żółć,-76.61,5\r\n".encode()
