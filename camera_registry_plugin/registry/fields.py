"""The published fields of a camera and the codes each may hold: the plugin's half of the one allow-list.

The order is that of the wire, of the snapshot and of every exported table. What is not listed here never reaches a
disk, whatever a source sends.
"""

from __future__ import annotations

from typing import NamedTuple

Codes = dict[str, str]  # code on the wire -> words on the screen

UNKNOWN = "unknown"

FINE_PREMISES: Codes = {
    "residence": "Residence",
    "apartment": "Apartment building",
    "business": "Business",
    "school": "School",
    "worship": "Place of worship",
    "nonprofit": "Non-profit",
    "government": "Government",
    "other": "Other",
}
COARSE_PREMISES: Codes = {"residential": "Residential", "non_residential": "Not residential"}
PREMISES: Codes = {**FINE_PREMISES, **COARSE_PREMISES}
# Which coarse code stands for a premises whose kind would single out an address.
COARSE_PREMISES_OF: dict[str, str] = {
    code: "residential" if code in ("residence", "apartment", "residential") else "non_residential" for code in PREMISES
}

MOUNTS: Codes = {
    "exterior": "Outside",
    "interior_facing_out": "Inside, facing out",
    "interior": "Inside",
}
CAMERA_TYPES: Codes = {
    "fixed": "Fixed",
    "dome": "Dome",
    "panning": "Panning",
    "doorbell": "Doorbell",
    "other": "Other",
}
AREAS_VIEWED: Codes = {
    "street": "Street",
    "sidewalk": "Sidewalk",
    "alley": "Alley",
    "parking": "Parking",
    "driveway": "Driveway",
    "entrance": "Entrance",
    "park": "Park",
    "other": "Other",
}
RECORDINGS: Codes = {
    "continuous": "Continuous",
    "motion": "On motion",
    "scheduled": "Scheduled",
    "live_only": "Live only, nothing kept",
    UNKNOWN: "Unknown",
}
RESOLUTIONS: Codes = {
    "below_720p": "Below 720p",
    "720p": "720p",
    "1080p": "1080p",
    "4k": "4K",
    UNKNOWN: "Unknown",
}
YES_NO_UNKNOWN: Codes = {"yes": "Yes", "no": "No", UNKNOWN: "Unknown"}
POSITION_SOURCES: Codes = {
    "geocoded": "Geocoded from the address",
    "owner_placed": "Placed by the owner",
    "staff_verified": "Verified by staff",
}


class Field(NamedTuple):
    """One published field.

    `kind` is "uuid", "agency", "code", "codes" (several codes), "number" or "date". `lowest` and `highest` bound a
    number; `codes` lists what a "code" or "codes" field may hold. `optional` fields may be null.
    """

    name: str
    alias: str
    kind: str
    codes: Codes | None = None
    lowest: float = 0.0
    highest: float = 0.0
    optional: bool = False


FIELDS: tuple[Field, ...] = (
    Field("camera_id", "Camera", "uuid"),
    Field("registration_id", "Registration", "uuid"),
    Field("agency", "Agency", "agency"),
    Field("premises", "Premises", "code", PREMISES),
    Field("mount", "Mounted", "code", MOUNTS, optional=True),
    Field("camera_type", "Camera type", "code", CAMERA_TYPES, optional=True),
    Field("area_viewed", "Area viewed", "codes", AREAS_VIEWED),
    Field("direction_deg", "Direction (degrees)", "number", lowest=0.0, highest=360.0, optional=True),
    Field("field_of_view_deg", "Field of view (degrees)", "number", lowest=0.0, highest=360.0, optional=True),
    Field("range_m", "Range (m)", "number", lowest=0.0, highest=10_000.0, optional=True),
    Field("retention_hours", "Footage kept (hours)", "number", lowest=0.0, highest=87_660.0, optional=True),
    Field("recording", "Recording", "code", RECORDINGS),
    Field("resolution", "Resolution", "code", RESOLUTIONS),
    Field("night_vision", "Night vision", "code", YES_NO_UNKNOWN),
    Field("audio", "Audio", "code", YES_NO_UNKNOWN),
    Field("position_source", "Position from", "code", POSITION_SOURCES, optional=True),
    Field("position_precision_m", "Position precision (m)", "number", lowest=0.0, highest=100_000.0),
    Field("confirmed_on", "Confirmed on", "date", optional=True),
    Field("updated_on", "Updated on", "date", optional=True),
)

FIELD_NAMES: tuple[str, ...] = tuple(field.name for field in FIELDS)
POSITION_OF: dict[str, int] = {name: index for index, name in enumerate(FIELD_NAMES)}
