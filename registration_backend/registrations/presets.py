"""Typical answers by kind of camera, for a person who knows what hangs on the wall but not its data sheet.

A value stands here only where nearly all cameras of the kind have it: what is filled in is published as the owner's
answer, so a wrong guess is worse than a blank. How long recordings are kept is never here. It depends on a contract or
a disk and decides whether an officer asks at all: it must be known. Sound is not here either: it is a
setting, which the law of many places wants off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registrations.enumerations import AreaViewed, CameraType, Mount, Recording, Resolution, YesNoUnknown

Answers = Mapping[str, Any]

PRESETS: Mapping[str, Answers] = {
    # Hangs beside the door by definition, and is woken by movement or by the bell. Data sheets of the common makes give
    # 1080 lines or somewhat more, infrared light, and a horizontal view of 140 to 160 degrees: the narrow end is taken.
    CameraType.DOORBELL.value: {
        "mount": Mount.EXTERIOR.value,
        "area_viewed": [AreaViewed.ENTRANCE.value],
        "recording": Recording.MOTION.value,
        "resolution": Resolution.P1080.value,
        "night_vision": YesNoUnknown.YES.value,
        "field_of_view_deg": "140",
    },
    # Lenses of 2.8 mm (about 105 degrees) and 4 mm (about 80) are the usual ones: 90 lies between. Infrared light is
    # built in as a rule. Where it hangs, how it records and how sharp it is differ too much.
    CameraType.FIXED.value: {"night_vision": YesNoUnknown.YES.value, "field_of_view_deg": "90"},
    # Sold with a 2.8 mm lens as a rule, 100 to 110 degrees. Domes hang outside and inside alike.
    CameraType.DOME.value: {"night_vision": YesNoUnknown.YES.value, "field_of_view_deg": "100"},
    # What it sees at one moment depends on its zoom (from some 60 degrees down to 3), so no width is given.
    CameraType.PANNING.value: {"night_vision": YesNoUnknown.YES.value},
}


def fill(typed: Answers, kind: str) -> dict[str, Any]:
    """Return the answers of one camera with `kind` chosen and its typical values where nothing is answered yet.

    What an earlier call filled in and nobody changed since makes room first. `filled` in the answers says what that
    is, as "doorbell mount recording": a page without scripts has no other memory. Raises KeyError for a kind without a
    preset.
    """
    typical = PRESETS[kind]
    own = _without_filled(typed)
    blank = {name: value for name, value in typical.items() if _is_blank(own.get(name))}
    return {**own, **blank, "camera_type": kind, "filled": " ".join([kind, *blank])}


def _without_filled(typed: Answers) -> Answers:
    """Leave out the values that a preset filled in and that still stand as it left them."""
    earlier, *names = str(typed.get("filled", "")).split() or [""]
    typical = PRESETS.get(earlier, {})
    return {
        name: value
        for name, value in typed.items()
        if name not in names or name not in typical or value != typical[name]
    }


def _is_blank(answer: Any) -> bool:
    if isinstance(answer, str):
        return answer.strip() in ("", YesNoUnknown.UNKNOWN.value)
    return not answer
