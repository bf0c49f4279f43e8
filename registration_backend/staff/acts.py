"""What staff do to a registration, each act and its record in one transaction: both are stored, or neither."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone

from django.contrib.auth.models import User
from django.utils import timezone as clock

from registrations import contacts, lifecycle, links, mail, services
from registrations.contacts import ContactDetails
from registrations.enumerations import LinkPurpose, State, SuspendedBecause
from registrations.models import Registration
from registrations.services import Consent, NotAllowed, SiteDetails
from staff import looks
from staff.models import Act, IdentityCheck, Reason, StaffAct

# What the consent's version says where the words that were agreed to stand on paper.
PAPER_FORM = "paper-form"
# How long the registrant's own pages stay open for staff who change something at a registrant's request.
FORM_OPEN = timedelta(hours=1)
ASKED = (Act.ASKED_BY_LETTER, Act.ASKED_BY_CALL)


@contextmanager
def _all_or_nothing() -> Iterator[None]:
    """Store an act together with its record. Raises NotAllowed for a registration that is gone meanwhile."""
    try:
        with services.both_databases():
            yield
    except Registration.DoesNotExist as error:
        raise NotAllowed("This registration was withdrawn in the meantime.") from error


def publish(user: User, registration: Registration) -> None:
    """Put a checked registration on the map. Raises NotAllowed."""
    with _all_or_nothing():
        services.publish(registration)
        _record(user, registration, Act.PUBLISHED)


def suspend(user: User, registration: Registration) -> None:
    """Take a registration off the map without deleting it. Raises NotAllowed."""
    with _all_or_nothing():
        services.suspend(registration)
        _record(user, registration, Act.SUSPENDED)


def protect(user: User, registration: Registration, protected: bool = True) -> None:
    """Keep a protected address out of every map, or let it back."""
    with _all_or_nothing():
        services.protect(registration, protected)
        _record(user, registration, Act.PROTECTED if protected else Act.UNPROTECTED)


def correct_site(user: User, registration: Registration, site: SiteDetails) -> None:
    """Write where a registration is and what kind of place it is; nothing that stays the same is on record.

    Raises NotAllowed.
    """
    before = registration.site and (registration.site.x, registration.site.y)
    with _all_or_nothing():
        if site.position != before:
            _record(user, registration, Act.PLACED)
        elif site.premises != registration.premises:
            _record(user, registration, Act.CHANGED)
        else:
            return
        services.change(registration, site=site)


def confirm(user: User, registration: Registration, check: IdentityCheck) -> None:
    """Confirm for a registrant whose identity was checked. Raises NotAllowed where it was not."""
    if check == IdentityCheck.NONE_NEEDED:
        raise NotAllowed("Confirming for somebody needs an identity check.")
    with _all_or_nothing():
        services.confirm(registration, clock.now().date())
        _record(user, registration, Act.CONFIRMED, check)


def record_paper_form(user: User, registration: Registration, form_date: date) -> Registration:
    """Note a signed form: consent and confirmation as of its date; what has a pin and waits goes on the map.

    A later consent that is known already stays. Raises NotAllowed.
    """
    given_at = datetime.combine(form_date, datetime.min.time(), timezone.utc)
    with _all_or_nothing():
        registration = Registration.objects.select_for_update().get(pk=registration.pk)
        if registration.consented_at is None or registration.consented_at < given_at:
            services.change(registration, consent=Consent(PAPER_FORM, given_at))
        registration = services.confirm(registration, form_date, paper_form_on=form_date)
        _record(user, registration, Act.PAPER_FORM, IdentityCheck.SIGNED_FORM, form_date)
        if registration.state == State.PENDING and registration.site is not None:
            registration = services.publish(registration)
            _record(user, registration, Act.PUBLISHED, IdentityCheck.SIGNED_FORM, form_date)
    return registration


def change_contact(
    user: User, registration: Registration, contact: ContactDetails, check: IdentityCheck, base: str
) -> None:
    """Replace the contact for its registrant, whose identity was checked; both mailboxes hear of a new address.

    `base` is how this backend is reached from outside. Raises NotAllowed.
    """
    if check == IdentityCheck.NONE_NEEDED:
        raise NotAllowed("Changing somebody's contact needs an identity check.")
    try:
        old_address = contacts.read(registration).email
    except contacts.ContactUnreadable as error:
        raise NotAllowed(str(error)) from error
    with _all_or_nothing():
        registration = services.change(registration, contact=contact)
        _record(user, registration, Act.CHANGED, check)
    if contacts.email_lookup(contact.email) != contacts.email_lookup(old_address):
        if old_address:
            mail.send_notice_of_other_email(registration, old_address)
        unconfirmed = registration.state == State.UNCONFIRMED
        mail.send_link(registration, LinkPurpose.CONFIRM if unconfirmed else LinkPurpose.MANAGE, base)


def open_whole_form(user: User, registration: Registration, check: IdentityCheck) -> str:
    """Return the secret of a visit to the registrant's own pages, for an hour, to change cameras and all the rest.

    It shows the contact, so it is a look at it, on record before the visit exists. Raises NotAllowed without an
    identity check, and looks.LimitReached.
    """
    if check == IdentityCheck.NONE_NEEDED:
        raise NotAllowed("Changing somebody's registration needs an identity check.")
    looks.record(user, {registration.pk: registration.agency_id}, Reason.CORRECT)
    with _all_or_nothing():
        _record(user, registration, Act.CHANGED, check)
        return links.begin_visit(registration, FORM_OPEN)


def withdraw(user: User, registration: Registration, check: IdentityCheck) -> None:
    """Delete a registration for good, as its registrant wants or because nobody's wish is behind it.

    Raises NotAllowed.
    """
    with _all_or_nothing():
        _record(user, registration, Act.WITHDREW, check)
        services.withdraw(registration)


def note_asked(user: User, registration: Registration, how: Act) -> None:
    """Note that somebody without e-mail was asked, by letter or by call, whether the registration is still right.

    From now on it leaves the map in its time, as for everybody. Raises NotAllowed where there is nothing to ask.
    """
    if how not in ASKED:
        raise ValueError("Somebody is asked by letter or by call.")
    today = clock.now().date()
    with _all_or_nothing():
        registration = (
            Registration.objects.select_related("agency").select_for_update(of=("self",)).get(pk=registration.pk)
        )
        if not lifecycle.to_ask(registration.agency, today).filter(pk=registration.pk).exists():
            raise NotAllowed("It does not wait to be asked any more: it was answered, or asked already.")
        lifecycle.note_reminded([registration], today)
        _record(user, registration, how)


def take_back_asked(user: User, registration: Registration) -> None:
    """Undo what staff noted today by mistake. Raises NotAllowed for anything else."""
    now = clock.now()
    midnight = datetime.combine(now.date(), datetime.min.time(), timezone.utc)
    noted = StaffAct.objects.filter(registration_id=registration.pk, act__in=ASKED, done_at__gte=midnight)
    with _all_or_nothing():
        if not noted.exists() or not lifecycle.take_back_reminded(registration, now.date()):
            raise NotAllowed("There is nothing to undo: only what staff noted today can be taken back.")
        _record(user, registration, Act.NOT_ASKED)


def withdraw_unanswered(user: User, registration: Registration) -> None:
    """Delete for good what left the map because nobody answered. Raises NotAllowed for what came back meanwhile."""
    with _all_or_nothing():
        stored = Registration.objects.select_for_update().get(pk=registration.pk)
        if (stored.state, stored.suspended_because) != (State.SUSPENDED, SuspendedBecause.OVERDUE):
            raise NotAllowed("It is not off the map for want of an answer any more.")
        _record(user, stored, Act.UNANSWERED)
        services.withdraw(stored)


def _record(
    user: User,
    registration: Registration,
    act: Act,
    check: IdentityCheck = IdentityCheck.NONE_NEEDED,
    form_date: date | None = None,
) -> None:
    StaffAct.objects.create(
        user=user,
        registration_id=registration.pk,
        agency_id=registration.agency_id,
        act=act,
        identity_check=check,
        form_date=form_date,
    )
