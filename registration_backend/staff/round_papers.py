"""Makes letters and call lists: each contact in them is a look on record, committed before anything is decrypted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import User

from registrations.contacts import ContactDetails
from registrations.models import Agency, Registration
from registrations.printables.content import Content
from registrations.printables.reminder_letter import Letter, can_be_addressed, letters, reference
from staff import looks
from staff.call_list import LeftOut, call_list, cover_sheet
from staff.models import Act, Reason


@dataclass(frozen=True)
class Paper:
    """A finished file, empty where all were left out, and which registrations are in it."""

    pdf: bytes
    made: list[Registration]
    left_out: list[LeftOut]


def make(user: User, agency: Agency, how: Act, chosen: Sequence[Registration], content: Content, today: date) -> Paper:
    """Open the contacts of `chosen` (from yearly_round.to_ask) and set them as letters, or as a call list.

    Raises looks.LimitReached, and then nothing was opened.
    """
    by_letter = how == Act.ASKED_BY_LETTER
    left_out = [
        LeftOut(reference(one), "It has no postal address. Call instead.")
        for one in chosen
        if by_letter and not one.has_address  # type: ignore[attr-defined]
    ]
    asked = [one for one in chosen if not by_letter or one.has_address]  # type: ignore[attr-defined]
    made = []
    for registration, contact in looks.open_contacts(user, asked, Reason.ROUND):
        problem = _problem(contact, by_letter)
        if contact is None or problem:
            left_out.append(LeftOut(reference(registration), problem))
        else:
            made.append(Letter(registration, contact, registration.cameras_n))  # type: ignore[attr-defined]
    return Paper(_pdf(made, left_out, agency, by_letter, content, today), [one.registration for one in made], left_out)


def _problem(contact: ContactDetails | None, by_letter: bool) -> str:
    if contact is None:
        return "Its contact cannot be read: the key is gone, or the stored bytes were altered."
    if by_letter and not can_be_addressed(contact):
        return "Its name or address has letters that cannot be printed here. Open the contact and write by hand."
    if not by_letter and not contact.phone:
        return "It has no phone number. Write a letter instead."
    return ""


def _pdf(
    made: list[Letter], left_out: list[LeftOut], agency: Agency, by_letter: bool, content: Content, today: date
) -> bytes:
    if not made:
        return b""
    if by_letter:
        return letters(made, agency, content, today, cover_sheet(left_out, content) if left_out else ())
    return call_list(made, left_out, content, today)
