"""Deletes a registration with all that belongs to it, and leaves only the marks that keep old lists out."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from registrations import keystore, marks
from registrations.models import Registration
from registrations.signals import registration_withdrawn


def erase(registration_id: UUID, *, on: date | None = None) -> bool:
    """Delete registration, cameras, contact and key inside the caller's transaction; return whether it was there.

    The marks that stay are dated `on`, else today.
    """
    stored = Registration.objects.select_for_update().filter(pk=registration_id).first()
    if stored is not None:
        registration_withdrawn.send(sender=Registration, registration=stored)
        marks.leave(stored, on=on)
        stored.delete()
    # Last: when it fails, everything above is undone and the registrant is told so.
    keystore.destroy_key(registration_id)
    return stored is not None
