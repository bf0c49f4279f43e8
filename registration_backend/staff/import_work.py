"""Reads a list that somebody wants to import, says what the import would do, and does it; it shows no contact."""

from __future__ import annotations

import base64
import io
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field, fields
from typing import Any, Union

from pyproj import Geod

from registrations.contacts import ContactDetails
from registrations.enumerations import CameraType, Premises
from registrations.imports.arcgis import LATITUDE, LONGITUDE, Layer
from registrations.imports.mapping import Mapping, parse_mapping
from registrations.imports.missing import find_missing
from registrations.imports.rows import ImportRow, ListError, RowRefused, read_rows
from registrations.imports.table import Table, check_content, look_at
from registrations.imports.writer import ListWriter
from registrations.models import Agency
from registrations.positions import LonLat

MOST_ROWS = 20_000
SHOWN_ROWS = 50
SHOWN_REFUSALS = 500
SHOWN_POINTS = 5_000
FAR_AWAY_M = 300_000.0
_EARTH = Geod(ellps="WGS84")

Rows = list[tuple[int, Union[ImportRow, RowRefused]]]


@dataclass(frozen=True)
class Source:
    """A list as it was uploaded or read from a server; `title` is the file's name without its ending, or a default."""

    content: bytes | None
    layer: Layer | None
    title: str = "Imported list"

    @property
    def place_word(self) -> str:
        """What the number of a row is called."""
        return "Line" if self.layer is None else "Object id"

    def table(self) -> Table:
        """Return header and first rows. Raises ListError."""
        if self.layer is None:
            return look_at(self.content or b"")
        if not self.layer.rows:
            raise ListError("The layer has no rows.")
        sample = [[cells[name] for name in self.layer.columns] for _, cells in self.layer.cells()]
        return Table(self.layer.columns, ",", sample)

    def read(self, mapping: Mapping) -> Rows:
        """Return every row by its number. Raises ListError, MappingError."""
        if self.layer is not None:
            return list(self.layer.read(mapping))
        content = self.content or b""
        check_content(content)
        rows: Rows = []
        for row in read_rows(io.TextIOWrapper(io.BytesIO(content), mapping.encoding, newline=""), mapping):
            rows.append(row)
            if len(rows) > MOST_ROWS:
                raise ListError(f"The list has more than {MOST_ROWS:,} rows. Cut it into parts, or use the command.")
        return rows

    def as_json(self) -> dict[str, Any]:
        """Return plain values for holding."""
        layer = self.layer
        return {
            "title": self.title,
            "content": base64.b64encode(self.content).decode() if self.content is not None else None,
            "layer": [layer.columns, sorted(layer.date_columns), layer.rows] if layer is not None else None,
        }

    @classmethod
    def from_json(cls, held: dict[str, Any]) -> Source:
        """Reverse as_json."""
        content, layer = held["content"], held["layer"]
        return cls(
            base64.b64decode(content) if content is not None else None,
            Layer(layer[0], frozenset(layer[1]), [tuple(row) for row in layer[2]]) if layer is not None else None,
            held["title"],
        )


@dataclass
class Outcome:
    """What an import did, or would do; counts are of rows, those of `waiting` and `sites` of registrations."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    missing: int = 0
    sites: int = 0
    waiting_for_form: int = 0
    waiting_for_pin: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)
    points: list[LonLat] = field(default_factory=list)


def import_rows(
    agency: Agency, mapping_text: str, source: Source, rows: Rows, *, dry_run: bool
) -> Generator[int, None, Outcome]:
    """Import, or with `dry_run` only say what would come of it; yield how many rows are done, return the outcome."""
    mapping = parse_mapping(mapping_text.encode())
    missing = find_missing(agency, mapping.name, (row for _, row in rows))
    writer = ListWriter(agency, mapping.name, dry_run=dry_run)
    good = [row for _, row in rows if isinstance(row, ImportRow)]
    refused = [(line, str(row)) for line, row in rows if not isinstance(row, ImportRow)]
    done = len(refused)
    for count in writer.write_in_parts(good):
        done += count
        yield done
    report = writer.report
    refused_lines = {line for line, _ in report.refused}
    stored = [row for row in writer.accepted if row.line not in refused_lines]
    first = {row.group: row for row in reversed(stored)}.values()
    return Outcome(
        report.created,
        report.updated,
        report.unchanged,
        len(missing.rows),
        len(first),
        sum(row.consent is None for row in first),
        sum(row.site.position is None for row in first),
        sorted(refused + report.refused),
        report.notes,
        _warnings(agency, mapping, good),
        [_shown(row) for row in stored[:SHOWN_ROWS]],
        [row.site.position for row in stored if row.site.position][:SHOWN_POINTS],
    )


def _shown(row: ImportRow) -> dict[str, Any]:
    """Return what the preview shows of a row; of the contact only which parts are given."""
    given = {each.name for each in fields(ContactDetails) if getattr(row.contact, each.name)}
    position, hours = row.site.position, row.camera.retention_hours
    return {
        "line": row.line,
        "place": f"{position[1]:.5f}, {position[0]:.5f}" if position else "",
        "premises": Premises(row.site.premises).label,
        "camera": CameraType(row.camera.camera_type).label if row.camera.camera_type else "",
        "direction": "" if row.camera.direction_deg is None else f"{row.camera.direction_deg:g}°",
        "kept": "" if hours is None else f"{hours / 24:.3g} days",
        "consent": row.consent.given_at.date().isoformat() if row.consent else "",
        "contact": [name in given for name in ("name", "phone", "email", "address")],
        "more": len(given - {"name", "phone", "email", "address"}),
    }


def _warnings(agency: Agency, mapping: Mapping, rows: Iterable[ImportRow]) -> list[str]:
    positions = [row.site.position for row in rows if row.site.position]
    far = [each for each in positions if _distance(agency, each) > FAR_AWAY_M]
    if not far:
        return []
    swapped = [(y, x) for x, y in far if abs(x) <= 90]
    near_when_swapped = sum(_distance(agency, each) <= FAR_AWAY_M for each in swapped)
    kilometres = f"{FAR_AWAY_M / 1000:g} km"
    told = [f"{len(far)} of {len(positions)} positions lie more than {kilometres} from the middle of the agency's map."]
    position = mapping.position
    if near_when_swapped and position is not None and (position.x, position.y) != (LONGITUDE, LATITUDE):
        told.append(
            f"{near_when_swapped} of them would lie near it with longitude and latitude swapped. Are the two columns "
            "mixed up? Go back and choose the other one for each, or swap x and y in the mapping file."
        )
    return told


def _distance(agency: Agency, position: LonLat) -> float:
    return float(_EARTH.inv(agency.map_longitude, agency.map_latitude, *position)[2])
