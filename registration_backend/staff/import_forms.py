"""The forms with which staff choose a list and say which of its columns means what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from registrations.imports import guess
from registrations.imports.guess import Choices
from registrations.imports.table import MOST_BYTES, Table
from staff.roles import agencies_of

_LABELS = {
    "id": ("Number of the row", "Tells each row from every other, and stays the same in the next list."),
    "group": ("Number of the site", "Rows with the same text here are cameras of one registration."),
    "longitude": ("Longitude, or x", ""),
    "latitude": ("Latitude, or y", ""),
    "name": ("Name", ""),
    "phone": ("Phone", ""),
    "email": ("E-mail", ""),
    "address": ("Address", ""),
    "unit": ("Unit", ""),
    "access_notes": ("Access notes", ""),
    "recorder": ("Recorder", ""),
    "preferred_way": ("Preferred way", ""),
    "preferred_time": ("Preferred time", ""),
    "who_can_export": ("Who can export", ""),
    "premises": ("Kind of place", ""),
    "consent_on": ("Date of consent", "A row without it is stored unconfirmed and waits for its signed form."),
    "mount": ("Inside or outside", ""),
    "camera_type": ("Type of camera", ""),
    "area_viewed": ("What it sees", ""),
    "direction_deg": ("Direction", "Degrees, or N, NE, E, ..."),
    "field_of_view_deg": ("Field of view, degrees", ""),
    "range_m": ("Range, metres", ""),
    "retention_hours": ("How long footage is kept", ""),
    "recording": ("Recording", ""),
    "resolution": ("Resolution", ""),
    "night_vision": ("Night vision", ""),
    "audio": ("Audio", ""),
}
_SETTINGS = {
    "crs": "latitude",
    "date_format": "consent_on",
    "consent_version": "consent_on",
    "area_separator": "area_viewed",
    "retention_in_days": "retention_hours",
}
_PARTS = (
    ("The list", "list_name", "id", "group"),
    ("Place", "longitude", "latitude"),
    ("Contact (encrypted, shown in no list)", *guess.CONTACT),
    ("Registration", *guess.REGISTRATION),
    ("Camera", *guess.CAMERA),
)


class SourceForm(forms.Form):
    """Where a list comes from: a CSV file or an ArcGIS layer, for which agency, with a mapping file or without."""

    agency = forms.ModelChoiceField(queryset=None, empty_label=None)
    list_file = forms.FileField(
        label="CSV file",
        required=False,
        allow_empty_file=True,
        help_text=f"With a header in its first line, in UTF-8, at most {MOST_BYTES // 1_000_000} MB and 20,000 rows.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )
    layer_url = forms.CharField(
        label="Or: address of an ArcGIS layer",
        required=False,
        max_length=500,
        help_text="A point layer: https://… /FeatureServer/0",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url"}),
    )
    token = forms.CharField(
        label="Token for the layer, if it needs one",
        required=False,
        max_length=2000,
        help_text="Used now and stored nowhere.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    mapping_file = forms.FileField(
        label="Mapping file (TOML), if you have one",
        required=False,
        allow_empty_file=True,
        help_text="Says which column means what. Without one, you say it on the next page and can keep the answer.",
        widget=forms.FileInput(attrs={"accept": ".toml"}),
    )

    def __init__(self, user: AbstractBaseUser | AnonymousUser, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = agencies_of(user).order_by("name")
        self.fields["agency"].queryset = mine  # type: ignore[attr-defined]
        self.fields["agency"].initial = mine.first()

    def clean_mapping_file(self) -> Any:
        uploaded = self.cleaned_data["mapping_file"]
        if uploaded and uploaded.size > 200_000:
            raise forms.ValidationError("This is too large for a mapping file.")
        return uploaded

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if bool(data.get("list_file")) == bool(data.get("layer_url")) and not {"list_file", "layer_url"} & set(
            self.errors
        ):
            both = "Choose either a CSV file or a layer, not both." if data.get("list_file") else ""
            self.add_error("list_file", both or "Choose a CSV file, or give the address of a layer.")
        return data


class ColumnsForm(forms.Form):
    """Which column means what, filled in with guesses; columns are chosen by number, so no header can break it."""

    list_name = forms.CharField(
        label="Name of the list",
        max_length=120,
        help_text="Importing the list again under the same name changes nothing, or updates what changed in it.",
    )
    crs = forms.RegexField(
        r"(?i)\A(EPSG|ESRI):\d{1,6}\Z",
        label="Coordinate system",
        initial="EPSG:4326",
        help_text="EPSG:4326 is longitude and latitude in degrees.",
        error_messages={"invalid": "Write it like EPSG:4326 or EPSG:2248."},
    )
    date_format = forms.ChoiceField(label="Dates of consent look like", choices=list(guess.DATE_FORMATS.items()))
    consent_version = forms.CharField(label="Name of the form that was signed", required=False, max_length=32)
    area_separator = forms.ChoiceField(
        label="What it sees: several are separated by",
        choices=[(each, each) for each in (",", ";", "/", "|")],
        required=False,
    )
    retention_in_days = forms.ChoiceField(
        label="It is kept for a number of", choices=[("days", "days"), ("hours", "hours")]
    )

    def __init__(self, table: Table, title: str, *args: Any, **kwargs: Any) -> None:
        self._table = table
        guessed = guess.guess_columns(table.header)
        initial = {name: str(table.header.index(column)) for name, column in guessed.items()}
        initial["list_name"] = re.sub(r"[\x00-\x1f\x7f]", "", title)[:120]
        initial["date_format"] = guess.guess_date_format(table.values(guessed.get("consent_on", "")))
        initial["area_separator"] = guess.guess_separator(table.values(guessed.get("area_viewed", "")))
        initial["retention_in_days"] = "hours" if "hour" in guessed.get("retention_hours", "").lower() else "days"
        kwargs["initial"] = {**initial, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        usable = [
            (str(number), f"{number + 1}: {name[:60]}")
            for number, name in enumerate(table.header)
            if name and table.header.count(name) == 1
        ]
        for name, (label, help_text) in _LABELS.items():
            self.fields[name] = forms.ChoiceField(
                label=label, help_text=help_text, required=name == "id", choices=[("", "(not in the list)"), *usable]
            )

    def parts(self) -> Iterator[tuple[str, list[tuple[forms.BoundField, list[forms.BoundField]]]]]:
        """Yield (title, fields), each field with the settings that belong to it."""
        for title, *names in _PARTS:
            yield title, [(self[name], [self[key] for key, of in _SETTINGS.items() if of == name]) for name in names]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if bool(data.get("longitude")) != bool(data.get("latitude")):
            missing = "latitude" if data.get("longitude") else "longitude"
            self.add_error(missing, "A place needs both. Choose this column too, or neither.")
        if not any(data.get(name) for name in guess.CONTACT):
            self.add_error("name", "Choose at least one column of the contact.")
        elif not data.get("longitude") and not data.get("address") and "address" not in self.errors:
            self.add_error("address", "Choose the address, or longitude and latitude: staff must find the place.")
        return data

    def choices(self) -> Choices:
        """Return what was chosen; only after is_valid()."""
        data, header = self.cleaned_data, self._table.header
        return Choices(
            data["list_name"],
            {name: header[int(data[name])] for name in _LABELS if data.get(name)},
            self._table.delimiter,
            data["crs"],
            data["date_format"],
            data["retention_in_days"] == "days",
            data["area_separator"] or ",",
            data["consent_version"],
        )
