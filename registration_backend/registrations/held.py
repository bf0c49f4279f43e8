"""Everything that is held about one registrant, as the file that the registrant may download."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from registrations import contacts, links
from registrations.accesses import accesses
from registrations.details import CameraDetails
from registrations.models import Camera, ImportedRow, Registration


def held(registration: Registration) -> dict[str, Any]:
    """Return what is stored of a registration, readable by people and by programs; positions in EPSG:4326 degrees.

    A contact that cannot be decrypted is null, and `notes` says so.
    """
    notes = [
        "Beside this, keyed hashes of your e-mail address and of your street address are stored, so that both can be "
        "looked up. They cannot be read back, and are deleted with your registration. Another keyed hash of your "
        "address then stays with the day, so that no old list registers you again."
    ]
    try:
        contact: dict[str, str] | None = asdict(contacts.read(registration))
    except contacts.ContactUnreadable:
        contact = None
        notes.append("Your contact is stored but can no longer be read by anyone.")
    if ImportedRow.objects.filter(registration=registration).exists():
        notes.append(
            "Keyed hashes say which rows of an imported list your registration came from, and at which address. When "
            "you delete it, others take their place, so that no old list registers you again."
        )
    return {
        "registration_id": str(registration.pk),
        "agency": registration.agency.name,
        "state": registration.state,
        "how_it_came": registration.origin,
        "premises": registration.premises,
        "pin": _position(registration.site),
        "pin_set_by": registration.site_source,
        "consent": {"wording": registration.consent_version, "given_at": _text(registration.consented_at)},
        "confirmed_on": _text(registration.confirmed_on),
        "email_proved_at": _text(registration.email_confirmed_at),
        "signed_form_on": _text(registration.paper_form_on),
        "reminded_on": _text(registration.reminded_on),
        "suspended_on": _text(registration.suspended_on),
        "suspended_because": registration.suspended_because or None,
        "protected": registration.is_protected,
        "language": registration.language,
        "other_sites": [str(other.pk) for other in links.sites(registration) if other.pk != registration.pk],
        "links": [
            {"for": link.purpose, "made_at": _text(link.created_at), "ends_at": _text(link.expires_at)}
            for link in registration.links.order_by("created_at")
        ],
        "who_saw_the_contact": [
            {"at": _text(access.at), "by": access.by, "reason": access.reason} for access in accesses(registration)
        ],
        "created_at": _text(registration.created_at),
        "updated_on": _text(registration.updated_on),
        "contact": contact,
        "cameras": [
            {"camera_id": str(camera.pk), **_facts(camera), "updated_on": _text(camera.updated_on)}
            for camera in registration.cameras.all()
        ],
        "notes": notes,
    }


def _facts(camera: Camera) -> dict[str, Any]:
    facts = {field.name: getattr(camera, field.name) for field in fields(CameraDetails)}
    return {**facts, "position": _position(camera.position)}


def _position(point: Any) -> dict[str, float] | None:
    return None if point is None else {"latitude": point.y, "longitude": point.x}


def _text(moment: Any) -> str | None:
    return None if moment is None else str(moment.isoformat())
