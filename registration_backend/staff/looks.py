"""Opens a contact for a verifier: the look is on record before anything is decrypted, and each day has its limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta, timezone
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone as clock
from django.utils.translation import gettext as _

from registrations import contacts
from registrations.accesses import ContactAccess
from registrations.contacts import ContactDetails
from registrations.models import Registration
from staff.models import Reason, StaffContactView


class LimitReached(Exception):
    """This person has opened as many contacts today as one person may; the message says what to do."""


class Opened(NamedTuple):
    """One registration of a batch and its contact; None where it could not be decrypted."""

    registration: Registration
    contact: ContactDetails | None


def open_contact(user: User, registration: Registration, reason: Reason) -> ContactDetails:
    """Record a look, commit the record, and only then decrypt; a look that cannot be recorded shows nothing.

    Raises LimitReached, and contacts.ContactUnreadable.
    """
    record(user, {registration.pk: registration.agency_id}, reason)
    return contacts.read(registration)


def open_contacts(user: User, registrations: Sequence[Registration], reason: Reason) -> list[Opened]:
    """Record a look at each, commit all the records, and only then decrypt: all of them are opened, or none.

    Raises LimitReached where more are asked for than this person has left today.
    """
    record(user, {each.pk: each.agency_id for each in registrations}, reason)
    return [Opened(registration, _read(registration)) for registration in registrations]


def _read(registration: Registration) -> ContactDetails | None:
    try:
        return contacts.read(registration)
    except contacts.ContactUnreadable:
        return None


def left_today(user: User) -> int:
    """Return how many more contacts this person may open until midnight UTC."""
    return max(0, settings.STAFF_CONTACT_LIMIT_A_DAY - len(_seen_today(user)))


def looks_to_tell(registration: Registration, **_kwargs: Any) -> list[ContactAccess]:
    """Return the looks that the registrant may know of by now, in general words."""
    before = clock.now() - timedelta(days=settings.CONTACT_ACCESS_SHOWN_AFTER_DAYS)
    looks = StaffContactView.objects.filter(registration_id=registration.pk, viewed_at__lte=before)
    by = _("verifier of %(agency)s") % {"agency": registration.agency.name}
    return [ContactAccess(look.viewed_at, by, str(look.get_reason_display())) for look in looks]


def record(user: User, subjects: Mapping[UUID, int], reason: Reason) -> None:
    """Commit the record of a look at what is confidential about each of `subjects`, or at none of them.

    `subjects` are registrations or reports by their ids, each with the id of its agency. Raises LimitReached.
    """
    # Durable: inside another transaction the records could still vanish after the contacts were shown.
    with transaction.atomic(durable=True):
        # Of two windows at once the second waits here, so that they cannot both take the last one.
        User.objects.select_for_update().get(pk=user.pk)
        _check_limit(_seen_today(user), set(subjects))
        for subject, agency_id in subjects.items():
            StaffContactView.objects.create(user=user, registration_id=subject, agency_id=agency_id, reason=reason)


def _check_limit(seen: set[UUID], asked: set[UUID]) -> None:
    limit = settings.STAFF_CONTACT_LIMIT_A_DAY
    new = len(asked - seen)
    if not new or len(seen) + new <= limit:
        return
    left = max(0, limit - len(seen))
    wanted = "" if left == 0 else f" You asked for {new} more, and {left} {'is' if left == 1 else 'are'} left."
    raise LimitReached(
        f"You have opened {len(seen)} contacts today, and {limit} a day is the limit.{wanted} Go on tomorrow, or ask "
        "a colleague. Contacts that you opened today can be opened again."
    )


def _seen_today(user: User) -> set[UUID]:
    midnight = datetime.combine(clock.now().date(), time.min, timezone.utc)
    looks = StaffContactView.objects.filter(user=user, viewed_at__gte=midnight)
    return set(looks.order_by().values_list("registration_id", flat=True).distinct())
