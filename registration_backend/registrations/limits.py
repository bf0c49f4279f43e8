"""How long a text and how large a number of a registration may be, on the form and in an imported list alike."""

from __future__ import annotations

import math

from django.utils.translation import gettext as _

HOURS_A_DAY = 24

# Characters.
CONTACT_LENGTHS = {
    "name": 120,
    "phone": 40,
    "email": 254,
    "address": 300,
    "unit": 60,
    "access_notes": 500,
    "recorder": 120,
    "preferred_way": 20,
    "preferred_time": 120,
    "who_can_export": 120,
}

OWNERSHIP_NOTE_LENGTH = 500

# Inclusive: metres, degrees, hours (ten years).
NUMBER_RANGES = {
    "range_m": (0.5, 5000.0),
    "field_of_view_deg": (1.0, 360.0),
    "retention_hours": (0.1, 10.0 * 366 * HOURS_A_DAY),
}


class NotANumber(ValueError):
    """The text is not a finite decimal number."""


def parse_number(typed: str) -> float:
    """Return a finite number typed with a decimal point or comma. Raises NotANumber.

    float() alone also takes "nan", "1_0" and the digits of other scripts, which nobody means.
    """
    try:
        number = float(typed.replace(",", ".")) if typed.isascii() and "_" not in typed else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise NotANumber(_("This is not a number."))
    return number
