"""Areas come from any GIS file whole or not at all, and say which agency a place belongs to through an index."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest
from django.contrib.gis.geos import MultiPolygon
from django.core.management import CommandError, call_command
from django.db import connection, reset_queries
from osgeo import ogr, osr

from registrations import jurisdiction_files, jurisdictions
from registrations.models import Jurisdiction
from registrations.services import SiteDetails
from registrations.spatial_index import ensure_index

from .areas import EAST_OF_IT, feature, make_area, ring, square, write_geojson
from .factories import HELSINKI, make_agency, make_registration

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
BALTIMORE = (-76.61, 39.29)
SMALL = ring((24.0, 60.0), (25.0, 60.0), (25.0, 61.0), (24.0, 61.0))


@pytest.fixture(autouse=True)
def agency():
    return make_agency()


def write_with_gdal(path: Path, driver: str, epsg: int, centre=BALTIMORE, *, z: bool = False) -> Path:
    """Write two squares side by side around `centre`, in the coordinate system `epsg`, x first as every GIS does."""
    target, degrees = osr.SpatialReference(), osr.SpatialReference()
    target.ImportFromEPSG(epsg)
    degrees.ImportFromEPSG(4326)
    for each in (target, degrees):
        each.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    source = ogr.GetDriverByName(driver).CreateDataSource(str(path))
    layer = source.CreateLayer("areas", target, ogr.wkbPolygon25D if z else ogr.wkbPolygon)
    layer.CreateField(ogr.FieldDefn("DISTRICT", ogr.OFTString))
    for name, shift in (("West", -0.1), ("East", 0.1)):
        shape = ogr.CreateGeometryFromWkt(square((centre[0] + shift, centre[1])).wkt)
        shape.Transform(osr.CoordinateTransformation(degrees, target))
        if z:
            shape.Set3D(True)
        row = ogr.Feature(layer.GetLayerDefn())
        row.SetField("DISTRICT", name)
        row.SetGeometry(shape)
        layer.CreateFeature(row)
    return path


@pytest.mark.parametrize(
    ("name", "driver", "epsg", "z"),
    [
        ("a.gpkg", "GPKG", 2248, False),  # feet
        ("a.gpkg", "GPKG", 4326, True),
        ("a.gpkg", "GPKG", 32618, False),
        ("a.shp", "ESRI Shapefile", 2248, True),
        ("a.shp", "ESRI Shapefile", 4326, False),
        ("a.geojson", "GeoJSON", 4326, False),
    ],
)
def test_polygons_of_any_format_and_coordinate_system_end_in_degrees_with_longitude_first(
    agency, tmp_path, capsys, name, driver, epsg, z
):
    call_command("import_jurisdictions", write_with_gdal(tmp_path / name, driver, epsg, z=z), agency="HEL")
    assert capsys.readouterr().out == "2 areas of HEL stored\n"
    east = Jurisdiction.objects.get(name="East").area
    assert (east.geom_type, east.srid, east.hasz) == ("MultiPolygon", 4326, False)
    assert east.extent == pytest.approx((-76.61, 39.19, -76.41, 39.39), abs=1e-6)
    assert jurisdictions.responsible(agency, BALTIMORE)
    assert not jurisdictions.responsible(agency, (BALTIMORE[1], BALTIMORE[0]))


def test_a_shapefile_may_come_in_a_zip_file(agency, tmp_path):
    write_with_gdal(tmp_path / "a.shp", "ESRI Shapefile", 2248)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for part in tmp_path.glob("a.*"):
            if part.suffix != ".zip":
                archive.write(part, f"../../folder/{part.name}")
    assert jurisdiction_files.import_jurisdictions(agency, tmp_path / "a.zip") == 2
    assert {one.name for one in tmp_path.parent.parent.glob("*")}.isdisjoint({"folder"})


@pytest.mark.parametrize(
    ("features", "reason"),
    [
        ([], "0 features"),
        ([feature(SMALL, name="A"), feature(None, name="B")], "Feature 2 has no readable polygon"),
        ([feature({"type": "Point", "coordinates": [24, 60]}, name="A")], "Feature 1 is not a polygon"),
        ([feature(ring((24, 60), (25, 61), (24, 60)), name="A")], "Feature 1 is not a polygon"),
        ([feature({"type": "Polygon", "coordinates": []}, name="A")], "Feature 1 "),
        ([feature(ring((24, 60), (25, 60), (25, float("nan"))), name="A")], "Feature 1 "),
        ([feature(ring((2e5, 6e6), (3e5, 6e6), (3e5, 7e6)), name="A")], "Feature 1 lies outside the world"),
        ([feature(SMALL, name="A"), feature(SMALL, name="A")], "Features 1 and 2 have the same name"),
        ([feature(SMALL, name="A"), feature(SMALL, name=" ")], "Feature 2 has no name"),
        ([feature(SMALL, name="a\u202eb")], "The name of feature 1 cannot be used"),
        ([feature(SMALL, name="x" * 121)], "The name of feature 1 cannot be used"),
    ],
)
def test_a_bad_feature_is_named_by_its_number_and_nothing_is_stored(tmp_path, features, reason):
    path = write_geojson(tmp_path / "a.geojson", *features)
    with pytest.raises(CommandError, match=re.escape(reason)):
        call_command("import_jurisdictions", path, agency="HEL")
    assert not Jurisdiction.objects.exists()


def test_a_polygon_that_crosses_itself_is_made_valid(agency, tmp_path):
    bow = ring((24.0, 60.0), (25.0, 61.0), (25.0, 60.0), (24.0, 61.0))
    jurisdiction_files.import_jurisdictions(agency, write_geojson(tmp_path / "a.geojson", feature(bow, name="Bow")))
    area = Jurisdiction.objects.get().area
    assert area.valid
    assert area.area == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no GeoJSON, GeoPackage or Shapefile"),
        (b"name,wkt\n1,POINT(1 2)", "no GeoJSON, GeoPackage or Shapefile"),
        (b"<OGRVRTDataSource><OGRVRTLayer name='a'/></OGRVRTDataSource>", "no GeoJSON, GeoPackage or Shapefile"),
        (b'{ "a": "<OGRVRTDataSource>" }', "damaged"),
        (b'{"type": "FeatureCollection", "features": [', "damaged"),
        (b"SQLite format 3\x00" + b"\x00" * 500, "damaged"),
        (b"\x00\x00\x27\x0a" + b"\x00" * 500, "damaged"),
        (b"PK\x03\x04nonsense", "zip file is damaged"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_one_sentence(tmp_path, content, reason):
    path = tmp_path / "a.geojson"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=reason) as refusal:
        call_command("import_jurisdictions", path, agency="HEL")
    assert str(tmp_path) not in str(refusal.value)


def test_a_file_too_large_or_missing_or_without_that_field_is_refused(tmp_path, monkeypatch):
    path = write_geojson(tmp_path / "a.geojson", feature(SMALL, title="A"))
    with pytest.raises(CommandError, match="It has: title"):
        call_command("import_jurisdictions", path, agency="HEL", name_field="beat")
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_jurisdictions", tmp_path / "none", agency="HEL")
    monkeypatch.setattr(jurisdiction_files, "MOST_BYTES", 10)
    with pytest.raises(CommandError, match="larger than"):
        call_command("import_jurisdictions", path, agency="HEL")
    assert not Jurisdiction.objects.exists()


def test_a_shapefile_without_its_coordinate_system_is_refused(tmp_path):
    path = write_with_gdal(tmp_path / "a.shp", "ESRI Shapefile", 2248)
    (tmp_path / "a.prj").unlink()
    with pytest.raises(CommandError, match="coordinate system"):
        call_command("import_jurisdictions", path, agency="HEL")


def test_replacing_swaps_the_whole_set_or_leaves_it(agency, tmp_path):
    other = make_area(make_agency("VAN"), name="Theirs")
    path = write_geojson(tmp_path / "a.geojson", feature(SMALL, name="A"), feature(SMALL, name="B"))
    jurisdiction_files.import_jurisdictions(agency, path)
    with pytest.raises(jurisdiction_files.AreaFileError, match="Feature 1 has the name of an area"):
        jurisdiction_files.import_jurisdictions(agency, path)
    bad = write_geojson(tmp_path / "b.geojson", feature(SMALL, name="C"), feature(None, name="D"))
    with pytest.raises(jurisdiction_files.AreaFileError):
        jurisdiction_files.import_jurisdictions(agency, bad, replace=True)
    assert sorted(agency.jurisdictions.values_list("name", flat=True)) == ["A", "B"]
    one = write_geojson(tmp_path / "c.geojson", feature(SMALL, name="A"))
    assert jurisdiction_files.import_jurisdictions(agency, one, replace=True) == 1
    assert set(Jurisdiction.objects.values_list("name", flat=True)) == {"A", other.name}


def test_a_place_belongs_to_the_agency_whose_area_holds_it_its_edge_included(agency):
    assert jurisdictions.responsible(agency, EAST_OF_IT), "an agency without polygons takes every place"
    assert jurisdictions.agency_at(HELSINKI) is None
    make_area(agency)
    van = make_agency("VAN")
    make_area(van, EAST_OF_IT)
    assert jurisdictions.responsible(agency, HELSINKI)
    assert jurisdictions.responsible(agency, (HELSINKI[0] + 0.1, HELSINKI[1]))
    assert not jurisdictions.responsible(agency, (HELSINKI[0] + 0.1001, HELSINKI[1]))
    assert not jurisdictions.responsible(agency, EAST_OF_IT)
    assert (jurisdictions.agency_at(HELSINKI), jurisdictions.agency_at(EAST_OF_IT)) == (agency, van)
    make_area(van, HELSINKI, half=5, name="County")
    assert jurisdictions.agency_at(HELSINKI) == agency, "the smaller part is nearer to the matter"


def test_a_registrations_district_is_the_part_of_its_agencys_area_that_it_lies_in(agency):
    make_area(agency, name="Centre")
    make_area(agency, EAST_OF_IT, name="East")
    make_area(make_agency("VAN"), name="Another agency's")
    inside = make_registration(agency).registration
    assert jurisdictions.district_of(inside) == "Centre"
    assert jurisdictions.district_of(make_registration(agency, site=SiteDetails()).registration) == ""
    far = make_registration(agency, site=SiteDetails("other", (10.0, 50.0), "geocoded")).registration
    assert jurisdictions.district_of(far) == ""


def test_a_place_is_looked_up_through_the_spatial_index(agency, settings):
    Jurisdiction.objects.bulk_create(
        Jurisdiction(agency=agency, name=str(n), area=MultiPolygon(square((n % 50, n // 50), 0.2), srid=4326))
        for n in range(2_000)
    )
    settings.DEBUG = True  # keeps the queries
    reset_queries()
    assert jurisdictions.responsible(agency, (7.0, 7.0))
    (query,) = [one["sql"] for one in connection.queries if "jurisdiction" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE registrations_jurisdiction" if connection.vendor == "postgresql" else "SELECT 1")
        explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
        cursor.execute(explain + query.replace("%", "%%"), [])
        plan = " ".join(str(row) for row in cursor.fetchall())
    if connection.vendor == "postgresql":
        assert "registrations_jurisdiction_area" in plan, plan
        assert "Seq Scan on registrations_jurisdiction" not in plan
    else:
        assert "VIRTUAL TABLE INDEX 2" in plan, plan
        assert "SCAN registrations_jurisdiction" not in plan, plan


def test_the_index_is_built_again_where_a_migration_lost_it(agency):
    if connection.vendor != "sqlite":
        pytest.skip("PostGIS keeps its index by itself")
    make_area(agency)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DisableSpatialIndex('registrations_jurisdiction', 'area')")
        cursor.execute("DELETE FROM idx_registrations_jurisdiction_area")
    assert not jurisdictions.responsible(agency, HELSINKI)
    ensure_index("default")
    assert jurisdictions.responsible(agency, HELSINKI)
    make_area(agency, EAST_OF_IT, name="East")
    assert jurisdictions.responsible(agency, EAST_OF_IT)


def test_the_outline_is_simple_and_follows_the_polygons(agency, client):
    address = "/area/HEL.geojson"
    assert client.get(address).status_code == 404
    assert "/area/" not in client.get("/register/?agency=HEL").text
    make_area(agency)
    first = client.get(address)
    assert first["Content-Type"] == "application/geo+json"
    assert len(json.loads(first.content)["coordinates"][0]) == 5
    linked = re.search(r'data-area-url="([^"]+)"', client.get("/register/?agency=HEL").text).group(1)
    assert linked.startswith(f"{address}?")
    # A second part that touches the first makes one outline with it.
    make_area(agency, (HELSINKI[0] + 0.2, HELSINKI[1]), name="Beside")
    second = json.loads(client.get(address).content)
    assert second["type"] == "Polygon"
    assert linked not in client.get("/register/?agency=HEL").text
    assert client.get("/area/hel.geojson").status_code == 404
    assert client.get(f"/area/{'A' * 17}.geojson").status_code == 404
