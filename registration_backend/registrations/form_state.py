"""Edits a form that is not finished: its cameras, its pin, the usual answers; everything that was typed is kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict

from registrations import address_pin, languages, profiles
from registrations.forms import CAMERA_PREFIX, CameraForm, CameraFormSet, RegistrationForm
from registrations.models import MAX_CAMERAS, Agency
from registrations.presets import PRESETS, fill

Typed = dict[str, Any]


def is_edit(data: QueryDict) -> bool:
    """Say whether a button was pressed that only edits the form or switches the language or the agency."""
    cameras = ("add_camera", "copy_camera", "remove_camera", "fill_camera")
    return any(name in data for name in (*cameras, "other_agency", languages.FIELD, *address_pin.BUTTONS))


def edited(
    data: QueryDict, agency: Agency, form: type[RegistrationForm] = RegistrationForm
) -> tuple[RegistrationForm, forms.BaseFormSet]:
    """Return the forms as typed, without complaints, after what the button says."""
    cameras = [_typed(CameraForm, data, f"{CAMERA_PREFIX}-{number}-") for number in range(_camera_count(data))]
    filled = None
    if "fill_camera" in data:
        filled = _fill(cameras, data["fill_camera"])
    elif "remove_camera" in data:
        number = _position(data["remove_camera"], cameras)
        if number is not None and len(cameras) > 1:
            del cameras[number]
    elif {"add_camera", "copy_camera"} & set(data) and len(cameras) < MAX_CAMERAS:
        cameras.append({**cameras[-1], "camera_id": ""} if "copy_camera" in data and cameras else {})
    shown = CameraFormSet(initial=cameras or [{}], prefix=CAMERA_PREFIX)
    if filled is not None:
        shown.forms[filled].filled_in = True
    return form(initial=address_pin.with_chosen_pin(_typed(form, data, ""), data), agency=agency), shown


def _fill(cameras: list[Typed], button: str) -> int | None:
    """Fill in the camera that a button such as "0-doorbell" names; return its position, or None if it names none."""
    number, _, kind = button.partition("-")
    position = _position(number, cameras)
    if position is None or kind not in PRESETS:
        return None
    cameras[position] = fill(cameras[position], kind)
    return position


def _position(number: str, cameras: list[Typed]) -> int | None:
    """Return the position in the list that a button names, or None if there is no such camera."""
    return int(number[:4]) if number.isdecimal() and int(number[:4]) < len(cameras) else None


def sent_cameras(agency: Agency, data: QueryDict, kept: Iterable[UUID] = ()) -> forms.BaseFormSet:
    """Return the cameras as the browser sent them; for a minimal form, whatever it sent, those `kept` or a new one.

    Of these nothing is known.
    """
    sent: QueryDict | dict[str, str] = data
    if profiles.is_minimal(agency):
        ids = [str(pk) for pk in kept] or [""]
        sent = {f"{CAMERA_PREFIX}-TOTAL_FORMS": str(len(ids)), f"{CAMERA_PREFIX}-INITIAL_FORMS": "0"}
        sent |= {f"{CAMERA_PREFIX}-{number}-camera_id": pk for number, pk in enumerate(ids)}
    return CameraFormSet(sent, prefix=CAMERA_PREFIX, form_kwargs={"empty_permitted": False})


def _camera_count(data: QueryDict) -> int:
    typed = data.get(f"{CAMERA_PREFIX}-TOTAL_FORMS", "")
    return min(int(typed), MAX_CAMERAS) if typed.isdecimal() and len(typed) < 5 else 1


def _typed(form: type[forms.Form], data: QueryDict, prefix: str) -> Typed:
    """Return the values as the browser sent them, by field name; what it left out is left out."""
    sent = {name: field.widget.value_from_datadict(data, {}, prefix + name) for name, field in form.base_fields.items()}
    return {name: value for name, value in sent.items() if value is not None}
