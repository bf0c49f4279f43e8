"""Finds addresses with the US Census Bureau or with Nominatim, where an agency turned one on.

Off by default: the address that a registrant types would be sent to another organisation. Where one is on, the form
says who receives it before anything is sent, and only the button sends it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registrations import turns
from registrations.address_search import MAX_PLACES, AddressSearch, FoundAddress, SearchUnavailable, found_address
from registrations.models import Agency
from registrations.outside import NoAnswer, get_json
from registrations.positions import InvalidPosition, LonLat

# How far from the start of an agency's map an address may be; the largest counties reach further than 200 km.
NEIGHBOURHOOD_KM = 300.0
_KM_A_DEGREE = 111.2
_PUBLIC_NOMINATIM = "nominatim.openstreetmap.org"
_CREDIT_URL = "https://www.openstreetmap.org/copyright"


class Geocoder(AddressSearch):
    """A search at another organisation; a kind of it says what is asked and how a reply is read."""

    path: ClassVar[str]

    @property
    def host(self) -> str:
        """The server that gets to see what is typed."""
        return urlsplit(settings.GEOCODER_URL).netloc

    def search(self, agency: Agency, text: str) -> list[FoundAddress]:
        """Ask the server; leave out what lies beyond the neighbourhood of `agency`. Raises SearchUnavailable."""
        url = settings.GEOCODER_URL.rstrip("/") + self.path
        try:
            self.wait()
            reply = get_json(url, self.question(agency, text), _user_agent())
            places = [found_address(label, *position, *self.source()) for label, position in self.read(reply)]
        except turns.NoTurn:
            raise SearchUnavailable(_busy()) from None
        except NoAnswer as error:
            raise SearchUnavailable(_busy() if error.busy else _silent()) from None
        except (InvalidPosition, KeyError, TypeError, ValueError, OverflowError):
            # A reply of another shape: nothing in it can be relied on.
            raise SearchUnavailable(_silent()) from None
        return [place for place in places if place.label and _is_near(agency, place.position)][:MAX_PLACES]

    def wait(self) -> None:
        """Wait as long as the server's rules demand. Raises turns.NoTurn."""

    def question(self, agency: Agency, text: str) -> dict[str, str]:
        """Return the query that is sent."""
        raise NotImplementedError

    def read(self, reply: Any) -> Iterator[tuple[str, LonLat]]:
        """Yield labels and places of a reply. Raises KeyError, TypeError or ValueError where it has another shape."""
        raise NotImplementedError

    def source(self) -> tuple[str, str]:
        """Return who knows these places, in words, and the address of a page about it or blank."""
        raise NotImplementedError


class CensusGeocoder(Geocoder):
    """The US Census Bureau: addresses in the United States, placed along their street."""

    path = "/geocoder/locations/onelineaddress"

    @property
    def receiver(self) -> str:  # type: ignore[override]
        """Who receives the address."""
        return _("the US Census Bureau (%(host)s)") % {"host": self.host}

    def question(self, agency: Agency, text: str) -> dict[str, str]:
        """Return the query that is sent; this service knows no preferred area."""
        return {"address": text, "benchmark": "Public_AR_Current", "format": "json"}

    def read(self, reply: Any) -> Iterator[tuple[str, LonLat]]:
        """Yield the matches: x is the longitude, y the latitude, degrees."""
        for match in _list(_object(_object(reply)["result"])["addressMatches"]):
            place = _object(match["coordinates"])
            yield _text(match["matchedAddress"]), (_number(place["x"]), _number(place["y"]))

    def source(self) -> tuple[str, str]:
        """Return who knows these places."""
        return _("the US Census Bureau"), ""


class NominatimGeocoder(Geocoder):
    """Nominatim, the search of OpenStreetMap: the public server, or better one of the agency's own."""

    path = "/search"

    @property
    def receiver(self) -> str:  # type: ignore[override]
        """Who receives the address."""
        if self.host == _PUBLIC_NOMINATIM:
            return _("the OpenStreetMap Foundation (%(host)s)") % {"host": self.host}
        return _("the server %(host)s") % {"host": self.host}

    def wait(self) -> None:
        """Ask the public server once a second at most, all registrants together, as its rules demand."""
        if self.host == _PUBLIC_NOMINATIM:
            turns.wait_for_turn(settings.VAR_DIR / "geocoder.turn", 1.0)

    def question(self, agency: Agency, text: str) -> dict[str, str]:
        """Return the query that is sent, which looks around the agency only."""
        return {
            "q": text,
            "format": "jsonv2",
            "limit": str(MAX_PLACES),
            "viewbox": ",".join(f"{degrees:.4f}" for degrees in _around(agency)),
            "bounded": "1",
            "accept-language": get_language() or "en",
        }

    def read(self, reply: Any) -> Iterator[tuple[str, LonLat]]:
        """Yield the places; their degrees come as text."""
        for place in _list(reply):
            yield _text(place["display_name"]), (float(_text(place["lon"])), float(_text(place["lat"])))

    def source(self) -> tuple[str, str]:
        """Return the credit that the licence of the data asks for."""
        return _("© OpenStreetMap contributors"), _CREDIT_URL


def _busy() -> str:
    return _(
        "Too many people are searching right now. Try again in a minute, or set the pin on the map, or leave it to "
        "staff."
    )


def _silent() -> str:
    return _("The address search does not answer at the moment. Set the pin on the map, or leave it to staff.")


def _user_agent() -> str:
    """Name the program and, where it is known, the registry that asks: the rules of Nominatim demand it."""
    return f"CameraRegistry/1 ({settings.PUBLIC_URL or 'registration backend'})"


def _around(agency: Agency) -> tuple[float, float, float, float]:
    """Return west, north, east and south of the neighbourhood, in degrees."""
    up = NEIGHBOURHOOD_KM / _KM_A_DEGREE
    across = up / max(0.05, math.cos(math.radians(agency.map_latitude)))
    west, east = max(-180.0, agency.map_longitude - across), min(180.0, agency.map_longitude + across)
    return west, min(90.0, agency.map_latitude + up), east, max(-90.0, agency.map_latitude - up)


def _is_near(agency: Agency, position: LonLat) -> bool:
    """Say whether a place lies in the neighbourhood, on a sphere: to a fraction of a percent."""
    first, second = math.radians(agency.map_latitude), math.radians(position[1])
    turn = math.radians(position[0] - agency.map_longitude)
    half = math.sin((second - first) / 2) ** 2 + math.cos(first) * math.cos(second) * math.sin(turn / 2) ** 2
    return 2 * math.degrees(math.asin(math.sqrt(min(1.0, half)))) * _KM_A_DEGREE <= NEIGHBOURHOOD_KM


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def _list(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return [_object(item) for item in value[:50]]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("not a number")
    return float(value)
