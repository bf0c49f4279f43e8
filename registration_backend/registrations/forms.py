"""The registration form: one site with its contact, and one to a hundred cameras."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registrations import profiles
from registrations.address_pin import GeocodedPinField
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
from registrations.form_fields import (
    PICK_FROM_LIST,
    DirectionField,
    NumberField,
    SafeCharField,
    SafeEmailField,
    choice,
)
from registrations.jurisdictions import place_problem, with_way_out
from registrations.limits import CONTACT_LENGTHS, HOURS_A_DAY, NUMBER_RANGES
from registrations.models import MAX_CAMERAS, Agency
from registrations.positions import InvalidPosition, LonLat, check_position
from registrations.presets import PRESETS
from registrations.services import CameraDetails, SiteDetails

DONT_KNOW = _("Don't know")
PREFERRED_WAYS = [("phone", _("Phone call")), ("text", _("Text message")), ("email", _("E-mail"))]


class RegistrationForm(forms.Form):
    """The site and the contact. Required: a name, a phone or an e-mail, an address or a pin, and consent."""

    name = SafeCharField(
        label=_("Your name"),
        max_length=CONTACT_LENGTHS["name"],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Please type your name.")},
    )
    phone = SafeCharField(
        label=_("Phone"),
        max_length=CONTACT_LENGTHS["phone"],
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    email = SafeEmailField(
        label=_("E-mail"),
        max_length=CONTACT_LENGTHS["email"],
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("This does not look like an e-mail address. Example: name@example.org")},
    )
    address = SafeCharField(
        label=_("Address of the cameras"),
        max_length=CONTACT_LENGTHS["address"],
        required=False,
        help_text=_("Street, number and town."),
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    unit = SafeCharField(
        label=_("Unit, floor or building (optional)"), max_length=CONTACT_LENGTHS["unit"], required=False
    )
    latitude = NumberField(label=_("Latitude (optional)"), smallest=-180, largest=180, help_text=_("Example: 60.1699"))
    longitude = NumberField(
        label=_("Longitude (optional)"), smallest=-180, largest=180, help_text=_("Example: 24.9384")
    )
    geocoded_pin = GeocodedPinField(required=False)
    premises = choice(
        _("What kind of place is it?"),
        [item for item in Premises.choices if item[0] != Premises.OTHER],
        blank=Premises.OTHER.label,
    )
    preferred_way = choice(
        _("How may we reach you?"),
        PREFERRED_WAYS,
        blank=_("Any way"),
    )
    preferred_time = SafeCharField(
        label=_("Best time to reach you"), max_length=CONTACT_LENGTHS["preferred_time"], required=False
    )
    who_can_export = SafeCharField(
        label=_("Who can copy a recording?"), max_length=CONTACT_LENGTHS["who_can_export"], required=False
    )
    recorder = SafeCharField(
        label=_("Make and model of the recorder"), max_length=CONTACT_LENGTHS["recorder"], required=False
    )
    access_notes = SafeCharField(
        label=_("Anything to know before a visit?"),
        max_length=CONTACT_LENGTHS["access_notes"],
        required=False,
        lines=True,
    )
    consent = forms.BooleanField(
        label=_("I have read the promise and agree that my registration is stored."),
        error_messages={"required": _("Please tick this box to register. Without it nothing is stored.")},
    )

    # Not asked where the law lets an agency ask for the place and the contact only.
    BEYOND_MINIMAL = ("premises", "preferred_way", "preferred_time", "who_can_export", "recorder", "access_notes")
    # The id under which the form is on its page, where it can go on to another agency with all that was typed.
    MOVES_AS = "registration"

    def __init__(self, *args: Any, agency: Agency | None = None, known: LonLat | None = None, **kwargs: Any) -> None:
        """`known` is the pin that is stored: where it stays it is not held against an area that came later."""
        super().__init__(*args, **kwargs)
        self.agency, self.known = agency, known
        self.is_minimal = agency is not None and profiles.is_minimal(agency)
        for name in self.BEYOND_MINIMAL if self.is_minimal else ():
            del self.fields[name]

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        if phone and sum(character.isdigit() for character in phone) < 5:
            raise forms.ValidationError(_("This does not look like a phone number. Example: +358 40 1234567"))
        return phone

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("phone") and not data.get("email") and not {"phone", "email"} & set(self.errors):
            self.add_error("phone", _("Please give a phone number or an e-mail address, so that we can reach you."))
        self._clean_place(data)
        return data

    def _clean_place(self, data: dict[str, Any]) -> None:
        longitude, latitude = data.get("longitude"), data.get("latitude")
        if {"longitude", "latitude", "address"} & set(self.errors):
            return
        if longitude is None and latitude is None:
            if not data.get("address"):
                self.add_error("address", _("Please type the address, or set the pin on the map."))
        elif longitude is None or latitude is None:
            missing = "longitude" if longitude is None else "latitude"
            self.add_error(missing, _("A pin needs both latitude and longitude. Fill in both, or clear both."))
        else:
            try:
                data["position"] = check_position(longitude, latitude)
            except InvalidPosition as error:
                self.add_error("latitude", str(error))
                return
            if self.agency is not None and data["position"] != self.known:
                problem = place_problem(self.agency, data["position"])
                if problem:
                    self.add_error("latitude", with_way_out(problem, data["position"], self.MOVES_AS))

    def contact(self) -> ContactDetails:
        """Return what was typed about the registrant; only after is_valid()."""
        names = ContactDetails.__dataclass_fields__
        return ContactDetails(**{name: self.cleaned_data.get(name, "") for name in names})

    def site(self) -> SiteDetails:
        """Return what was typed about the place; only after is_valid()."""
        position = self.cleaned_data.get("position")
        geocoded = position is not None and position == self.cleaned_data.get("geocoded_pin")
        return SiteDetails(
            premises=self.cleaned_data.get("premises") or Premises.OTHER,
            position=position,
            position_source=(PositionSource.GEOCODED if geocoded else PositionSource.OWNER_PLACED)
            if position
            else None,
        )


class CameraForm(forms.Form):
    """One camera; every answer may be left out. `camera_id` is blank for one that is not stored yet."""

    camera_id = forms.UUIDField(required=False, widget=forms.HiddenInput, error_messages={"invalid": PICK_FROM_LIST})
    mount = choice(_("Where is it?"), Mount.choices, blank=DONT_KNOW)
    camera_type = choice(_("What kind of camera?"), CameraType.choices, blank=DONT_KNOW)
    area_viewed = forms.MultipleChoiceField(
        label=_("What does it see? Tick all that apply."),
        choices=AreaViewed.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": PICK_FROM_LIST, "invalid_list": PICK_FROM_LIST},
    )
    direction = DirectionField(
        label=_("Which way does it look?"), help_text=_("N, NE, E, SE, S, SW, W, NW, or degrees from north.")
    )
    recording = choice(
        _("When does it record?"),
        [item for item in Recording.choices if item[0] != Recording.UNKNOWN],
        blank=DONT_KNOW,
    )
    retention = NumberField(
        label=_("Recordings are kept for"),
        smallest=NUMBER_RANGES["retention_hours"][0],
        largest=NUMBER_RANGES["retention_hours"][1],
    )
    retention_unit = choice(_("Days or hours"), [("days", _("days")), ("hours", _("hours"))], initial="days")
    resolution = choice(
        _("How sharp is the picture?"),
        [item for item in Resolution.choices if item[0] != Resolution.UNKNOWN],
        blank=DONT_KNOW,
    )
    night_vision = choice(_("Can it see in the dark?"), YesNoUnknown.choices, initial=YesNoUnknown.UNKNOWN)
    audio = choice(_("Does it record sound?"), YesNoUnknown.choices, initial=YesNoUnknown.UNKNOWN)
    range_m = NumberField(
        label=_("How far does it see, in metres?"),
        smallest=NUMBER_RANGES["range_m"][0],
        largest=NUMBER_RANGES["range_m"][1],
    )
    field_of_view_deg = NumberField(
        label=_("How wide is its view, in degrees?"),
        smallest=NUMBER_RANGES["field_of_view_deg"][0],
        largest=NUMBER_RANGES["field_of_view_deg"][1],
        help_text=_("Many cameras: 70 to 110."),
    )

    # What a preset filled in (see registrations.presets). Read leniently, for nobody types it, and never stored.
    filled = forms.Field(required=False, widget=forms.HiddenInput)

    # Shown at first; the rest lies behind "More about this camera".
    MAIN = ("camera_type", "mount", "area_viewed", "direction", "recording")
    RETENTION = ("retention", "retention_unit")
    HIDDEN = ("camera_id", "filled")

    # True on the page that answers a button with typical answers of this camera.
    filled_in = False

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("retention") is not None and data.get("retention_unit") != "hours":
            data["retention"] *= HOURS_A_DAY
            if data["retention"] > NUMBER_RANGES["retention_hours"][1]:
                self.add_error("retention", _("That is more than ten years. Please check the number and the unit."))
        return data

    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MAIN]

    def more_fields(self) -> list[forms.BoundField]:
        shown = (*self.MAIN, *self.RETENTION, *self.HIDDEN)
        return [field for field in self if field.name not in shown]

    def retention_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.RETENTION]

    def presets(self) -> list[tuple[str, Any]]:
        """Return (code, label) of the kinds of camera that have typical answers."""
        return [(code, CameraType(code).label) for code in PRESETS]

    def more_is_open(self) -> bool:
        """Say whether a field behind "More" has an answer or an error, which must not stay hidden."""
        return any(
            field.errors or str(field.value() or "") not in {"", YesNoUnknown.UNKNOWN.value}
            for field in self.more_fields()
        )

    def details(self) -> CameraDetails:
        """Return what was typed about the camera; only after is_valid()."""
        data = self.cleaned_data
        recording = data["recording"] or Recording.UNKNOWN
        return CameraDetails(
            mount=data["mount"] or None,
            camera_type=data["camera_type"] or None,
            area_viewed=tuple(code for code in AreaViewed.values if code in data["area_viewed"]),
            direction_deg=data["direction"],
            field_of_view_deg=data["field_of_view_deg"],
            range_m=data["range_m"],
            # Nothing is kept of a picture that is only watched.
            retention_hours=None if recording == Recording.LIVE_ONLY else data["retention"],
            recording=recording,
            resolution=data["resolution"] or Resolution.UNKNOWN,
            night_vision=data["night_vision"] or YesNoUnknown.UNKNOWN,
            audio=data["audio"] or YesNoUnknown.UNKNOWN,
        )


class _CameraFormSet(forms.BaseFormSet):
    default_error_messages = {
        "missing_management_form": _("The list of cameras did not arrive whole. Please check it and send it again."),
        "too_many_forms": _("One registration holds at most 100 cameras. Remove some, or register them in two parts."),
    }

    def clean(self) -> None:
        # Not left to min_num: that counts a camera of which nothing is known as no camera.
        if not self.forms:
            raise forms.ValidationError(_("Please add at least one camera."))


CameraFormSet = forms.formset_factory(
    CameraForm,
    formset=_CameraFormSet,
    extra=0,
    min_num=1,
    max_num=MAX_CAMERAS,
    absolute_max=MAX_CAMERAS + 1,
    validate_max=True,
)
CAMERA_PREFIX = "camera"
