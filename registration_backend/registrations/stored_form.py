"""Turns a stored registration back into the form that its registrant changes, and the form into what is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from registrations import services
from registrations.contacts import ContactDetails, keyed_hash
from registrations.enumerations import Premises, Recording, Resolution, State
from registrations.forms import CAMERA_PREFIX, CameraForm, CameraFormSet, RegistrationForm
from registrations.limits import HOURS_A_DAY
from registrations.models import Camera, Contact, Registration
from registrations.services import CameraDetails, SiteDetails

Values = dict[str, Any]


class ChangeForm(RegistrationForm):
    """The registration form without the consent, which was given already and goes on."""

    consent = None
    MOVES_AS = ""


def stored_forms(
    registration: Registration, contact: ContactDetails, cameras: Sequence[Camera]
) -> tuple[ChangeForm, forms.BaseFormSet]:
    """Return the forms filled in with what is stored."""
    site = registration.site
    typed: Values = asdict(contact)
    typed["premises"] = "" if registration.premises == Premises.OTHER else registration.premises
    if site is not None:
        typed |= {"latitude": f"{site.y:.7f}", "longitude": f"{site.x:.7f}"}
    return ChangeForm(initial=typed, agency=registration.agency), CameraFormSet(
        initial=[_camera_values(camera) for camera in cameras], prefix=CAMERA_PREFIX
    )


def fingerprint(registration: Registration) -> str:
    """Return a keyed hash of everything stored of a registration: two forms with the same one saw the same state."""
    row = Registration.objects.filter(pk=registration.pk).values().get()
    # Marks of staff and of time passing do not disturb a registrant who is typing.
    seen = [str(row[name]) for name in ("premises", "site", "site_source")]
    # str of each value: the repr of a point is where it lies in memory.
    seen += [str(value) for camera in registration.cameras.order_by("pk").values() for value in camera.values()]
    contact = Contact.objects.filter(registration=registration).first()
    return keyed_hash("seen", *seen, bytes(contact.ciphertext).hex() if contact else "")


def write(registration: Registration, form: ChangeForm, cameras: Sequence[CameraForm]) -> Registration:
    """Store valid forms as the registration; cameras that are not among them are removed.

    What the form does not ask (a camera's own position, who set the pin) stays while the rest is the same. Raises
    NotAllowed.
    """
    with services.both_databases():
        stored = {camera.pk: camera for camera in registration.cameras.select_for_update()}
        kept = [camera.cleaned_data["camera_id"] for camera in cameras]
        if any(camera_id and n > 1 for camera_id, n in Counter(kept).items()):
            raise services.NotAllowed(_("The list of cameras did not arrive whole. Please check it and send it again."))
        if registration.state == State.PUBLISHED and form.site().position is None:
            raise services.NotAllowed(_("Your registration is on the map, so it needs its pin. Please set it again."))
        return services.change(
            registration,
            site=_site(registration, form),
            contact=form.contact(),
            cameras=[
                (camera_id, _details(camera, stored.get(camera_id)))
                for camera_id, camera in zip(kept, cameras, strict=True)
                if camera_id is None or camera_id not in stored or _differs(camera, stored[camera_id])
            ],
            removed_cameras=set(stored) - set(kept),
        )


def without_lost_cameras(registration: Registration, cameras: Sequence[Values]) -> list[Values]:
    """Return the typed cameras; one that was removed elsewhere meanwhile becomes a new one."""
    stored = {str(pk) for pk in registration.cameras.values_list("pk", flat=True)}
    return [{**typed, "camera_id": typed["camera_id"] if _is_in(typed, stored) else ""} for typed in cameras]


def _is_in(typed: Values, stored: set[str]) -> bool:
    return str(typed.get("camera_id", "")) in stored


def _site(registration: Registration, form: ChangeForm) -> SiteDetails:
    site = form.site()
    before = registration.site and (registration.site.x, registration.site.y)
    return replace(site, position_source=registration.site_source) if site.position == before else site


def _details(form: CameraForm, stored: Camera | None) -> CameraDetails:
    details = form.details()
    if stored is None or stored.position is None:
        return details
    return replace(details, position=(stored.position.x, stored.position.y), position_source=stored.position_source)


def _differs(form: CameraForm, stored: Camera) -> bool:
    """Say whether the registrant changed this camera; an untouched one keeps its date."""
    details = _details(form, stored)
    own = (stored.position.x, stored.position.y) if stored.position is not None else None
    before = {name: getattr(stored, name) for name in asdict(details)} | {"position": own}
    return {**asdict(details), "area_viewed": set(details.area_viewed)} != {
        **before,
        "area_viewed": set(stored.area_viewed),
    }


def _camera_values(camera: Camera) -> Values:
    """Return a stored camera as a person would have typed it."""
    hours = camera.retention_hours
    in_days = hours is not None and hours % HOURS_A_DAY == 0
    return {
        "camera_id": str(camera.pk),
        "mount": camera.mount or "",
        "camera_type": camera.camera_type or "",
        "area_viewed": list(camera.area_viewed),
        "direction": _number(camera.direction_deg),
        "recording": "" if camera.recording == Recording.UNKNOWN else camera.recording,
        "retention": _number(hours / HOURS_A_DAY if hours is not None and in_days else hours),
        "retention_unit": "days" if in_days or hours is None else "hours",
        "resolution": "" if camera.resolution == Resolution.UNKNOWN else camera.resolution,
        "night_vision": camera.night_vision,
        "audio": camera.audio,
        "range_m": _number(camera.range_m),
        "field_of_view_deg": _number(camera.field_of_view_deg),
    }


def _number(value: float | None) -> str:
    """Write a number so that reading it gives the same number again."""
    return "" if value is None else f"{value:.15g}"
