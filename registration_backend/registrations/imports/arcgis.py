"""Reads a point layer of an ArcGIS server as rows with the cells that a mapping file names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from registrations.imports.guarded_server import GuardedServer, ServerRefused
from registrations.imports.mapping import DATES, Mapping, MappingError
from registrations.imports.rows import Cells, ImportRow, ListError, RowReader, RowRefused, check_columns
from registrations.parts import parts

MOST_ROWS = 20_000
IDS_AT_ONCE = 500
LONGITUDE, LATITUDE = "_lon", "_lat"
_LAYER = re.compile(r".*/(?:FeatureServer|MapServer)/\d+/?", re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_GEOMETRIES = {
    "esriGeometryPolygon": "polygons",
    "esriGeometryPolyline": "lines",
    "esriGeometryMultipoint": "groups of points",
    "esriGeometryEnvelope": "rectangles",
    "esriGeometryMultiPatch": "solids",
}

Attributes = dict[str, Any]


@dataclass(frozen=True)
class Layer:
    """A layer that was read whole: its columns and, for each row, the number that the server gave it and its cells."""

    columns: list[str]
    date_columns: frozenset[str]
    rows: list[tuple[int, Attributes]] = field(repr=False)

    def cells(self, mapping: Mapping | None = None) -> Iterator[tuple[int, Cells]]:
        """Yield (object id, cells as text); a date is written in the format by which the mapping will read it."""
        formats = {
            value.column: value.format
            for name, value in (mapping.registration if mapping else {}).items()
            if name in DATES and value.column
        }
        for number, attributes in self.rows:
            yield (
                number,
                {
                    column: _text(attributes.get(column), column in self.date_columns, formats.get(column, "%Y-%m-%d"))
                    for column in self.columns
                },
            )

    def read(self, mapping: Mapping) -> Iterator[tuple[int, ImportRow | RowRefused]]:
        """Yield (object id, checked row or the reason why it is refused). Raises ListError, MappingError."""
        check_columns(mapping, self.columns)
        check_layer_mapping(mapping)
        reader = RowReader(mapping)
        for number, cells in self.cells(mapping):
            yield number, reader.read(number, cells)


def check_layer_mapping(mapping: Mapping) -> None:
    """Raise MappingError where the mapping reads a layer's degrees as something else."""
    position = mapping.position
    uses = position is not None and {position.x, position.y, position.wkt} & {LONGITUDE, LATITUDE}
    if position is not None and uses and (position.x, position.y) != (LONGITUDE, LATITUDE):
        raise MappingError(f'For a layer write [position] x = "{LONGITUDE}" and y = "{LATITUDE}".')
    if position is not None and uses and position.crs.upper() != "EPSG:4326":
        raise MappingError(f'{LONGITUDE} and {LATITUDE} are degrees: write crs = "EPSG:4326", or leave it out.')


def read_layer(address: str, token: str = "") -> Layer:
    """Read every row of the layer at `address`. The token is used for these questions only, and kept nowhere.

    Raises ListError with what to do: an address that must not be asked, a layer without points, an answer that is
    incomplete, too large or in another form than ArcGIS describes.
    """
    if not _LAYER.fullmatch(address.strip()):
        raise ListError("Give the address of one layer: it ends with /FeatureServer/0 or /MapServer/0.")
    try:
        return _read(GuardedServer(address.strip(), token))
    except ServerRefused as error:
        raise ListError(str(error)) from error


def _read(server: GuardedServer) -> Layer:
    about = _ask(server)
    kind = about.get("geometryType")
    if kind not in (None, "", "esriGeometryPoint"):  # not a set: what is no text cannot be looked up in one
        found = _GEOMETRIES.get(kind, "something else") if isinstance(kind, str) else "something else"
        raise ListError(
            f"The layer holds {found}, not points. The centre of an area is no camera's place: publish a point layer."
        )
    fields = _fields(about)
    id_field = next((name for name, type_ in fields.items() if type_ == "esriFieldTypeOID"), None)
    if id_field is None:
        raise ListError("The layer has no object ids, by which its rows could be told apart.")
    count = _ask(server, "/query", where="1=1", returnCountOnly="true").get("count")
    if not _is_whole(count):
        raise ListError("The server does not say how many rows the layer has.")
    if count > MOST_ROWS:
        raise ListError(f"The layer has more than {MOST_ROWS:,} rows. Import it in parts, from CSV files.")
    has_points = bool(kind)
    found = _by_ids(server, id_field, count, has_points) or _by_pages(server, id_field, count, has_points)
    if len(found) < count:
        raise ListError("The server sent fewer rows than it announced. Nothing was imported; please try again.")
    columns = [*fields, *((LONGITUDE, LATITUDE) if has_points else ())]
    dates = frozenset(name for name, type_ in fields.items() if type_ == "esriFieldTypeDate")
    return Layer(columns, dates, sorted(found.items()))


def _by_ids(server: GuardedServer, id_field: str, count: int, has_points: bool) -> dict[int, Attributes]:
    """Return the rows asked for by their object ids, nothing where the server knows no such question."""
    ids = _ask(server, "/query", where="1=1", returnIdsOnly="true").get("objectIds")
    if not isinstance(ids, list):
        return {}
    if not all(_is_whole(each) for each in ids) or len(set(ids)) != len(ids) or len(ids) > MOST_ROWS:
        raise ListError("The layer's object ids are not all different whole numbers, so its rows cannot be told apart.")
    found: dict[int, Attributes] = {}
    waiting = [list(part) for part in parts(sorted(ids), IDS_AT_ONCE)]
    while waiting:
        asked = waiting.pop(0)
        page = _page(server, id_field, has_points, objectIds=",".join(map(str, asked)))
        fresh = {number: page[number] for number in asked if number in page}
        found.update(fresh)
        missing = [number for number in asked if number not in fresh]
        if missing and not fresh:
            raise ListError("The server sent fewer rows than it announced. Nothing was imported; please try again.")
        if missing:  # its own limit is smaller than our part
            waiting.insert(0, missing)
    return found


def _by_pages(server: GuardedServer, id_field: str, count: int, has_points: bool) -> dict[int, Attributes]:
    """Return the rows page by page; the count ends it, since some servers send every row for a page past the end."""
    found: dict[int, Attributes] = {}
    while len(found) < count:
        page = _page(
            server,
            id_field,
            has_points,
            where="1=1",
            resultOffset=len(found),
            resultRecordCount=IDS_AT_ONCE,
            orderByFields=f"{id_field} ASC",
        )
        if not page or set(page) & set(found) or len(found) + len(page) > count:
            raise ListError("The server's pages overlap or end too early. Nothing was imported; please try again.")
        found.update(page)
    return found


def _page(server: GuardedServer, id_field: str, has_points: bool, **question: str | int) -> dict[int, Attributes]:
    answer = _ask(
        server,
        "/query",
        **question,
        outFields="*",
        outSR=4326,
        returnGeometry="true" if has_points else "false",
    )
    reference = answer.get("spatialReference")
    wkid = reference.get("wkid") if isinstance(reference, dict) else None
    if has_points and wkid not in (None, 4326):
        raise ListError("The server answers in another coordinate system than longitude and latitude (EPSG:4326).")
    features = answer.get("features")
    if not isinstance(features, list) or len(features) > MOST_ROWS:
        raise ListError("The server's answer holds no rows. Is this the address of a layer?")
    rows: dict[int, Attributes] = {}
    for feature in features:
        attributes = feature.get("attributes") if isinstance(feature, dict) else None
        number = attributes.get(id_field) if isinstance(attributes, dict) else None
        if not isinstance(attributes, dict) or not _is_whole(number) or number in rows:
            raise ListError("The layer's object ids are not all different whole numbers.")
        geometry = feature.get("geometry")
        point = geometry if isinstance(geometry, dict) else {}
        rows[number] = {**attributes, LONGITUDE: point.get("x"), LATITUDE: point.get("y")}
    return rows


def _ask(server: GuardedServer, path: str = "", **question: str | int) -> dict[str, Any]:
    """Ask, and turn an error, which these servers send with status 200, into a refusal."""
    answer = server.ask(path, **question)
    if "error" in answer:
        error = answer["error"]
        code = error.get("code") if isinstance(error, dict) else None
        if code in (401, 403, 498, 499):
            raise ListError("The server wants a token, or does not accept this one.")
        raise ListError(f"The server refused with code {code}." if _is_whole(code) else "The server refused.")
    return answer


def _fields(about: dict[str, Any]) -> dict[str, str]:
    fields = about.get("fields")
    if not isinstance(fields, list) or not fields or len(fields) > 300:
        raise ListError("The layer has no columns, or more than 300. Is this the address of a layer?")
    found: dict[str, str] = {}
    for each in fields:
        name, type_ = (each.get("name"), each.get("type")) if isinstance(each, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(type_, str) or not name or name in found:
            raise ListError("The layer's columns are not described as ArcGIS describes them.")
        found[name] = type_
    if {LONGITUDE, LATITUDE} & set(found):
        raise ListError(f"The layer has a column of its own called {LONGITUDE} or {LATITUDE}. Rename it.")
    return found


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _text(value: object, is_date: bool, date_format: str) -> str:
    """Return a value as a CSV export would hold it; milliseconds since 1970 as a date in UTC."""
    if value is None or isinstance(value, (dict, list)):
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if is_date:
            try:
                return (_EPOCH + timedelta(milliseconds=value)).strftime(date_format)
            except (OverflowError, ValueError):
                return "no date"
        return str(int(value)) if isinstance(value, float) and value.is_integer() else repr(value)
    return str(value)
