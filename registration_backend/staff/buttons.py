"""The forms behind the buttons on a registration's pages, and where they lead."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from registrations.models import Registration
from staff.act_forms import IdentityForm, PaperForm, ReasonForm
from staff.models import Reason

_PAGES = ("contact", "change_contact", "whole_form", "confirm", "paper_form", "delete")


def buttons(registration: Registration) -> dict[str, Any]:
    """Return what `staff/for_the_registrant.html` and the form that opens the contact need."""
    return {
        "to": {name: reverse(f"admin:registrations_registration_{name}", args=[registration.pk]) for name in _PAGES},
        # Ids of their own: on one page two of them ask for the same thing.
        "reason_form": ReasonForm(auto_id="open_%s"),
        "confirm_form": IdentityForm(auto_id="confirm_%s"),
        "paper_form": PaperForm(auto_id="paper_%s"),
        "whole_form": IdentityForm(auto_id="whole_%s"),
        "change_form": ReasonForm(auto_id="change_%s", initial={"reason": Reason.CORRECT}),
    }
