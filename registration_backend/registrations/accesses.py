"""Who saw a registrant's contact and when: asked of those who keep such records, and shown to the registrant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.dispatch import Signal

from registrations.models import Registration

# Keyword argument `registration`. Receivers return a list of ContactAccess: what the registrant may know by now.
accesses_asked = Signal()


@dataclass(frozen=True)
class ContactAccess:
    """One look at a contact: when (UTC), by whom in general words, and why; never the name of an officer."""

    at: datetime
    by: str
    reason: str


def accesses(registration: Registration) -> list[ContactAccess]:
    """Return every look at this contact that the registrant may know of, newest first."""
    answers = accesses_asked.send(sender=Registration, registration=registration)
    return sorted((access for _receiver, found in answers for access in found), key=lambda one: one.at, reverse=True)
