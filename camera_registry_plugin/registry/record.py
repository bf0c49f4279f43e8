"""Reads one camera record from the wire, or refuses it with a reason that does not repeat what was sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache, partial
from typing import Any, Callable, NamedTuple

from .errors import RecordRefused
from .fields import FIELDS, POSITION_OF, Codes, Field
from .policy import AGENCY_CODE, EXACT
from .redaction import ANALYST, redact_for_analyst

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
_PRECISION = POSITION_OF["position_precision_m"]
HIGHEST_ROW_VERSION = 2**53 - 1  # the largest whole number that every JSON reader keeps exact


class CameraRecord(NamedTuple):
    """One camera as it may be stored: longitude and latitude in EPSG:4326 degrees, values in the order of FIELDS."""

    lon: float
    lat: float
    values: tuple[Any, ...]
    row_version: int

    @property
    def camera_id(self) -> str:
        return str(self.values[0])


def read_feature(feature: Any, role: str, position: str, fine_premises_allowed: bool = True) -> CameraRecord:
    """Return the record of one GeoJSON feature of the feed, redacted for `role`.

    `position` is the policy's word: a reader whose positions are generalised is never given an exact row, even if
    the source sends one. Raises RecordRefused with the field and the reason, never with the value.
    """
    try:
        properties: Mapping[str, Any] = feature["properties"]
        geometry = feature["geometry"]
        row_version = feature["row_version"]
    except (KeyError, TypeError):
        raise RecordRefused("The record is not a feature with geometry, properties and row_version.") from None
    if not isinstance(properties, dict):
        raise RecordRefused("The record's properties are not an object.")
    lon, lat = _read_point(geometry)
    values = _read_values(properties)
    _check(
        type(row_version) is int and 1 <= row_version <= HIGHEST_ROW_VERSION,
        "row_version",
        "is not a version",
    )
    if values[_PRECISION] == 0.0 and position != EXACT:
        raise RecordRefused("The record holds an exact position, which this reader may not store.")
    if role == ANALYST:
        redact_for_analyst(values, fine_premises_allowed)
    return CameraRecord(lon, lat, tuple(values), row_version)


def _read_values(properties: Mapping[str, Any]) -> list[Any]:
    get = properties.get
    try:
        return [read(get(name)) for name, read in _REMEMBERING_READERS]
    except TypeError:
        # A value that cannot be remembered, such as an object where a code belongs: the plain readers say why not.
        return [read(field, get(field.name)) for field, read in _READERS]


def _read_point(geometry: Any) -> tuple[float, float]:
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        raise RecordRefused("The record's geometry is not a point.")
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or len(coordinates) not in (2, 3):
        raise RecordRefused("The record's point lacks longitude and latitude.")
    lon, lat = coordinates[0], coordinates[1]
    if type(lon) not in (int, float) or type(lat) not in (int, float):
        raise RecordRefused("The record's coordinates are not numbers.")
    if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):  # also refuses NaN
        raise RecordRefused("The record's coordinates are outside the Earth.")
    return float(lon), float(lat)


def _check(condition: bool, field_name: str, reason: str) -> None:
    if not condition:
        raise RecordRefused(f"The record's field {field_name} {reason}.")


def _read_uuid(field: Field, value: Any) -> str:
    _check(isinstance(value, str) and _UUID(value) is not None, field.name, "is not a lower-case UUID")
    return str(value)


def _read_agency(field: Field, value: Any) -> str:
    _check(isinstance(value, str) and AGENCY_CODE(value) is not None, field.name, "is not an agency code")
    return str(value)


def _read_code(field: Field, value: Any) -> str | None:
    if value is None and field.optional:
        return None
    codes: Codes = field.codes or {}
    _check(isinstance(value, str) and value in codes, field.name, "holds a code that is not in its enumeration")
    return str(value)


def _read_codes(field: Field, value: Any) -> str | None:
    codes: Codes = field.codes or {}
    if value is None:
        return None
    _check(isinstance(value, (list, tuple)) and len(value) <= len(codes), field.name, "is not a list of codes")
    known = all(isinstance(code, str) and code in codes for code in value)
    _check(known, field.name, "holds a code that is not in its enumeration")
    return ",".join(code for code in codes if code in value) or None


def _read_number(field: Field, value: Any) -> float | None:
    if value is None and field.optional:
        return None
    # NaN compares as false; infinity and integers too large for a float are out of range.
    _check(type(value) in (int, float) and value == value, field.name, "is not a number")
    _check(field.lowest <= value <= field.highest, field.name, "is out of range")
    return float(value)


def _read_date(field: Field, value: Any) -> str | None:
    if value is None and field.optional:
        return None
    _check(isinstance(value, str) and len(value) == 10, field.name, "is not a date")
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise RecordRefused(f"The record's field {field.name} is not a date.") from None


_READER_OF_KIND: dict[str, Callable[[Field, Any], Any]] = {
    "uuid": _read_uuid,
    "agency": _read_agency,
    "code": _read_code,
    "codes": _read_codes,
    "number": _read_number,
    "date": _read_date,
}
_READERS: tuple[tuple[Field, Callable[[Field, Any], Any]], ...] = tuple(
    (field, _READER_OF_KIND[field.kind]) for field in FIELDS
)


def _remembering(field: Field) -> Callable[[Any], Any]:
    """Return a reader of one field that remembers what it has read: a snapshot repeats few values a million times."""
    plain = partial(_READER_OF_KIND[field.kind], field)
    if field.kind == "uuid":  # never repeated
        return plain
    # typed, since 1, 1.0 and True are equal as keys and only two of them are numbers
    remembered = lru_cache(maxsize=4096, typed=True)(plain)
    if field.kind == "codes":
        return lambda value: remembered(tuple(value) if type(value) is list else value)
    return remembered


_REMEMBERING_READERS: tuple[tuple[str, Callable[[Any], Any]], ...] = tuple(
    (field.name, _remembering(field)) for field in FIELDS
)
