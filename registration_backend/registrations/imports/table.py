"""Looks at an uploaded list before anybody has said what its columns mean: header, separator, first rows."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field

from registrations.imports.rows import ListError

MOST_BYTES = 10_000_000
MOST_COLUMNS = 300
SAMPLE_ROWS = 500
SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Table:
    """The header of a list, the character between its cells, and the first rows, cut to the header's length."""

    header: list[str]
    delimiter: str
    sample: list[list[str]] = field(repr=False)

    def values(self, column: str) -> list[str]:
        """Return what the first rows hold in a column, blank cells left out; nothing for a name not in the header."""
        if column not in self.header:
            return []
        index = self.header.index(column)
        cells = (row[index].strip() for row in self.sample if len(row) > index)
        return [cell for cell in cells if cell]


def check_content(content: bytes) -> None:
    """Raise ListError, with what to do, for a file that is empty, too large or of another kind than CSV."""
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise ListError("The file is empty. Choose the list itself, with a header in its first line.")
    if len(content) > MOST_BYTES:
        raise ListError(f"The file is larger than {MOST_BYTES // 1_000_000} MB. Cut it into parts.")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ListError("This is a workbook, not a CSV file. In Excel choose Save as, CSV UTF-8 (comma delimited).")


def look_at(content: bytes) -> Table:
    """Return what a CSV file in UTF-8 holds; a byte-order mark is no part of it. Raises ListError with what to do."""
    check_content(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListError(
            "The file is not written in UTF-8. In Excel choose Save as, CSV UTF-8 (comma delimited); in LibreOffice "
            "Save as, Text CSV, character set Unicode (UTF-8). Or give a mapping file that names the encoding."
        ) from error
    delimiter = _delimiter(text)
    try:
        table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        header = next(table)
        sample = [row for row, _ in zip(table, range(SAMPLE_ROWS))]
    except (csv.Error, StopIteration) as error:
        raise ListError("This is not a readable CSV file: look for a quotation mark that nothing closes.") from error
    if len(header) > MOST_COLUMNS:
        raise ListError(f"The list has more than {MOST_COLUMNS} columns. Keep those that are needed.")
    if not sample:
        raise ListError("The list has a header and no rows.")
    return Table(header, delimiter, sample)


def _delimiter(text: str) -> str:
    """Return the separator that the header has most often outside quotation marks; a comma where it has none."""
    line = text.lstrip("\r\n").splitlines()[0]
    outside = "".join(line.split('"')[::2])
    return max(SEPARATORS, key=outside.count)
