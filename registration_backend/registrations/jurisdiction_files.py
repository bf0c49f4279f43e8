"""Loads the polygons of an agency's area from GeoJSON, GeoPackage or Shapefile, all or nothing."""

from __future__ import annotations

import math
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from django.contrib.gis.gdal import CoordTransform, DataSource, GDALException, OGRGeometry, SpatialReference
from django.contrib.gis.geos import GEOSException, GEOSGeometry, MultiPolygon, Polygon
from django.db import transaction

from registrations import text
from registrations.models import Agency, Jurisdiction

MOST_BYTES = 50_000_000
MOST_FEATURES = 5_000
NAME_LENGTH = 120
NAME_FIELDS = ("name", "district", "district_name", "label", "precinct", "beat")
# By the first bytes of the file, not by its name: GDAL has formats that fetch other files and addresses.
_DRIVERS = {"GeoJSON": "GeoJSON", "GPKG": "GeoPackage", "ESRI Shapefile": "Shapefile"}
_SHAPEFILE_PARTS = {".shp", ".shx", ".dbf", ".prj", ".cpg"}


class AreaFileError(Exception):
    """The file cannot be used; one sentence says why, with the number of the feature, and nothing was stored."""


def import_jurisdictions(agency: Agency, path: Path, *, name_field: str = "", replace: bool = False) -> int:
    """Store the polygons of `path` as the area of `agency`, in EPSG:4326, and return how many there are.

    GeoJSON, GeoPackage, Shapefile or a zip file with one Shapefile. `replace` deletes what the agency had.
    Raises AreaFileError, and then stores nothing.
    """
    areas = _read(path, name_field)
    with transaction.atomic():
        before = Jurisdiction.objects.select_for_update().filter(agency=agency)
        if replace:
            before.delete()
        known = set(before.values_list("name", flat=True))
        again = next((number for number, name, _area in areas if name in known), None)
        if again is not None:
            raise AreaFileError(
                f"Feature {again} has the name of an area that {agency.code} has already. Replace the whole set, or "
                "leave this feature out."
            )
        Jurisdiction.objects.bulk_create(Jurisdiction(agency=agency, name=name, area=area) for _n, name, area in areas)
    return len(areas)


def _read(path: Path, name_field: str) -> list[tuple[int, str, MultiPolygon]]:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise AreaFileError(f"The file is larger than {MOST_BYTES // 1_000_000} MB: simplify the polygons first.")
        with path.open("rb") as file:
            start = file.read(512)
    except OSError as error:
        raise AreaFileError(f"The file cannot be read: {error.strerror}.") from error
    with tempfile.TemporaryDirectory() as folder:
        name = _unpacked(path, Path(folder)) if start.startswith(b"PK\x03\x04") else _source(path, start)
        try:
            return _features(name, name_field)
        except (GDALException, GEOSException) as error:
            raise AreaFileError("The file is damaged, or no GeoJSON, GeoPackage or Shapefile.") from error


def _source(path: Path, start: bytes) -> str:
    """Return what GDAL is to open, so that it opens that format and no other."""
    if start.startswith((b"SQLite format 3\x00", b"\x00\x00\x27\x0a")):
        return str(path.resolve())
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return f"GeoJSON:{path.resolve()}"
    raise AreaFileError("This is no GeoJSON, GeoPackage or Shapefile (alone or in a zip file with its other parts).")


def _unpacked(path: Path, folder: Path) -> str:
    """Unpack the parts of one Shapefile, under names of our own, and return its path."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = {PurePosixPath(part.filename).suffix.lower(): part for part in archive.infolist()}
            shapes = [one for one in archive.namelist() if one.lower().endswith(".shp") and "__MACOSX" not in one]
            if len(shapes) != 1:
                raise AreaFileError("The zip file must hold one Shapefile: .shp, .shx, .dbf and .prj.")
            for suffix in _SHAPEFILE_PARTS & set(parts):
                if parts[suffix].file_size > MOST_BYTES:
                    raise AreaFileError(f"The zip file holds more than {MOST_BYTES // 1_000_000} MB.")
                with archive.open(parts[suffix]) as packed:
                    (folder / f"area{suffix}").write_bytes(packed.read(MOST_BYTES))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise AreaFileError("The zip file is damaged or locked with a password.") from error
    return _source(folder / "area.shp", (folder / "area.shp").read_bytes()[:512])


def _features(source: str, name_field: str) -> list[tuple[int, str, MultiPolygon]]:
    opened = DataSource(source)
    if opened.driver.name not in _DRIVERS or len(opened) == 0:
        raise AreaFileError("This is no GeoJSON, GeoPackage or Shapefile with polygons.")
    if len(opened) > 1:
        raise AreaFileError("The file has several layers: keep the one with the polygons of the area.")
    layer = opened[0]
    if not 0 < len(layer) <= MOST_FEATURES:
        raise AreaFileError(f"The file has {len(layer)} features: it must have 1 to {MOST_FEATURES:,}.")
    if layer.srs is None:
        raise AreaFileError("The file does not say its coordinate system (a Shapefile needs its .prj).")
    # From its text: only so is it certain that x comes first, whatever the definition's own order is.
    to_degrees = CoordTransform(SpatialReference(layer.srs.wkt), SpatialReference(4326))
    column = _name_column(list(layer.fields), name_field)
    seen: dict[str, int] = {}
    areas = []
    for number, feature in enumerate(layer, start=1):
        name = _name(feature, column, number)
        if name in seen:
            raise AreaFileError(f"Features {seen[name]} and {number} have the same name: choose another name field.")
        seen[name] = number
        areas.append((number, name, _area(feature, to_degrees, number)))
    return areas


def _name_column(fields: list[str], wanted: str) -> str | None:
    if wanted and wanted not in fields:
        raise AreaFileError(f"The file has no field of that name. It has: {', '.join(fields) or 'no field'}.")
    by_lower = {field.lower(): field for field in reversed(fields)}
    return wanted or next((by_lower[name] for name in NAME_FIELDS if name in by_lower), None)


def _name(feature: Any, column: str | None, number: int) -> str:
    if column is None:
        return f"Area {number}"
    value = feature.get(column)
    try:
        name = text.clean("" if value is None else str(value), NAME_LENGTH)
    except text.UnsafeText as error:
        raise AreaFileError(f"The name of feature {number} cannot be used. {error}") from error
    if not name:
        raise AreaFileError(f"Feature {number} has no name in the field {column}.")
    return name


def _area(feature: Any, to_degrees: CoordTransform, number: int) -> MultiPolygon:
    """Return a feature's polygons in EPSG:4326, valid and in two dimensions."""
    try:
        shape: OGRGeometry = feature.geom
        shape.set_3d(False)
        shape.set_measured(False)
        if not _are_numbers(shape.tuple):
            raise AreaFileError(f"Feature {number} has a coordinate that is not a number.")
        shape.transform(to_degrees)
        area = GEOSGeometry(memoryview(shape.wkb), srid=4326)
        kind = area.geom_type
        if not area.valid:
            area = area.make_valid()
        polygons = list(_polygons(area))
    except (GDALException, GEOSException, AttributeError, TypeError) as error:
        raise AreaFileError(f"Feature {number} has no readable polygon.") from error
    if kind not in ("Polygon", "MultiPolygon") or not polygons:
        raise AreaFileError(f"Feature {number} is not a polygon with an area.")
    whole = MultiPolygon(polygons, srid=4326)
    west, south, east, north = whole.extent
    if not (_are_numbers(whole.coords) and west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise AreaFileError(f"Feature {number} lies outside the world: check the file's coordinate system.")
    return whole


def _polygons(area: GEOSGeometry) -> Iterator[Polygon]:
    if isinstance(area, Polygon):
        if not area.empty and area.area > 0:
            yield area
    elif area.num_geom > 1 or area.geom_type.startswith(("Multi", "Geometry")):
        for part in area:
            if isinstance(part, GEOSGeometry) and part.geom_type not in ("Point", "LineString", "LinearRing"):
                yield from _polygons(part)


def _are_numbers(coordinates: Any) -> bool:
    if isinstance(coordinates, (int, float)):
        return math.isfinite(coordinates)
    return all(_are_numbers(one) for one in coordinates)
