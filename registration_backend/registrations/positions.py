"""Checks longitudes, latitudes and directions that people typed or lists contain."""

from __future__ import annotations

import math
import re

from django.utils.translation import gettext as _

LonLat = tuple[float, float]

_COMPASS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
_WORDS = {
    "NORTH": "N",
    "NORTHEAST": "NE",
    "EAST": "E",
    "SOUTHEAST": "SE",
    "SOUTH": "S",
    "SOUTHWEST": "SW",
    "WEST": "W",
    "NORTHWEST": "NW",
}
# Only for who reads Spanish: elsewhere "NO" is an answer of another kind.
_SPANISH_WORDS = {
    **{direction.replace("W", "O"): direction for direction in _COMPASS},
    "NORTE": "N",
    "NORESTE": "NE",
    "NORDESTE": "NE",
    "ESTE": "E",
    "SURESTE": "SE",
    "SUDESTE": "SE",
    "SUR": "S",
    "SUROESTE": "SW",
    "SUDOESTE": "SW",
    "OESTE": "W",
    "NOROESTE": "NW",
}


class InvalidPosition(Exception):
    """The coordinates or the direction cannot be right; the message says why without quoting them."""


def check_position(longitude: float, latitude: float) -> LonLat:
    """Return (longitude, latitude) in degrees, EPSG:4326, rounded to 7 decimals (about a centimetre).

    Raises InvalidPosition for NaN, infinity, values out of range (it says so when they look swapped) and (0, 0).
    """
    if not (math.isfinite(longitude) and math.isfinite(latitude)):
        raise InvalidPosition(_("The coordinates are not numbers."))
    if abs(latitude) > 90 and abs(latitude) <= 180 and abs(longitude) <= 90:
        raise InvalidPosition(_("Latitude and longitude look swapped: a latitude lies between -90 and 90."))
    if abs(latitude) > 90:
        raise InvalidPosition(_("The latitude must lie between -90 and 90."))
    if abs(longitude) > 180:
        raise InvalidPosition(_("The longitude must lie between -180 and 180."))
    if abs(longitude) < 1e-6 and abs(latitude) < 1e-6:
        raise InvalidPosition(
            _("The position is 0, 0, in the sea off Africa: that is what a missing position looks like.")
        )
    return round(longitude, 7), round(latitude, 7)


def direction_words(language: str) -> dict[str, float]:
    """Return the degrees clockwise from north of every word that parse_direction takes, in capitals without hyphens."""
    degrees = {point: number * 22.5 for number, point in enumerate(_COMPASS)}
    words = {**_WORDS, **(_SPANISH_WORDS if language == "es" else {})}
    return {**degrees, **{word: degrees[point] for word, point in words.items()}}


def parse_direction(text: str, language: str = "en") -> float | None:
    """Return degrees clockwise from north, 0 <= d < 360, from "225", "225°", "SW" or "south-west"; None for blank.

    In the language "es" also from "SO" or "suroeste". Raises InvalidPosition for anything else.
    """
    word = re.sub(r"[\s\-°]+", "", text.strip().upper()) if not re.match(r"\s*-", text) else text
    if not word:
        return None
    words = direction_words(language)
    if word in words:
        return words[word]
    try:
        degrees = float(word.replace(",", "."))
    except ValueError:
        degrees = math.nan
    if not 0 <= degrees <= 360:
        raise InvalidPosition(_("Give the direction as degrees from 0 to 360, or as N, NE, E, SE, S, SW, W or NW."))
    return degrees % 360
