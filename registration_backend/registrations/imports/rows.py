"""Turns the rows of a list into checked sites, contacts and cameras, or says why a row is refused."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TextIO

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from pyproj import Transformer

from registrations import text
from registrations.contacts import ContactDetails
from registrations.imports.mapping import CODES, NUMBERS, Mapping, Position, Value
from registrations.limits import CONTACT_LENGTHS, NUMBER_RANGES, NotANumber, parse_number
from registrations.positions import InvalidPosition, LonLat, check_position, parse_direction
from registrations.services import CameraDetails, Consent, SiteDetails

_POINT = re.compile(r"\s*POINT\s*(?:Z\s*)?\(\s*(\S+)\s+(\S+?)(?:\s+\S+)?\s*\)\s*", re.IGNORECASE)
MAX_ID = 200
DEFAULT_CONSENT_VERSION = "imported list"

Cells = dict[str, str]


class ListError(Exception):
    """The list as a whole cannot be read; the message says what to do."""


class RowRefused(Exception):
    """One row cannot be imported; the message names the field and never quotes its content.

    `source_id` is the row's id, or None when not even that could be read.
    """

    source_id: str | None = None


@dataclass(frozen=True)
class ImportRow:
    """One row of the list, checked. `group` is the text that rows of one site share, or the row's own id."""

    line: int
    source_id: str
    group: str
    site: SiteDetails
    contact: ContactDetails = field(repr=False)
    camera: CameraDetails
    consent: Consent | None
    confirmed_on: date | None


def read_list(path: Path, mapping: Mapping) -> Iterator[tuple[int, ImportRow | RowRefused]]:
    """Yield (line number of the row's first line, checked row or the reason why it is refused).

    Raises ListError when the file cannot be opened or decoded, or lacks a column that the mapping names.
    """
    try:
        with path.open(encoding=mapping.encoding, newline="") as file:
            yield from read_rows(file, mapping)
    except OSError as error:
        raise ListError(f"The list {path} cannot be opened: {error.strerror}.") from error


def read_rows(file: TextIO, mapping: Mapping) -> Iterator[tuple[int, ImportRow | RowRefused]]:
    """Do as read_list does with an open file. Raises ListError."""
    reader = RowReader(mapping)
    table = csv.DictReader(file, delimiter=mapping.delimiter, strict=True)
    try:
        check_columns(mapping, table.fieldnames or ())
        line = table.line_num + 1
        for cells in table:
            yield line, reader.read(line, cells)
            line = table.line_num + 1
    except UnicodeError as error:
        raise ListError(
            f"The list is not written in {mapping.encoding}. Save it as UTF-8 (in Excel: Save as, CSV UTF-8), or set "
            'encoding in the mapping\'s [source], for example "cp1252".'
        ) from error
    except csv.Error as error:
        raise ListError(f"The list is not a readable CSV file near line {table.line_num}: {error}.") from error


def check_columns(mapping: Mapping, header: Sequence[str]) -> None:
    """Raise ListError when the header lacks a column that the mapping names, or has it twice."""
    missing = sorted(mapping.columns() - set(header))
    if missing:
        hint = " Check the spelling."
        if len(header) == 1 and any(other in header[0] for other in ",;\t|"):
            hint = " The list has a single column: set delimiter in the mapping's [source] to what separates its cells."
        raise ListError(f"The list has no column {missing[0]!r}, which the mapping names.{hint}")
    twice = sorted(name for name in mapping.columns() if header.count(name) > 1)
    if twice:
        raise ListError(f"The header has the column {twice[0]!r} more than once. Rename one of them in the list.")


class RowReader:
    """Reads the rows of one list, one after the other; it remembers the ids it has seen."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._seen: set[str] = set()
        crs = mapping.position.crs if mapping.position else "EPSG:4326"
        self._to_degrees = (
            None if crs.upper() == "EPSG:4326" else Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        )

    def read(self, line: int, cells: Cells) -> ImportRow | RowRefused:
        """Return the checked row, or the reason why it is refused."""
        source_id = None
        try:
            source_id = self._id(cells)
            return self._read(line, source_id, cells)
        except RowRefused as refusal:
            refusal.source_id = source_id
            return refusal

    def _id(self, cells: Cells) -> str:
        if None in cells or None in cells.values():
            raise RowRefused("it has another number of columns than the header")
        source_id = _clean("the id", cells[self._mapping.id], MAX_ID)
        if not source_id:
            raise RowRefused("it has no id")
        return source_id

    def _read(self, line: int, source_id: str, cells: Cells) -> ImportRow:
        mapping = self._mapping
        if source_id in self._seen:
            raise RowRefused("its id occurs earlier in the list")
        self._seen.add(source_id)
        contact = _contact(mapping, cells)
        position = self._position(mapping.position, cells) if mapping.position else None
        if position is None and not contact.address:
            raise RowRefused("it has neither a position nor an address")
        group = _clean("the group", cells[mapping.group], MAX_ID) if mapping.group else ""
        return ImportRow(
            line=line,
            source_id=source_id,
            # A prefix keeps a site's name apart from an id that happens to be the same text.
            group=f"site {group}" if group else f"row {source_id}",
            site=SiteDetails(
                premises=_code("premises", mapping.registration.get("premises"), cells) or "other",
                position=position,
                position_source=mapping.position.source if mapping.position and position else None,
            ),
            contact=contact,
            camera=_camera(mapping, cells),
            consent=_consent(mapping, cells),
            confirmed_on=_date("confirmed_on", mapping.registration.get("confirmed_on"), cells),
        )

    def _position(self, position: Position, cells: Cells) -> LonLat | None:
        if position.wkt is not None:
            pair = _wkt_pair(cells[position.wkt], position.axis_order)
        else:
            pair = cells[position.x or ""].strip(), cells[position.y or ""].strip()
        if pair == ("", ""):
            return None
        try:
            x, y = parse_number(pair[0]), parse_number(pair[1])
        except NotANumber as error:
            raise RowRefused("the coordinates are not numbers") from error
        if self._to_degrees is not None:
            x, y = self._to_degrees.transform(x, y)
        try:
            return check_position(x, y)
        except InvalidPosition as error:
            raise RowRefused(f"position: {error}") from error


def _wkt_pair(wkt: str, axis_order: str) -> tuple[str, str]:
    """Return (x, y) as text from "POINT (a b)", ("", "") from blank or "POINT EMPTY"."""
    if wkt.strip().upper() in {"", "POINT EMPTY"}:
        return "", ""
    match = _POINT.fullmatch(wkt)
    if match is None:
        raise RowRefused("the position is not WKT like POINT (1.5 2.5)")
    first, second = match.group(1), match.group(2)
    return (second, first) if axis_order == "lat lon" else (first, second)


def _contact(mapping: Mapping, cells: Cells) -> ContactDetails:
    values = {
        name: _clean(name, _raw(name, value, cells), CONTACT_LENGTHS[name], lines=name == "access_notes")
        for name, value in mapping.contact.items()
    }
    if not any(values.values()):
        raise RowRefused("it has no contact")
    if values.get("email"):
        try:
            validate_email(values["email"])
        except ValidationError as error:
            raise RowRefused("email: this is not an e-mail address") from error
    return ContactDetails(**values)


def _camera(mapping: Mapping, cells: Cells) -> CameraDetails:
    values: dict[str, object] = {}
    for name, value in mapping.camera.items():
        if name == "area_viewed":
            values[name] = _areas(value, cells)
        elif name in NUMBERS:
            values[name] = _number(name, value, cells)
        else:
            code = _code(name, value, cells)
            if code is not None:
                values[name] = code
    if values.get("recording") == "live_only":
        values["retention_hours"] = None
    return CameraDetails(**values)  # type: ignore[arg-type]


def _raw(name: str, value: Value, cells: Cells) -> str:
    """Return the text of a value, translated by the mapping's table where there is one."""
    if value.column is None:
        return value.constant
    raw = cells[value.column].strip()
    if raw and (value.values or value.otherwise is not None):
        translated = value.values.get(raw, value.otherwise)
        if translated is None:
            raise RowRefused(f"{name}: its value is not in the mapping's table")
        return translated
    return raw


def _code(name: str, value: Value | None, cells: Cells) -> str | None:
    code = _raw(name, value, cells) if value else ""
    if code and code not in CODES[name]:
        raise RowRefused(f"{name}: its value is not one of the codes")
    return code or None


def _areas(value: Value, cells: Cells) -> tuple[str, ...]:
    typed = (value.constant if value.column is None else cells[value.column]).split(value.separator)
    found = {
        _code("area_viewed", Value("one", values=value.values, otherwise=value.otherwise), {"one": part})
        for part in typed
    }
    return tuple(code for code in sorted(CODES["area_viewed"]) if code in found)


def _number(name: str, value: Value, cells: Cells) -> float | None:
    raw = _raw(name, value, cells)
    if not raw:
        return None
    try:
        if name == "direction_deg":
            return parse_direction(raw)
        number = parse_number(raw) * value.factor
    except (NotANumber, InvalidPosition) as error:
        raise RowRefused(f"{name}: it cannot be read as a number") from error
    smallest, largest = NUMBER_RANGES[name]
    if not smallest <= number <= largest:
        raise RowRefused(f"{name}: it does not lie between {smallest:g} and {largest:g}")
    return number


def _date(name: str, value: Value | None, cells: Cells) -> date | None:
    raw = _raw(name, value, cells) if value else ""
    if value is None or not raw:
        return None
    try:
        found = datetime.strptime(raw, value.format).date()  # noqa: DTZ007 - only a date is read
    except ValueError as error:
        raise RowRefused(f"{name}: it is not a date as the mapping's format says") from error
    if found > datetime.now(timezone.utc).date():
        raise RowRefused(f"{name}: it lies in the future")
    return found


def _consent(mapping: Mapping, cells: Cells) -> Consent | None:
    given_on = _date("consent_on", mapping.registration.get("consent_on"), cells)
    if given_on is None:
        return None
    version = mapping.registration.get("consent_version")
    name = _clean("consent_version", _raw("consent_version", version, cells), 32) if version else ""
    return Consent(name or DEFAULT_CONSENT_VERSION, datetime(*given_on.timetuple()[:3], tzinfo=timezone.utc))


def _clean(name: str, value: str, max_length: int, *, lines: bool = False) -> str:
    try:
        return text.clean(value, max_length, lines=lines)
    except text.UnsafeText as error:
        raise RowRefused(f"{name}: {error}") from error
