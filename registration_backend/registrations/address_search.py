"""Finds the place of a typed address: in the searches that the settings name, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from registrations import text
from registrations.models import Agency
from registrations.positions import LonLat, check_position

MAX_PLACES = 8
MAX_LABEL = 200


class SearchUnavailable(Exception):
    """The search cannot answer now; the message says so in the reader's language and never quotes the address."""


@dataclass(frozen=True)
class FoundAddress:
    """A place that may be meant; `position` is (longitude, latitude) in EPSG:4326 degrees."""

    label: str
    position: LonLat
    source: str  # who knows it, in words
    credit_url: str = ""

    @property
    def value(self) -> str:
        """What the button of this place sends."""
        longitude, latitude = self.position
        return f"{latitude:.7f} {longitude:.7f} {self.label}"


class AddressSearch:
    """A way to find addresses. One that asks another organisation says in `receiver` who gets to see the address."""

    receiver = ""

    def search(self, agency: Agency, text: str) -> list[FoundAddress]:
        """Return at most MAX_PLACES places in the area of `agency`, the likeliest first. Raises SearchUnavailable."""
        raise NotImplementedError

    def exact(self, agency: Agency, text: str) -> FoundAddress | None:
        """Return the one place that `text` means beyond doubt; None where there is doubt, or where asking tells others.

        It is called when a registration is sent, which is no consent to show the address to anybody else.
        """
        return None


def found_address(label: str, longitude: float, latitude: float, source: str, credit_url: str = "") -> FoundAddress:
    """Return a place whose label is safe to show. Raises InvalidPosition."""
    position = check_position(longitude, latitude)
    return FoundAddress(text.visible(label, MAX_LABEL), position, source, credit_url)


def searches() -> Iterator[AddressSearch]:
    """Yield the searches that settings.ADDRESS_SEARCHES names, in that order."""
    for name in settings.ADDRESS_SEARCHES:
        yield import_string(name)()


def receivers() -> list[str]:
    """Return the organisations that a search may send a typed address to."""
    return [search.receiver for search in searches() if search.receiver]


def find(agency: Agency, typed: str) -> list[FoundAddress]:
    """Return what the first search finds that finds anything. Raises SearchUnavailable."""
    for search in searches():
        found = search.search(agency, typed)
        if found:
            return found[:MAX_PLACES]
    return []


def find_exact(agency: Agency, typed: str) -> FoundAddress | None:
    """Return the one place that `typed` means beyond doubt, told to nobody; None where staff have to look."""
    found = (search.exact(agency, typed) for search in searches())
    return next((place for place in found if place is not None), None)
