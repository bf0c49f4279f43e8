"""Guesses which column of a list means what, and writes the answer as a mapping file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from registrations import enumerations
from registrations.imports.mapping import CODES

# What people call a column; letter case, spacing and punctuation do not matter. The first that fits is taken.
NAMES: dict[str, tuple[str, ...]] = {
    "id": (
        "form no", "form number", "form id", "object id", "objectid", "global id", "row id", "record id", "fid", "id",
        "no", "number",
    ),
    "group": ("site no", "site number", "site id", "site", "group", "registration"),
    "longitude": ("lon", "longitude", "long", "lng", "x", "point x"),
    "latitude": ("lat", "latitude", "y", "point y"),
    "name": ("name", "owner", "owner name", "contact name", "contact", "full name", "business name", "your name"),
    "phone": ("phone", "telephone", "phone number", "tel", "mobile", "cell", "contact phone"),
    "email": ("email", "e mail", "email address", "mail", "contact email"),
    "address": ("address", "street address", "address of the cameras", "street", "location", "site address"),
    "unit": ("unit", "apt", "apartment", "suite", "flat"),
    "access_notes": ("access notes", "access", "notes", "comments", "remarks"),
    "recorder": ("recorder", "dvr", "nvr", "system", "recorder model"),
    "preferred_way": ("preferred way", "contact by", "preferred contact"),
    "preferred_time": ("preferred time", "best time", "time to call"),
    "who_can_export": ("who can export", "export contact"),
    "premises": ("premises", "kind of place", "kind", "property type", "business type", "type of place"),
    "consent_on": ("consent on", "signed on", "consent date", "date signed", "signed", "date", "live date"),
    "mount": ("mount", "mounted", "inside or outside", "interior exterior"),
    "camera_type": ("camera type", "type of camera", "camera kind", "type"),
    "area_viewed": ("area viewed", "sees", "views", "area", "viewing area"),
    "direction_deg": ("direction", "direction deg", "faces", "facing", "bearing", "azimuth", "heading"),
    "field_of_view_deg": ("field of view", "field of view deg", "fov", "angle"),
    "range_m": ("range", "range m", "range in metres", "range in meters"),
    "retention_hours": (
        "retention hours", "retention days", "days kept", "retention", "footage kept", "kept days", "keeps",
        "days of footage",
    ),
    "recording": ("recording", "records", "recording mode"),
    "resolution": ("resolution",),
    "night_vision": ("night vision", "infrared", "ir"),
    "audio": ("audio", "sound", "microphone"),
}  # fmt: skip
CONTACT = (
    "name", "phone", "email", "address", "unit", "access_notes", "recorder", "preferred_way", "preferred_time",
    "who_can_export",
)  # fmt: skip
REGISTRATION = ("premises", "consent_on")
CAMERA = (
    "mount", "camera_type", "area_viewed", "direction_deg", "field_of_view_deg", "range_m", "retention_hours",
    "recording", "resolution", "night_vision", "audio",
)  # fmt: skip
DATE_FORMATS = {
    "%Y-%m-%d": "2025-03-31",
    "%m/%d/%Y": "03/31/2025",
    "%d/%m/%Y": "31/03/2025",
    "%d.%m.%Y": "31.03.2025",
    "%Y/%m/%d": "2025/03/31",
    "%Y-%m-%dT%H:%M:%S": "2025-03-31T14:05:00",
    "%m/%d/%Y %H:%M": "03/31/2025 14:05",
}
_LABELS = {
    "premises": enumerations.Premises,
    "mount": enumerations.Mount,
    "camera_type": enumerations.CameraType,
    "area_viewed": enumerations.AreaViewed,
    "recording": enumerations.Recording,
    "resolution": enumerations.Resolution,
    "night_vision": enumerations.YesNoUnknown,
    "audio": enumerations.YesNoUnknown,
}
_MORE_WORDS = {
    "premises": {
        "home": "residence", "residential": "residence", "single family": "residence", "shop": "business",
        "store": "business", "commercial": "business", "retail": "business", "church": "worship",
        "apartments": "apartment", "non profit": "nonprofit",
    },
    "mount": {"outdoor": "exterior", "outdoors": "exterior", "indoor": "interior", "indoors": "interior"},
    "camera_type": {"bullet": "fixed", "ptz": "panning", "pan": "panning", "ring": "doorbell"},
    "area_viewed": {"road": "street", "pavement": "sidewalk", "door": "entrance", "car park": "parking"},
    "recording": {"always": "continuous", "24 7": "continuous", "continuously": "continuous", "live": "live_only"},
    "resolution": {"hd": "720p", "full hd": "1080p", "uhd": "4k", "1080": "1080p", "720": "720p"},
    "night_vision": {"y": "yes", "n": "no", "true": "yes", "false": "no"},
    "audio": {"y": "yes", "n": "no", "true": "yes", "false": "no"},
}  # fmt: skip


@dataclass(frozen=True)
class Choices:
    """What somebody chose: which column is which field, and how to read it."""

    name: str
    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ","
    crs: str = "EPSG:4326"
    date_format: str = "%Y-%m-%d"
    retention_in_days: bool = True
    area_separator: str = ","
    consent_version: str = ""


def guess_columns(header: Sequence[str]) -> dict[str, str]:
    """Return the column for each field that one can be guessed for; no column twice, none whose name occurs twice."""
    plain = {_plain(name): name for name in header if header.count(name) == 1}
    guessed: dict[str, str] = {}
    for field_name, words in NAMES.items():
        free = (plain[word] for word in words if word in plain and plain[word] not in guessed.values())
        column = next(free, None)
        if column is not None:
            guessed[field_name] = column
    # Layers have their place in two columns of ours.
    return {**guessed, **({"longitude": "_lon", "latitude": "_lat"} if {"_lon", "_lat"} <= set(header) else {})}


def guess_date_format(values: Sequence[str]) -> str:
    """Return the first format that reads every value, the usual one where none does."""
    return next((each for each in DATE_FORMATS if values and all(_reads(value, each) for value in values)), "%Y-%m-%d")


def guess_separator(values: Sequence[str]) -> str:
    """Return what stands between several areas in one cell."""
    return max((",", ";", "/", "|"), key=lambda each: sum(each in value for value in values))


def mapping_toml(choices: Choices, values_of: Callable[[str], Sequence[str]]) -> str:
    """Return the text of the mapping file; `values_of` returns what the list holds in a column.

    Of these values only words for our codes get into the file, so that no contact does.
    """
    columns = choices.columns
    lines = ["[source]", f"name = {_toml(choices.name)}", f"id = {_toml(columns['id'])}"]
    lines += [f"group = {_toml(columns['group'])}"] if "group" in columns else []
    lines += [f"delimiter = {_toml(choices.delimiter)}"] if choices.delimiter != "," else []
    if "longitude" in columns and "latitude" in columns:
        lines += ["", "[position]", f"x = {_toml(columns['longitude'])}", f"y = {_toml(columns['latitude'])}"]
        lines += [f"crs = {_toml(choices.crs)}"]
    for part, names in (("contact", CONTACT), ("registration", REGISTRATION), ("camera", CAMERA)):
        chosen = [name for name in names if name in columns]
        lines += ["", f"[{part}]", *(f"{name} = {_value(name, choices, values_of)}" for name in chosen)]
        if part == "registration" and choices.consent_version:
            lines.append(f"consent_version = {{ constant = {_toml(choices.consent_version)} }}")
    return "\n".join([*lines, ""])


def _value(name: str, choices: Choices, values_of: Callable[[str], Sequence[str]]) -> str:
    column = choices.columns[name]
    more = []
    if name == "consent_on":
        more.append(f"format = {_toml(choices.date_format)}")
    elif name == "retention_hours" and choices.retention_in_days:
        more.append("factor = 24")
    elif name in CODES:
        typed = values_of(column)
        if name == "area_viewed":
            more.append(f"separator = {_toml(choices.area_separator)}")
            typed = [part.strip() for cell in typed for part in cell.split(choices.area_separator)]
        words = _words(name)
        known = {value: words[_plain(value)] for value in sorted(set(typed)) if _plain(value) in words}
        pairs = ", ".join(f"{_toml(value)} = {_toml(code)}" for value, code in known.items())
        more += [f"values = {{ {pairs} }}"] if pairs else []
        rest = next((code for code in ("unknown", "other") if code in CODES[name]), None)
        more += [f"otherwise = {_toml(rest)}"] if rest else []
    return ", ".join([f"{{ column = {_toml(column)}", *more]) + " }" if more else _toml(column)


def _words(name: str) -> dict[str, str]:
    labels = {_plain(str(label)): code for code, label in _LABELS[name].choices}
    return {**_MORE_WORDS.get(name, {}), **labels, **{_plain(code): code for code in CODES[name]}}


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def _reads(value: str, date_format: str) -> bool:
    try:
        datetime.strptime(value, date_format)  # noqa: DTZ007 - only a date is read
    except ValueError:
        return False
    return True


def _toml(text: str) -> str:
    """Return a basic TOML string; whatever is no printable character is escaped."""
    kept = (
        f"\\{character}" if character in '\\"' else character if character.isprintable() else f"\\U{ord(character):08X}"
        for character in text
    )
    return f'"{"".join(kept)}"'
