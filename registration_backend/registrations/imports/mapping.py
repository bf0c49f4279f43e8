"""Reads and checks the TOML file that says which column of a list means what."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import tomllib
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from registrations.contacts import ContactDetails
from registrations.enumerations import (
    AreaViewed,
    CameraType,
    Mount,
    PositionSource,
    Premises,
    Recording,
    Resolution,
    YesNoUnknown,
)
from registrations.limits import CONTACT_LENGTHS

CODES: dict[str, frozenset[str]] = {
    "premises": frozenset(Premises.values),
    "mount": frozenset(Mount.values),
    "camera_type": frozenset(CameraType.values),
    "area_viewed": frozenset(AreaViewed.values),
    "recording": frozenset(Recording.values),
    "resolution": frozenset(Resolution.values),
    "night_vision": frozenset(YesNoUnknown.values),
    "audio": frozenset(YesNoUnknown.values),
}
NUMBERS = ("direction_deg", "field_of_view_deg", "range_m", "retention_hours")
DATES = ("consent_on", "confirmed_on")
AXIS_ORDERS = ("lat lon", "lon lat")
# A number only: a definition in words may name a file.
_CRS = re.compile(r"(EPSG|ESRI):\d{1,6}", re.IGNORECASE)


class MappingError(Exception):
    """The mapping file cannot be used; the message names the place in it and what to write there."""


@dataclass(frozen=True)
class Value:
    """Where one value comes from: a column, translated by `values` where there is such a table, or a constant."""

    column: str | None = None
    constant: str = ""
    values: dict[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    format: str = "%Y-%m-%d"
    separator: str = ","
    factor: float = 1.0


@dataclass(frozen=True)
class Position:
    """Where the coordinates come from: `x` and `y` columns, or one column of WKT; `crs` is an EPSG code."""

    x: str | None = None
    y: str | None = None
    wkt: str | None = None
    axis_order: str = "lon lat"
    crs: str = "EPSG:4326"
    source: str = PositionSource.GEOCODED.value


@dataclass(frozen=True)
class Mapping:
    """A whole mapping file."""

    name: str
    id: str
    group: str | None
    encoding: str
    delimiter: str
    position: Position | None
    contact: dict[str, Value]
    registration: dict[str, Value]
    camera: dict[str, Value]

    def columns(self) -> set[str]:
        """Return every column that the list must have."""
        values = [*self.contact.values(), *self.registration.values(), *self.camera.values()]
        names = {self.id, self.group, *(value.column for value in values)}
        if self.position:
            names |= {self.position.x, self.position.y, self.position.wkt}
        return {name for name in names if name is not None}


def read_mapping(path: Path) -> Mapping:
    """Return the checked mapping. Raises MappingError."""
    try:
        return parse_mapping(path.read_bytes(), f"The mapping {path}")
    except OSError as error:
        raise MappingError(f"The mapping {path} cannot be opened: {error.strerror}.") from error


def parse_mapping(content: bytes, name: str = "The mapping") -> Mapping:
    """Return the checked mapping out of a file's bytes; `name` begins the messages. Raises MappingError."""
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise MappingError(f"{name} is not valid TOML: it is not written in UTF-8.") from error
    except (ValueError, RecursionError) as error:  # a TOMLDecodeError, a number of 5,000 digits, brackets in brackets
        where = f": {error}" if isinstance(error, tomllib.TOMLDecodeError) else ", or too long or deep"
        raise MappingError(f"{name} is not valid TOML{where}") from error
    _only(table, "the mapping", {"source", "position", "contact", "registration", "camera"})
    source = _table(table, "source")
    _only(source, "[source]", {"name", "id", "group", "encoding", "delimiter"})
    mapping = Mapping(
        name=_text(source, "source", "name"),
        id=_text(source, "source", "id"),
        group=_text(source, "source", "group") if "group" in source else None,
        encoding=_text(source, "source", "encoding") if "encoding" in source else "utf-8-sig",
        delimiter=_text(source, "source", "delimiter") if "delimiter" in source else ",",
        position=_position(table),
        contact=_values(table, "contact", set(CONTACT_LENGTHS)),
        registration=_values(table, "registration", {"premises", "consent_version", *DATES}),
        camera=_values(table, "camera", (set(CODES) - {"premises"}) | set(NUMBERS)),
    )
    _check(mapping)
    return mapping


def _check(mapping: Mapping) -> None:
    if not mapping.contact:
        raise MappingError(
            "[contact] names no column. Say at least where the name comes from: "
            f"one of {', '.join(field.name for field in fields(ContactDetails))}."
        )
    if mapping.position is None and "address" not in mapping.contact:
        raise MappingError("Give a [position], or an address in [contact] so that staff can place the site.")
    if len(mapping.delimiter) != 1:
        raise MappingError('[source] delimiter must be one character, for example ";" or "\\t".')
    try:
        " ".encode(mapping.encoding)
    except (LookupError, ValueError) as error:
        raise MappingError('[source] encoding is not known. Examples: "utf-8", "cp1252", "latin-1".') from error


def _position(table: dict[str, Any]) -> Position | None:
    if "position" not in table:
        return None
    given = _table(table, "position")
    _only(given, "[position]", {item.name for item in fields(Position)})
    for key in given:
        _text(given, "position", key)
    if ("wkt" in given) == ("x" in given or "y" in given) or ("x" in given) != ("y" in given):
        raise MappingError("[position] needs either x and y, or wkt: the names of the columns with the coordinates.")
    if "wkt" in given and given.get("axis_order") not in AXIS_ORDERS:
        raise MappingError('[position] needs axis_order = "lat lon" or "lon lat": the order inside the WKT.')
    position = Position(**given)
    if position.source not in PositionSource.values:
        raise MappingError(f"[position] source must be one of {', '.join(PositionSource.values)}.")
    try:
        if not _CRS.fullmatch(position.crs):
            raise ProjError("not a number of a register")
        crs = CRS.from_user_input(position.crs)
        if not (crs.is_geographic or crs.is_projected):
            raise ProjError("heights, or coordinates from the centre of the earth")
        Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    except ProjError as error:
        raise MappingError('[position] crs is not known. Write it like crs = "EPSG:2248".') from error
    return position


def _values(table: dict[str, Any], section: str, allowed: set[str]) -> dict[str, Value]:
    given = _table(table, section) if section in table else {}
    _only(given, f"[{section}]", allowed)
    return {name: _value(section, name, value) for name, value in given.items()}


def _value(section: str, name: str, given: Any) -> Value:
    """Turn `name = "Column"` or `name = { column = ..., values = {...} }` or `{ constant = ... }` into a Value."""
    where = f"[{section}] {name}"
    if isinstance(given, str):
        given = {"column": given}
    if not isinstance(given, dict) or ("column" in given) == ("constant" in given):
        raise MappingError(f'{where}: write {name} = "Column", or {{ column = "..." }}, or {{ constant = "..." }}.')
    _only(given, where, {item.name for item in fields(Value)})
    if "constant" in given:
        given = {**given, "constant": _constant(where, given["constant"])}
    value = _typed_value(where, given)
    allowed = CODES.get(name)
    targets = [*value.values.values(), *([value.otherwise] if value.otherwise else [])]
    if value.column is None:
        targets += value.constant.split(value.separator) if name == "area_viewed" else [value.constant]
    if allowed and not set(targets) <= allowed:
        raise MappingError(f"{where}: these are the codes to choose from: {', '.join(sorted(allowed))}.")
    if name in DATES and value.column is None:
        _check_date(where, value)
    return value


def _constant(where: str, given: Any) -> str:
    if isinstance(given, (dict, list)) or (isinstance(given, int) and abs(given) > 10**15):
        raise MappingError(f"{where}: constant must be a text or a number.")
    return str(given)


def _typed_value(where: str, given: dict[str, Any]) -> Value:
    values = given.get("values", {})
    texts_only = isinstance(values, dict) and all(isinstance(text, str) for text in values.values())
    strings = all(isinstance(given.get(key, ""), str) for key in ("column", "otherwise", "format", "separator"))
    factor = given.get("factor", 1.0)
    if not texts_only or not strings:
        raise MappingError(f"{where}: column, otherwise, format and separator are texts, values a table of texts.")
    if isinstance(factor, bool) or not isinstance(factor, (int, float)) or not 0 < factor < math.inf:
        raise MappingError(f"{where}: factor must be a number above 0, such as 24.")
    if factor > 10**9:
        raise MappingError(f"{where}: factor is too large.")
    if given.get("separator") == "":
        raise MappingError(f"{where}: separator must not be empty.")
    _check_format(where, given.get("format", "%Y-%m-%d"))
    return Value(**given)


def _check_format(where: str, given: str) -> None:
    """Refuse what strptime cannot use; that it does not fit a blank text is no fault."""
    try:
        datetime.strptime("", given)  # noqa: DTZ007 - only a date is read
    except (ValueError, re.error) as error:
        if "does not match format" not in str(error):
            raise MappingError(f'{where}: format must be like "%Y-%m-%d" or "%m/%d/%Y".') from error


def _check_date(where: str, value: Value) -> None:
    try:
        datetime.strptime(value.constant, value.format)  # noqa: DTZ007 - only a date is read
    except ValueError as error:
        raise MappingError(f'{where}: the constant must be a date like "2025-03-31".') from error


def _table(parent: dict[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(parent.get(name), dict):
        raise MappingError(f"The mapping lacks the part [{name}].")
    table: dict[str, Any] = parent[name]
    return table


def _text(table: dict[str, Any], section: str, key: str) -> str:
    if not isinstance(table.get(key), str) or not table[key]:
        raise MappingError(f'[{section}] needs {key} = "...".')
    text: str = table[key]
    return text


def _only(given: dict[str, Any], where: str, allowed: set[str]) -> None:
    unknown = sorted(set(given) - allowed)
    if unknown:
        raise MappingError(f"{where} has the unknown entry {unknown[0]}. Known: {', '.join(sorted(allowed))}.")
