"""What the address search does on the form: its two buttons, and the pin that came from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from registrations import text
from registrations.address_search import MAX_LABEL, FoundAddress, SearchUnavailable, find, find_exact
from registrations.jurisdictions import responsible
from registrations.limits import CONTACT_LENGTHS, NotANumber, parse_number
from registrations.models import Agency
from registrations.positions import InvalidPosition, LonLat, check_position

BUTTONS = ("find_address", "use_place")


@dataclass(frozen=True)
class Outcome:
    """What the page says after one of the buttons: places to choose from, the one chosen, or why there is none."""

    places: list[FoundAddress] = field(default_factory=list)
    chosen: str = ""
    message: str = ""


class GeocodedPinField(forms.Field):
    """The pin as a search gave it, "latitude longitude"; None for anything else, since nobody types it.

    Who forges it says of a pin of their own that the register knew it, no more than with the search itself.
    """

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> LonLat | None:
        """Return (longitude, latitude) in EPSG:4326 degrees, or None."""
        place = _place(str(value or ""))
        return place and place[0]


def outcome(data: QueryDict, agency: Agency) -> Outcome | None:
    """Do what the button says that sent the form; None where it was another button."""
    if "use_place" in data:
        place = _place(data["use_place"])
        return Outcome(chosen=place[1]) if place else Outcome(message=_("Please choose one of the places again."))
    if "find_address" in data:
        return _search(data.get("address", ""), agency)
    return None


def with_chosen_pin(typed: dict[str, Any], data: QueryDict) -> dict[str, Any]:
    """Return the typed values with the pin of the place whose button was pressed, if one was."""
    place = _place(data.get("use_place", ""))
    if place is None:
        return typed
    (longitude, latitude), _label = place
    pin = {"latitude": f"{latitude:.7f}", "longitude": f"{longitude:.7f}"}
    return {**typed, **pin, "geocoded_pin": f"{latitude:.7f} {longitude:.7f}"}


def place_by_address(form: forms.Form, agency: Agency) -> None:
    """Give a valid form without a pin the place that the register knows for exactly its address, if there is one.

    Nothing is sent to anybody else: without a place the registration waits for staff.
    """
    if form.cleaned_data.get("position") or not form.cleaned_data.get("address"):
        return
    place = find_exact(agency, form.cleaned_data["address"])
    if place is not None and responsible(agency, place.position):
        form.cleaned_data["position"] = form.cleaned_data["geocoded_pin"] = place.position


def _search(address: str, agency: Agency) -> Outcome:
    try:
        typed = text.clean(address, CONTACT_LENGTHS["address"])
        places = find(agency, typed) if typed else []
    except (text.UnsafeText, SearchUnavailable) as error:
        return Outcome(message=str(error))
    if not typed:
        return Outcome(message=_("Please type the address first."))
    if not places:
        return Outcome(
            message=_(
                "This address was not found. Check how it is written, or set the pin on the map. You may also leave "
                "it: then staff place it from the address."
            )
        )
    return Outcome(places)


def _place(value: str) -> tuple[LonLat, str] | None:
    """Read "latitude longitude label" as a button or the hidden field sends it."""
    latitude, longitude, label = (*value[: MAX_LABEL + 60].split(" ", 2), "", "", "")[:3]
    try:
        position = check_position(parse_number(longitude), parse_number(latitude))
    except (NotANumber, InvalidPosition):
        return None
    return position, text.visible(label, MAX_LABEL)
