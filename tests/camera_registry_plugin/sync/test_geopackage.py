"""The GeoPackage that a sync writes, judged by GDAL's validator, GDAL, QGIS and its own verification."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from osgeo import gdal, ogr
from osgeo_utils.samples import validate_gpkg
from qgis.core import QgsFeatureRequest, QgsRectangle, QgsVectorLayer

from camera_registry_plugin.registry import digest
from camera_registry_plugin.registry.errors import SnapshotError
from camera_registry_plugin.registry.fields import FIELD_NAMES
from camera_registry_plugin.registry.record import CameraRecord, read_feature
from camera_registry_plugin.sync.geopackage import (
    DigestMismatch,
    Expected,
    RefusedRecord,
    SnapshotWriter,
    verify,
)
from tests.camera_registry_plugin.sync.registry_server import feature, new_id


def records(count: int, seed: int = 7) -> list[CameraRecord]:
    chance = random.Random(seed)
    return [read_feature(feature(new_id(chance)), "investigator", "exact") for _ in range(count)]


def expected(rows: list[CameraRecord]) -> Expected:
    total = 0
    for row in rows:
        total = digest.add(total, row.camera_id, row.row_version)
    return Expected(len(rows), digest.to_hex(total))


def written(path: Path, rows: list[CameraRecord]) -> Path:
    writer = SnapshotWriter(path)
    writer.insert(rows[: len(rows) // 2])
    writer.insert(rows[len(rows) // 2 :])
    writer.finish({"source_url": "https://registry.example.org"})
    return path


@pytest.mark.parametrize("count", [0, 1, 60, 3000])
def test_gdals_validator_finds_nothing(count: int, tmp_path: Path) -> None:
    path = written(tmp_path / "cameras.gpkg", records(count))
    validate_gpkg.check(str(path))
    assert verify(path, expected(records(count))) == count


def test_gdal_sees_one_layer_with_the_published_fields_in_order(tmp_path: Path) -> None:
    rows = records(200)
    path = written(tmp_path / "cameras.gpkg", rows)
    source = ogr.Open(str(path))
    assert [source.GetLayer(number).GetName() for number in range(source.GetLayerCount())] == ["registered_cameras"]
    layer = source.GetLayer(0)
    definition = layer.GetLayerDefn()
    names = [definition.GetFieldDefn(number).GetName() for number in range(definition.GetFieldCount())]
    assert tuple(names) == (*FIELD_NAMES, "row_version")
    assert layer.GetFeatureCount() == 200
    lons, lats = [row.lon for row in rows], [row.lat for row in rows]
    assert layer.GetExtent() == (min(lons), max(lons), min(lats), max(lats))
    first = layer.GetNextFeature()
    assert first.GetGeometryRef().ExportToWkt() == f"POINT ({rows[0].lon!r} {rows[0].lat!r})"
    assert first.GetField("updated_on") == "2026/05/09"
    assert first.GetField("range_m") is None
    assert first.GetField("area_viewed") == "street,entrance"


def test_qgis_finds_the_same_cameras_in_a_box_as_a_plain_scan(tmp_path: Path, qgis_app: object) -> None:
    rows = records(2000)
    layer = QgsVectorLayer(str(written(tmp_path / "cameras.gpkg", rows)), "cameras", "ogr")
    box = QgsRectangle(24.9, 60.15, 25.0, 60.2)
    found = {row["camera_id"] for row in layer.getFeatures(QgsFeatureRequest(box))}
    assert found == {row.camera_id for row in rows if box.contains(row.lon, row.lat)}


def test_gdal_can_edit_a_copy_and_its_index_stays_right(tmp_path: Path) -> None:
    path = written(tmp_path / "copy.gpkg", records(500))
    source = gdal.OpenEx(str(path), gdal.OF_UPDATE)
    layer = source.GetLayer(0)
    layer.DeleteFeature(3)
    moved = layer.GetFeature(4)
    moved.SetGeometry(ogr.CreateGeometryFromWkt("POINT (1 2)"))
    layer.SetFeature(moved)
    layer.SetSpatialFilterRect(0.5, 1.5, 1.5, 2.5)
    assert [row.GetFID() for row in layer] == [4]
    del layer, moved, source
    validate_gpkg.check(str(path))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE registered_cameras SET row_version = row_version + 1 WHERE fid = 9",
        "UPDATE registered_cameras SET camera_id = 'x' WHERE fid = 9",
        "INSERT INTO refused_records VALUES ('x', 1, 'y')",
    ],
)
def test_verification_notices_rows_that_are_not_the_servers(damage: str, tmp_path: Path) -> None:
    rows = records(50)
    path = written(tmp_path / "cameras.gpkg", rows)
    with closing(sqlite3.connect(path)) as connection:
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            connection.create_function(name, 1, lambda _: 0)  # the triggers of a GeoPackage call them
        connection.execute(damage)
        connection.commit()
    with pytest.raises(DigestMismatch):
        verify(path, expected(rows))


def test_verification_notices_a_damaged_index(tmp_path: Path) -> None:
    rows = records(200)
    path = written(tmp_path / "cameras.gpkg", rows)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM rtree_registered_cameras_geom_node WHERE nodeno = 3")
        connection.commit()
    with pytest.raises(SnapshotError, match="damaged"):
        verify(path, expected(rows))


def test_verification_counts_refused_records(tmp_path: Path) -> None:
    rows = records(10)
    writer = SnapshotWriter(tmp_path / "cameras.gpkg")
    writer.insert(rows[:9])
    writer.insert_refused([RefusedRecord(rows[9].camera_id, rows[9].row_version, "a reason")])
    writer.finish({})
    assert verify(writer.path, expected(rows)) == 9


def test_a_copy_leaves_out_what_it_is_told_and_numbers_the_rest_anew(tmp_path: Path) -> None:
    rows = records(30)
    old = written(tmp_path / "old.gpkg", rows)
    writer = SnapshotWriter(tmp_path / "new.gpkg")
    writer.copy(old, without_ids={rows[4].camera_id}, without_fids={1, 30})
    writer.finish({})
    kept = [row for number, row in enumerate(rows) if number not in (0, 4, 29)]
    assert verify(writer.path, expected(kept)) == 27
    with closing(sqlite3.connect(writer.path)) as connection:
        stored = connection.execute("SELECT fid, camera_id FROM registered_cameras ORDER BY fid").fetchall()
    assert stored == [(number, row.camera_id) for number, row in enumerate(kept, 1)]


def test_the_file_is_for_this_user_only(tmp_path: Path) -> None:
    assert written(tmp_path / "cameras.gpkg", records(3)).stat().st_mode & 0o077 == 0
