"""The forms of what staff do for a registrant: confirm, record a signed form, change the contact, withdraw."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from registrations.form_fields import PICK_FROM_LIST
from registrations.forms import RegistrationForm
from registrations.models import Registration
from staff.models import IdentityCheck, Reason

FIRST_FORM = date(2000, 1, 1)
_CHECKS = [choice for choice in IdentityCheck.choices if choice[0] != IdentityCheck.NONE_NEEDED]
_NOBODYS_WISH = (IdentityCheck.NONE_NEEDED, "Nobody asked: it is a duplicate, a test or a joke")


def _choice(label: str, choices: list[tuple[str, Any]], required: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=[("", "Choose…"), *choices],
        error_messages={"required": required, "invalid_choice": PICK_FROM_LIST},
    )


class ReasonForm(forms.Form):
    """Why a contact is opened."""

    reason = _choice("Why do you need the contact?", Reason.choices, "Choose why you need the contact.")


class IdentityForm(forms.Form):
    """How staff know that they deal with the registrant."""

    identity_check = _choice(
        "How did you check who is asking?", _CHECKS, "Choose how you made sure that this is the registrant."
    )


class WithdrawalForm(forms.Form):
    """The same before a withdrawal, which also ends what nobody asked for."""

    identity_check = _choice(
        "How did you check who is asking?",
        [*_CHECKS, _NOBODYS_WISH],
        "Choose how you made sure that this is the registrant's wish.",
    )


class PaperForm(forms.Form):
    """The date that a registrant wrote on a signed form."""

    form_date = forms.DateField(
        label="Date on the signed form",
        widget=forms.DateInput(attrs={"type": "date", "min": FIRST_FORM.isoformat()}, format="%Y-%m-%d"),
        error_messages={
            "required": "Type the date that is written on the form.",
            "invalid": "This is no date. Example: 2026-03-31",
        },
    )

    def clean_form_date(self) -> date:
        day: date = self.cleaned_data["form_date"]
        if day > timezone.now().date():
            raise forms.ValidationError("This date lies in the future. Type the date that is written on the form.")
        if day < FIRST_FORM:
            raise forms.ValidationError("This date lies before the year 2000. Type the date written on the form.")
        return day


class ContactForm(RegistrationForm):
    """The registrant's contact as the registration form asks for it, without place, consent and cameras."""

    latitude = None
    longitude = None
    premises = None
    consent = None
    identity_check = _choice(
        "How did you check who is asking?", _CHECKS, "Choose how you made sure that this is the registrant."
    )

    _LABELS = {
        "name": "Name",
        "preferred_way": "Wants to be reached by",
        "preferred_time": "Best time",
        "who_can_export": "Who can copy a recording",
        "recorder": "Make and model of the recorder",
        "access_notes": "To know before a visit",
    }

    def __init__(self, registration: Registration, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._has_pin = registration.site is not None
        for name, label in self._LABELS.items():
            self.fields[name].label = label
        self.fields["name"].error_messages["required"] = "Type the registrant's name."
        for field in self.fields.values():
            # These are somebody else's: the browser of the office should neither fill them in nor keep them.
            field.widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        # Not the form's own rules: whoever signed on paper may be reached by letter alone.
        data: dict[str, Any] = forms.Form.clean(self) or self.cleaned_data
        if not self._has_pin and not data.get("address") and "address" not in self.errors:
            self.add_error("address", "There is no pin, so the address is needed to place the registration.")
        ways = ("phone", "email", "address")
        if not any(data.get(way) for way in ways) and not set(ways) & set(self.errors):
            self.add_error("phone", "Give at least one way to reach the registrant: phone, e-mail or address.")
        return data
