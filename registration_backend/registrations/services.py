"""The only ways to write a registration: register, change, confirm, publish, suspend, protect, withdraw.

Each is all or nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.contrib.gis.geos import Point
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from registrations import contacts, keystore, marks, profiles
from registrations.contacts import ContactDetails
from registrations.details import CameraDetails, Consent, NotAllowed, SiteDetails
from registrations.enumerations import LinkPurpose, Origin, PositionSource, State, SuspendedBecause
from registrations.erasing import erase
from registrations.models import MAX_CAMERAS, Agency, Camera, Contact, ImportedRow, Registration
from registrations.positions import LonLat, check_position
from registrations.transactions import announce, both_databases, withdraws
from registrations.transactions import announced_together as announced_together  # for those who call services


@dataclass(frozen=True)
class Registered:
    """A new registration with its cameras."""

    registration: Registration
    cameras: list[Camera]


def register(
    agency: Agency,
    origin: Origin,
    site: SiteDetails,
    contact: ContactDetails,
    cameras: Sequence[CameraDetails],
    consent: Consent | None,
    *,
    confirmed_on: date | None = None,
    published: bool = False,
    email_confirmed_at: datetime | None = None,
    registrant_id: UUID | None = None,
    language: str = "en",
) -> Registered:
    """Store a new registration with 1 to 100 cameras; without `confirmed_on` it waits to be confirmed.

    `published` puts it on the map at once, confirmed at the latest by the consent. `registrant_id` is that of the
    registrant's other sites, `language` the one to write to the registrant in. Raises NotAllowed for a wrong number
    of cameras, or when `published` lacks a place or consent.
    """
    if not 1 <= len(cameras) <= MAX_CAMERAS:
        raise NotAllowed(_("A registration has 1 to %(most)d cameras.") % {"most": MAX_CAMERAS})
    today = timezone.now().date()
    if published and consent and confirmed_on is None:
        confirmed_on = consent.given_at.date()
    registration = Registration(
        agency=agency,
        registrant_id=registrant_id or uuid4(),
        language=language,
        state=State.PENDING if confirmed_on else State.UNCONFIRMED,
        premises=profiles.allowed_site(agency, site).premises,
        site=_point(site.position),
        site_source=site.position_source if site.position else None,
        origin=origin,
        consent_version=consent.version if consent else "",
        consented_at=consent.given_at if consent else None,
        confirmed_on=confirmed_on,
        email_confirmed_at=email_confirmed_at,
        updated_on=today,
    )
    if published:
        _require_publishable(registration)
        registration.state = State.PUBLISHED
    with both_databases():
        registration.save(force_insert=True)
        contacts.write(registration, profiles.allowed_contact(agency, contact), keystore.create_key(registration.id))
        stored = Camera.objects.bulk_create(
            Camera(registration=registration, number=number, updated_on=today, **_camera_values(agency, camera))
            for number, camera in enumerate(cameras, start=1)
        )
        announce(registration)
    return Registered(registration, stored)


def change(
    registration: Registration,
    *,
    site: SiteDetails | None = None,
    contact: ContactDetails | None = None,
    cameras: Sequence[tuple[UUID | None, CameraDetails]] | None = None,
    removed_cameras: Collection[UUID] = (),
    consent: Consent | None = None,
) -> Registration:
    """Write what is given and leave the rest as it is; a camera without an id is added.

    Raises NotAllowed for a camera of another registration, for more than 100 or none, or when a published
    registration would lose its place.
    """
    today = timezone.now().date()
    with both_databases():
        registration = Registration.objects.select_for_update().get(pk=registration.pk)
        if site is not None:
            registration.premises = profiles.allowed_site(registration.agency, site).premises
            registration.site = _point(site.position)
            registration.site_source = site.position_source if site.position else None
        if consent is not None:
            registration.consent_version, registration.consented_at = consent.version, consent.given_at
        if registration.state == State.PUBLISHED:
            _require_publishable(registration)
        registration.updated_on = today
        if contact is not None:
            contact = profiles.allowed_contact(registration.agency, contact)
            _forget_proof_of_other_email(registration, contact)
            contacts.write(registration, contact, keystore.read_key(registration.id))
        registration.save()
        for camera_id, details in cameras or ():
            _write_camera(registration, camera_id, details, today)
        if removed_cameras:
            # Otherwise the next list would bring back what its registrant removed.
            gone = ImportedRow.objects.filter(registration=registration, camera__in=removed_cameras)
            marks.leave_rows(registration, list(gone))
            registration.cameras.filter(pk__in=removed_cameras).delete()
        if not 1 <= registration.cameras.count() <= MAX_CAMERAS:
            raise NotAllowed(_("A registration has 1 to %(most)d cameras.") % {"most": MAX_CAMERAS})
        announce(registration)
    return registration


def place(registration: Registration, position: LonLat) -> Registration:
    """Put the pin where staff found the site, (longitude, latitude) in EPSG:4326. Raises InvalidPosition."""
    return change(
        registration,
        site=SiteDetails(registration.premises, check_position(*position), PositionSource.STAFF_VERIFIED),
    )


def confirm(registration: Registration, on: date, *, paper_form_on: date | None = None) -> Registration:
    """Note that the registration was confirmed `on` a day; what left the map for want of it comes back.

    `paper_form_on` is the date on a signed form that staff have before them. An earlier confirmation than the one
    that is known changes no date.
    """
    with both_databases():
        registration = Registration.objects.select_for_update().get(pk=registration.pk)
        registration.confirmed_on = max(on, registration.confirmed_on or on)
        registration.paper_form_on = paper_form_on or registration.paper_form_on
        registration.reminded_on = None
        if registration.state == State.UNCONFIRMED:
            registration.state = State.PENDING
        elif registration.suspended_because == SuspendedBecause.OVERDUE:
            # Staff may have taken its pin away meanwhile: then it waits in their queue.
            _enter(registration, State.PUBLISHED if registration.site else State.PENDING)
        registration.save()
        announce(registration)
    return registration


def publish(registration: Registration) -> Registration:
    """Put a checked registration on the map. Raises NotAllowed without place, consent or confirmation."""
    with both_databases():
        registration = Registration.objects.select_for_update().get(pk=registration.pk)
        _require_publishable(registration)
        _enter(registration, State.PUBLISHED)
        registration.updated_on = timezone.now().date()
        registration.save()
        announce(registration)
    return registration


def suspend(registration: Registration, because: SuspendedBecause = SuspendedBecause.STAFF) -> Registration:
    """Take a registration off the map without deleting it. Raises NotAllowed for one that nobody confirmed yet."""
    with both_databases():
        registration = Registration.objects.select_for_update().get(pk=registration.pk)
        if registration.state == State.UNCONFIRMED:
            raise NotAllowed("Nobody has confirmed this registration yet, so it is on no map.")
        _enter(registration, State.SUSPENDED, because)
        registration.updated_on = timezone.now().date()
        registration.save()
        announce(registration)
    return registration


def protect(registration: Registration, protected: bool = True) -> Registration:
    """Keep a protected address out of every map, feed, count and report, or let it back."""
    with both_databases():
        registration = Registration.objects.select_for_update().get(pk=registration.pk)
        registration.is_protected = protected
        registration.save(update_fields=["is_protected"])
        announce(registration)
    return registration


def withdraw(registration: Registration) -> None:
    """Delete a registration, its cameras and its contact for good, and destroy the key of the contact.

    Withdrawing what is gone already does nothing, so that a second click is no error. Keyed hashes of its address
    and of the ids of its imported rows stay (`registrations.marks`), so that no old list can bring it back, and its
    id stays in the journal, so that no backup can. Raises NotAllowed, with nothing deleted, when that cannot be
    written.
    """
    registration_id = registration.pk
    with both_databases():
        if erase(registration_id):
            withdraws(registration_id)


def remove_imported_camera(row: ImportedRow) -> None:
    """Delete the camera of one imported row and leave a mark for the row; its registration stays.

    Does nothing when the registration was withdrawn meanwhile: its withdrawal left the mark. Raises NotAllowed for
    the last camera.
    """
    with both_databases():
        registration = Registration.objects.select_for_update().filter(pk=row.registration_id).first()
        if registration is not None:
            marks.leave_rows(registration, [row])
            change(registration, removed_cameras=[row.camera_id] if row.camera_id else [])


def _enter(registration: Registration, state: State, because: SuspendedBecause | None = None) -> None:
    registration.state = state
    registration.suspended_on = timezone.now().date() if state == State.SUSPENDED else None
    registration.suspended_because = because or ""


def _forget_proof_of_other_email(registration: Registration, contact: ContactDetails) -> None:
    """Where the e-mail address becomes another, nobody has proved to own it, and links sent to the old one end.

    The registration then leaves its registrant's other sites: whoever reads the new mailbox must not see those.
    """
    known = Contact.objects.filter(registration=registration).values_list("email_lookup", flat=True).first()
    if known != contacts.email_lookup(contact.email):
        registration.email_confirmed_at = None
        registration.registrant_id = uuid4()
        registration.links.exclude(purpose=LinkPurpose.VISIT).delete()


def _require_publishable(registration: Registration) -> None:
    if registration.site is None:
        raise NotAllowed("This registration has no place yet. Set its pin, then publish it.")
    if registration.consented_at is None:
        raise NotAllowed("The registrant has not consented yet. Ask for consent, then publish the registration.")
    if registration.confirmed_on is None:
        raise NotAllowed("The registrant has not confirmed this registration yet, so it cannot be published.")


def _write_camera(registration: Registration, camera_id: UUID | None, details: CameraDetails, today: date) -> None:
    values = {**_camera_values(registration.agency, details), "updated_on": today}
    if camera_id is None:
        number = (registration.cameras.aggregate(last=Max("number"))["last"] or 0) + 1
        Camera.objects.create(registration=registration, number=number, **values)
    elif not registration.cameras.filter(pk=camera_id).update(**values):
        raise NotAllowed("This camera belongs to another registration.")


def _camera_values(agency: Agency, details: CameraDetails) -> dict[str, object]:
    details = profiles.allowed_camera(agency, details)
    return {
        **asdict(details),
        "area_viewed": list(details.area_viewed),
        "position": _point(details.position),
        "position_source": details.position_source if details.position else None,
    }


def _point(position: LonLat | None) -> Point | None:
    return Point(*check_position(*position), srid=4326) if position else None
