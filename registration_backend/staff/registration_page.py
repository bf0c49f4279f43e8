"""What a registration's page shows beside its fields: its state in words, duplicates, its record, its buttons."""

from __future__ import annotations

from typing import Any

from registrations.models import Contact, Registration
from staff import queue
from staff.buttons import buttons
from staff.duplicates import duplicates
from staff.explain import state_in_words
from staff.models import StaffAct
from staff.roles import Person, agencies_of, verifies

MOST_DUPLICATES = 20
MOST_ACTS = 20


def registration_context(user: Person, registration: Registration) -> dict[str, Any]:
    """Return the parts of the page that this person may see; no contact is among them."""
    lookups = Contact.objects.filter(registration=registration).values_list("email_lookup", flat=True)
    words = {"state_in_words": state_in_words(registration, bool(lookups.first()))}
    if not verifies(user, registration):
        return words
    agencies = agencies_of(user)
    others = duplicates([registration], agencies).get(registration.pk, [])
    waiting = queue.waiting(agencies)
    is_waiting = registration.state in queue.WAITING
    older, newer = queue.neighbours(waiting, registration) if is_waiting else (None, None)
    return {
        **words,
        "is_checked_here": True,
        **buttons(registration),
        "duplicates": others[:MOST_DUPLICATES],
        "more_duplicates": max(0, len(others) - MOST_DUPLICATES),
        "acts": StaffAct.objects.filter(registration_id=registration.pk).select_related("user")[:MOST_ACTS],
        "is_waiting": is_waiting,
        "older": older,
        "newer": newer,
    }
