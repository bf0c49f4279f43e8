"""The forms with which staff set the pin of a registration and the settings of an agency."""

from __future__ import annotations

from typing import Any

from django import forms

from disclosure.generalise import GridError, check_grid
from registrations import profiles
from registrations.enumerations import State
from registrations.form_fields import NumberField
from registrations.jurisdictions import place_problem
from registrations.models import Agency, Registration
from registrations.positions import InvalidPosition, LonLat, check_position


class PlacementForm(forms.ModelForm):
    """Kind of place, protection and pin; latitude and longitude in degrees, EPSG:4326."""

    latitude = NumberField(label="Latitude", smallest=-180, largest=180)
    longitude = NumberField(label="Longitude", smallest=-180, largest=180)

    class Meta:
        model = Registration
        fields = ("premises", "is_protected")
        labels = {"is_protected": "Protected address"}
        help_texts = {
            "is_protected": "For people whose address must stay unknown: a shelter, a judge, somebody under threat. "
            "Nothing of the registration is shown on a map, in the feed, in counts or in reports, whatever its state."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "premises" in self.fields and profiles.is_minimal(self.instance.agency):
            self.fields["premises"].disabled = True  # not theirs to store
        if self.instance.site is not None:
            self.initial.setdefault("latitude", f"{self.instance.site.y:.7f}")
            self.initial.setdefault("longitude", f"{self.instance.site.x:.7f}")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if {"latitude", "longitude"} & set(self.errors):
            return data
        latitude, longitude = data.get("latitude"), data.get("longitude")
        if (latitude is None) != (longitude is None):
            self.add_error(None, "A pin needs both latitude and longitude. Fill in both, or clear both.")
        elif latitude is not None and longitude is not None:
            try:
                data["position"] = check_position(longitude, latitude)
            except InvalidPosition as error:
                self.add_error("latitude", str(error))
        elif self.instance.state == State.PUBLISHED:
            self.add_error(None, "A published registration needs its pin. Suspend it first, then clear the pin.")
        return data

    def warning(self) -> str:
        """Return in one sentence why the typed pin may be wrong, or ""; staff may know better than the area's edge."""
        position = self.position()
        return place_problem(self.instance.agency, position) if position else ""

    def position(self) -> LonLat | None:
        """Return the typed pin; only after is_valid()."""
        position: LonLat | None = self.cleaned_data.get("position")
        return position


class AgencyForm(forms.ModelForm):
    """An agency's settings; a grid that cannot carry cells in metres is refused at its field."""

    class Meta:
        model = Agency
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "form_profile" in self.fields:
            profile = self.fields["form_profile"]
            profile.help_text = (
                f"{profile.help_text} What was stored before stays until its registrant changes it, or until "
                "manage.py reduce_to_minimal deletes it."
            )

    def clean_grid_srid(self) -> int:
        srid: int = self.cleaned_data["grid_srid"]
        try:
            check_grid(srid)
        except GridError as error:
            raise forms.ValidationError(str(error)) from error
        return srid
