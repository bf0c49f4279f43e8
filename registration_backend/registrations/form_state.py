"""Adds and removes cameras of a form that is not finished, keeping everything that was typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from registrations import languages
from registrations.forms import CAMERA_PREFIX, CameraForm, CameraFormSet, RegistrationForm
from registrations.models import MAX_CAMERAS

Typed = dict[str, Any]


def is_edit(data: QueryDict) -> bool:
    """Say whether a button was pressed that only adds or removes a camera or switches the language."""
    return any(name in data for name in ("add_camera", "copy_camera", "remove_camera", languages.FIELD))


def edited(
    data: QueryDict, form: type[RegistrationForm] = RegistrationForm
) -> tuple[RegistrationForm, forms.BaseFormSet]:
    """Return the forms as typed, without complaints, after what the button says."""
    cameras = [_typed(CameraForm, data, f"{CAMERA_PREFIX}-{number}-") for number in range(_camera_count(data))]
    if "remove_camera" in data:
        number = data["remove_camera"]
        if number.isdecimal() and int(number[:4]) < len(cameras) and len(cameras) > 1:
            del cameras[int(number[:4])]
    elif {"add_camera", "copy_camera"} & set(data) and len(cameras) < MAX_CAMERAS:
        cameras.append({**cameras[-1], "camera_id": ""} if "copy_camera" in data and cameras else {})
    return (
        form(initial=_typed(form, data, "")),
        CameraFormSet(initial=cameras or [{}], prefix=CAMERA_PREFIX),
    )


def _camera_count(data: QueryDict) -> int:
    typed = data.get(f"{CAMERA_PREFIX}-TOTAL_FORMS", "")
    return min(int(typed), MAX_CAMERAS) if typed.isdecimal() and len(typed) < 5 else 1


def _typed(form: type[forms.Form], data: QueryDict, prefix: str) -> Typed:
    """Return the values as the browser sent them, by field name; what it left out is left out."""
    sent = {name: field.widget.value_from_datadict(data, {}, prefix + name) for name, field in form.base_fields.items()}
    return {name: value for name, value in sent.items() if value is not None}
