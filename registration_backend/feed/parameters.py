"""Reads the query parameters of the feed, or says what is wrong with them."""

from __future__ import annotations

import math
from datetime import date, datetime, timezone
from typing import NamedTuple

from django.http import HttpRequest

from feed.replies import FeedError

DEFAULT_LIMIT = 1_000
HIGHEST_LIMIT = 10_000


class Box(NamedTuple):
    """EPSG:4326 degrees; `west` above `east` means a box across the antimeridian."""

    west: float
    south: float
    east: float
    north: float


class Days(NamedTuple):
    """A range of days, both included; None is open."""

    first: date | None
    last: date | None


def allow_only(request: HttpRequest, *names: str) -> None:
    """Refuse a parameter that the API does not define, as OGC API - Features demands."""
    for name in request.GET:
        if name not in names:
            allowed = ", ".join(names) or "none"
            raise FeedError(400, "unknown_parameter", f"This address takes these parameters only: {allowed}.")


def read_limit(request: HttpRequest) -> int:
    """Return the page size: 1,000 unless told, 10,000 at most."""
    text = request.GET.get("limit")
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit()) or not text.strip("0"):
        raise FeedError(400, "bad_limit", f"limit must be a whole number from 1 to {HIGHEST_LIMIT}.")
    return min(int(text.lstrip("0")[:9]), HIGHEST_LIMIT)


def read_box(request: HttpRequest) -> Box | None:
    """Return the bounding box of 4 or 6 numbers; heights are read and left aside, since cameras have none."""
    text = request.GET.get("bbox")
    if text is None:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (4, 6) or not all(math.isfinite(number) for number in numbers):
        raise _bad_box("four numbers: west, south, east, north (or six, with lowest and highest height)")
    half = len(numbers) // 2
    box = Box(numbers[0], numbers[1], numbers[half], numbers[half + 1])
    if not (-180 <= box.west <= 180 and -180 <= box.east <= 180 and box.south >= -90 and box.north <= 90):
        raise _bad_box("longitudes from -180 to 180 and latitudes from -90 to 90")
    if box.south > box.north or (half == 3 and numbers[2] > numbers[5]):
        raise _bad_box("the southern and lower bound first")
    return box


def read_days(request: HttpRequest) -> Days | None:
    """Return the days that `datetime` touches: an RFC 3339 instant, or an interval with a slash, open with `..`."""
    text = request.GET.get("datetime")
    if text is None:
        return None
    parts = text.split("/")
    if len(parts) == 1:
        day = _day(text)
        return Days(day, day)
    if len(parts) != 2:
        raise _bad_datetime()
    first, last = (None if part in ("", "..") else _day(part) for part in parts)
    if first is not None and last is not None and first > last:
        raise _bad_datetime()
    return Days(first, last)


def _day(text: str) -> date:
    """Return the UTC day of an RFC 3339 date or date-time."""
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        # A plus sign that was not percent-encoded arrives as a space.
        instant = datetime.fromisoformat(text.replace(" ", "+").upper())
    except ValueError:
        raise _bad_datetime() from None
    if instant.tzinfo is None or len(text) < 20:
        raise _bad_datetime()
    try:
        return instant.astimezone(timezone.utc).date()
    except OverflowError:
        raise _bad_datetime() from None


def _bad_box(wanted: str) -> FeedError:
    return FeedError(400, "bad_bbox", f"bbox must be {wanted}.")


def _bad_datetime() -> FeedError:
    return FeedError(
        400,
        "bad_datetime",
        "datetime must be like 2026-05-01, 2026-05-01T00:00:00Z, or two of these with a slash, .. for an open end.",
    )
