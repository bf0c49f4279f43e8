"""The one allow-list of the backend: what each audience is told about a camera, and in which form.

Whatever is not listed in FIELDS is never read here, so it cannot be published. Codes come from the enumerations and
ids are UUIDs; anything else is refused, because free text is the way in for every injection.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import orjson

from disclosure.generalise import CELL_SIZES_M, DECIMALS
from disclosure.placement import Place
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
from registrations.models import Agency, Camera, Registration

COARSE_PREMISES = ("residential", "non_residential")
_RESIDENTIAL = frozenset({Premises.RESIDENCE.value, Premises.APARTMENT.value})

Convert = Callable[[Any], Any]


class NotPublishable(ValueError):
    """A value is not one that may be published; the message names the field, never the value."""


class Field(NamedTuple):
    """One published field: how it is read from a record, and how it is made coarse for an analyst."""

    name: str
    read: Convert
    coarsen: Convert | None = None


class Document(NamedTuple):
    """A finished GeoJSON feature without its row_version, and the date it shows."""

    body: bytes
    updated_on: date


class Shown(NamedTuple):
    """Where and as what one audience sees a camera: EPSG:4326 degrees, 0 m or the size of the cell."""

    longitude: float
    latitude: float
    precision_m: int
    premises: str


def _pattern(expression: str) -> Convert:
    matches = re.compile(expression).fullmatch

    def read(value: Any) -> str:
        text = str(value)
        if not matches(text):
            raise ValueError
        return text

    return read


def _code(*allowed: str | int) -> Convert:
    def read(value: Any) -> str | int:
        # The allowed object itself is returned: a value that merely equals it never gets out.
        return allowed[allowed.index(value)]

    return read


def _codes(*allowed: str) -> Convert:
    def read(value: Any) -> list[str]:
        given = value or []
        if not isinstance(given, list) or any(code not in allowed for code in given):
            raise ValueError
        return [code for code in allowed if code in given]

    return read


def _number(highest: float) -> Convert:
    def read(value: Any) -> float:
        number = float(value)
        if not (math.isfinite(number) and 0 <= number <= highest):
            raise ValueError
        return number

    return read


def _date(value: Any) -> date:
    if type(value) is not date:
        raise ValueError
    return value


def _optional(read: Convert) -> Convert:
    return lambda value: None if value is None else read(value)


def octant(direction_deg: float) -> float:
    """Return the nearest of 0, 45, ... 315 degrees; halves go clockwise."""
    return float(math.floor(direction_deg / 45 + 0.5) % 8 * 45)


def first_of_month(day: date) -> date:
    """Return the first day of the month of `day`."""
    return day.replace(day=1)


_UUID = _pattern("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# The order is that of the wire.
FIELDS: tuple[Field, ...] = (
    Field("camera_id", _UUID),
    Field("registration_id", _UUID),
    Field("agency", _pattern("[A-Z0-9_-]{2,16}")),
    Field("premises", _code(*Premises.values, *COARSE_PREMISES)),
    Field("mount", _optional(_code(*Mount.values))),
    Field("camera_type", _optional(_code(*CameraType.values))),
    Field("area_viewed", _codes(*AreaViewed.values)),
    Field("direction_deg", _optional(_number(360)), _optional(octant)),
    Field("field_of_view_deg", _optional(_number(360))),
    Field("range_m", _optional(_number(10_000))),
    Field("retention_hours", _optional(_number(87_660))),
    Field("recording", _code(*Recording.values)),
    Field("resolution", _code(*Resolution.values)),
    Field("night_vision", _code(*YesNoUnknown.values)),
    Field("audio", _code(*YesNoUnknown.values)),
    Field("position_source", _optional(_code(*PositionSource.values))),
    Field("position_precision_m", _code(0, *CELL_SIZES_M)),
    Field("confirmed_on", _optional(_date), _optional(first_of_month)),
    Field("updated_on", _date, first_of_month),
)
FIELD_NAMES = tuple(field.name for field in FIELDS)


def shown_exactly(registration: Registration, camera: Camera) -> Shown:
    """Return how a reader with exact positions sees a camera; its place is the site's unless it has its own."""
    position = camera.position or registration.site
    return Shown(round(position.x, DECIMALS), round(position.y, DECIMALS), 0, registration.premises)


def coarse_premises(premises: str, place: Place | None) -> str:
    """Return the premises as an analyst sees it: itself only among 20 addresses of its kind in the cell."""
    if place is not None and premises in place.fine_premises:
        return premises
    return COARSE_PREMISES[0] if premises in _RESIDENTIAL else COARSE_PREMISES[1]


def document(agency: Agency, registration: Registration, camera: Camera, shown: Shown, coarse: bool) -> Document:
    """Return the GeoJSON feature without its row_version; `coarse` makes it an analyst's.

    Raises NotPublishable when a value is not in its enumeration, pattern or range.
    """
    facts: dict[str, Any] = {
        **{name: getattr(camera, name, None) for name in FIELD_NAMES},
        "camera_id": camera.pk,
        "registration_id": registration.pk,
        "agency": agency.code,
        "premises": shown.premises,
        "position_source": camera.position_source or registration.site_source,
        "position_precision_m": shown.precision_m,
        "confirmed_on": registration.confirmed_on,
        "updated_on": max(camera.updated_on, registration.updated_on),
    }
    properties: dict[str, Any] = {}
    for field in FIELDS:
        try:
            value = field.read(facts[field.name])
        except (TypeError, ValueError):
            raise NotPublishable(f"A camera's {field.name} is not a value that may be published.") from None
        properties[field.name] = field.coarsen(value) if coarse and field.coarsen else value
    if not (-180 <= shown.longitude <= 180 and -90 <= shown.latitude <= 90):  # also refuses NaN
        raise NotPublishable("A camera's position is outside the Earth.")
    feature = {
        "type": "Feature",
        "id": properties["camera_id"],
        "geometry": {"type": "Point", "coordinates": [shown.longitude, shown.latitude]},
        "properties": properties,
    }
    return Document(orjson.dumps(feature), properties["updated_on"])


# The date is the last property, always ten characters: "2026-11-22"}}
_DATED_TAIL = 14


def differ_by_date_at_most(one: bytes, other: bytes) -> bool:
    """Say whether two document bodies are the same, updated_on left aside."""
    return len(one) == len(other) and one[:-_DATED_TAIL] == other[:-_DATED_TAIL]
