"""The only ways to write a registration: register, change, publish, suspend, withdraw. Each is all or nothing."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from registrations import contacts, keystore
from registrations.contacts import ContactDetails
from registrations.enumerations import Origin, PositionSource, State
from registrations.models import MAX_CAMERAS, Agency, Camera, ImportedRow, Registration
from registrations.positions import LonLat, check_position
from registrations.signals import registration_changed, registration_withdrawn, registrations_changed

TOKEN_BYTES = 32
_waiting: ContextVar[list[Registration] | None] = ContextVar("changes to announce together", default=None)


class NotAllowed(Exception):
    """The change cannot be made; the message says why and what to do."""


@dataclass(frozen=True)
class CameraDetails:
    """What is known of one camera; degrees clockwise from north, metres, hours. None is unknown."""

    mount: str | None = None
    camera_type: str | None = None
    area_viewed: tuple[str, ...] = ()
    direction_deg: float | None = None
    field_of_view_deg: float | None = None
    range_m: float | None = None
    retention_hours: float | None = None
    recording: str = "unknown"
    resolution: str = "unknown"
    night_vision: str = "unknown"
    audio: str = "unknown"
    # (longitude, latitude) in EPSG:4326 where a camera is not at its registration's site.
    position: LonLat | None = None
    position_source: str | None = None


@dataclass(frozen=True)
class SiteDetails:
    """What is known of a site. `position` is (longitude, latitude) in EPSG:4326, or None until staff place it."""

    premises: str = "other"
    position: LonLat | None = None
    position_source: str | None = None


@dataclass(frozen=True)
class Consent:
    """Which wording the registrant agreed to, and when."""

    version: str
    given_at: datetime


@dataclass(frozen=True)
class Registered:
    """A new registration, and the secret of its link; the secret is stored nowhere."""

    registration: Registration
    cameras: list[Camera]
    token: str = field(repr=False)


@contextmanager
def both_databases() -> Iterator[None]:
    """Write registrations and keys in one step; every writer takes them in this order, so none waits in a circle.

    The keys are committed first: should the second commit fail, a contact is unreadable, never readable for longer
    than its registrant wants.
    """
    with transaction.atomic(), transaction.atomic(using="keys"):
        yield


@contextmanager
def announced_together() -> Iterator[None]:
    """Make many writes one transaction, and announce them with one signal at its end; inside another, join it."""
    with both_databases():
        if _waiting.get() is not None:
            yield
            return
        changed: list[Registration] = []
        outer = _waiting.set(changed)
        try:
            yield
        finally:
            _waiting.reset(outer)
        if changed:
            registrations_changed.send(sender=Registration, registrations=changed)


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
) -> Registered:
    """Store a new registration with 1 to 100 cameras; `published` puts it on the map at once.

    Raises NotAllowed for a wrong number of cameras, or when `published` lacks a place or consent.
    """
    if not 1 <= len(cameras) <= MAX_CAMERAS:
        raise NotAllowed(_("A registration has 1 to %(most)d cameras.") % {"most": MAX_CAMERAS})
    token = secrets.token_urlsafe(TOKEN_BYTES)
    today = timezone.now().date()
    registration = Registration(
        agency=agency,
        premises=site.premises,
        site=_point(site.position),
        site_source=site.position_source if site.position else None,
        origin=origin,
        consent_version=consent.version if consent else "",
        consented_at=consent.given_at if consent else None,
        confirmed_on=confirmed_on,
        updated_on=today,
        manage_token_hash=token_hash(token),
    )
    if published:
        _require_publishable(registration)
        registration.state = State.PUBLISHED
    with both_databases():
        registration.save(force_insert=True)
        contacts.write(registration, contact, keystore.create_key(registration.id))
        stored = Camera.objects.bulk_create(
            Camera(registration=registration, number=number, updated_on=today, **_camera_values(camera))
            for number, camera in enumerate(cameras, start=1)
        )
        _announce(registration)
    return Registered(registration, stored, token)


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
            registration.premises = site.premises
            registration.site = _point(site.position)
            registration.site_source = site.position_source if site.position else None
        if consent is not None:
            registration.consent_version, registration.consented_at = consent.version, consent.given_at
        if registration.state == State.PUBLISHED:
            _require_publishable(registration)
        registration.updated_on = today
        registration.save()
        if contact is not None:
            contacts.write(registration, contact, keystore.read_key(registration.id))
        for camera_id, details in cameras or ():
            _write_camera(registration, camera_id, details, today)
        registration.cameras.filter(pk__in=removed_cameras).delete()
        if not 1 <= registration.cameras.count() <= MAX_CAMERAS:
            raise NotAllowed(_("A registration has 1 to %(most)d cameras.") % {"most": MAX_CAMERAS})
        _announce(registration)
    return registration


def place(registration: Registration, position: LonLat) -> Registration:
    """Put the pin where staff found the site, (longitude, latitude) in EPSG:4326. Raises InvalidPosition."""
    return change(
        registration,
        site=SiteDetails(registration.premises, check_position(*position), PositionSource.STAFF_VERIFIED),
    )


def publish(registration: Registration) -> Registration:
    """Put a checked registration on the map. Raises NotAllowed when it has no place or no consent."""
    return _set_state(registration, State.PUBLISHED)


def suspend(registration: Registration) -> Registration:
    """Take a registration off the map without deleting it."""
    return _set_state(registration, State.SUSPENDED)


def withdraw(registration: Registration) -> None:
    """Delete a registration, its cameras and its contact for good, and destroy the key of the contact.

    Withdrawing what is gone already does nothing, so that a second click is no error. Of an imported one a keyed
    hash of the list's row id stays, so that the old list cannot bring it back.
    """
    with both_databases():
        registration_id = registration.pk
        stored = Registration.objects.select_for_update().filter(pk=registration_id).first()
        if stored is not None:
            registration_withdrawn.send(sender=Registration, registration=stored)
            ImportedRow.objects.filter(registration=stored).update(content_hash="")
            stored.delete()
        # Last: when it fails, everything above is undone and the registrant is told so.
        keystore.destroy_key(registration_id)


def token_hash(token: str) -> str:
    """Return the keyed hash under which the secret of a registration's link is stored."""
    return contacts.keyed_hash("manage token", token)


def find_by_token(token: str) -> Registration | None:
    """Return the registration that a secret link belongs to, or None."""
    return Registration.objects.select_related("agency").filter(manage_token_hash=token_hash(token)).first()


def _announce(registration: Registration) -> None:
    waiting = _waiting.get()
    if waiting is None:
        registration_changed.send(sender=Registration, registration=registration)
    else:
        waiting.append(registration)


def _set_state(registration: Registration, state: State) -> Registration:
    with both_databases():
        registration = Registration.objects.select_for_update().get(pk=registration.pk)
        if state == State.PUBLISHED:
            _require_publishable(registration)
        registration.state = state
        registration.updated_on = timezone.now().date()
        registration.save(update_fields=["state", "updated_on"])
        _announce(registration)
    return registration


def _require_publishable(registration: Registration) -> None:
    if registration.site is None:
        raise NotAllowed("This registration has no place yet. Set its pin, then publish it.")
    if registration.consented_at is None:
        raise NotAllowed("The registrant has not consented yet. Ask for consent, then publish the registration.")


def _write_camera(registration: Registration, camera_id: UUID | None, details: CameraDetails, today: date) -> None:
    values = {**_camera_values(details), "updated_on": today}
    if camera_id is None:
        number = (registration.cameras.aggregate(last=Max("number"))["last"] or 0) + 1
        Camera.objects.create(registration=registration, number=number, **values)
    elif not registration.cameras.filter(pk=camera_id).update(**values):
        raise NotAllowed("This camera belongs to another registration.")


def _camera_values(details: CameraDetails) -> dict[str, object]:
    return {
        **asdict(details),
        "area_viewed": list(details.area_viewed),
        "position": _point(details.position),
        "position_source": details.position_source if details.position else None,
    }


def _point(position: LonLat | None) -> Point | None:
    return Point(*check_position(*position), srid=4326) if position else None
