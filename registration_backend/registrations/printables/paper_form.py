"""The questions of the paper form, under the names of the columns that its answers are typed into.

imports/paper_form_mapping.toml turns such a table into registrations.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from registrations.enumerations import AreaViewed, CameraType, Mount, Premises, Recording

# A table row is one camera; what stands above the cameras on the paper is repeated in each row of the same form.
FORM_COLUMNS = ("form_no", "name", "phone", "email", "address", "unit", "premises", "signed_on", "promise_version")
CAMERA_COLUMNS = ("camera_no", "camera_type", "mount", "area_viewed", "direction", "recording", "days_kept")
COLUMNS = (*FORM_COLUMNS, *CAMERA_COLUMNS)
CAMERAS_ON_PAPER = 6

# The answers to choose from; what is left empty is unknown.
CHOICES = {
    "premises": Premises,
    "camera_type": CameraType,
    "mount": Mount,
    "area_viewed": AreaViewed,
    "recording": Recording,
}


def words(column: str) -> list[str]:
    """Return the answers that the form offers for a column, in the language that is active."""
    choices = CHOICES[column]
    return [str(choices(code).label) for code in choices.values if code != Recording.UNKNOWN]


def directions() -> list[str]:
    """Return the eight directions that the form offers, in the language that is active."""
    return _("N NE E SE S SW W NW").split()


def label(column: str) -> str:
    """Return the question of a column, in the language that is active."""
    return {
        "form_no": _("Form no. (staff)"),
        "name": _("Your name"),
        "phone": _("Phone"),
        "email": _("E-mail"),
        "address": _("Address of the cameras (street, number, town)"),
        "unit": _("Unit, floor"),
        "premises": _("Kind of place"),
        "signed_on": _("Date: year, month, day"),
        "promise_version": _("Promise"),
        "camera_no": _("Camera"),
        "camera_type": _("Kind"),
        "mount": _("Where"),
        "area_viewed": _("Sees"),
        "direction": _("Looks towards"),
        "recording": _("Records"),
        "days_kept": _("Days kept"),
    }[column]
