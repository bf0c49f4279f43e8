"""614 real cameras go in as registrations, come out over HTTP, and every pair near 1,846 real incidents is found."""

from __future__ import annotations

import csv
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from pyproj import Geod

from scripts.backend_process import EmbeddedBackend

from .conftest import Sync

MAPPINGS = Path(__file__).parent / "mappings"
DISTANCE_M = 150.0
BALTIMORE = ("--code", "BPD", "--name", "Baltimore Police Department", "--grid-crs", "EPSG:32618")
CENTRE = ("--longitude=-76.61", "--latitude=39.29")


@pytest.fixture(scope="module")
def imported(backend: EmbeddedBackend, shared_data: Path) -> EmbeddedBackend:
    backend.manage("add_agency", *BALTIMORE, *CENTRE)
    done = import_cameras(backend, shared_data)
    assert "614 created" in done
    return backend


def import_cameras(backend: EmbeddedBackend, shared_data: Path) -> str:
    table = shared_data / "baltimore_cctv_all.csv"
    mapping = MAPPINGS / "baltimore.toml"
    return backend.manage("import_registrations", str(table), "--mapping", str(mapping), "--agency", "BPD").stdout


def stored_cameras(snapshot: Path) -> list[tuple[float, float]]:
    """Return (lon, lat) of a snapshot's points, read without QGIS: a point blob ends in two little-endian doubles."""
    with sqlite3.connect(f"file:{snapshot}?mode=ro", uri=True) as connection:
        blobs = connection.execute("SELECT geom FROM registered_cameras ORDER BY fid").fetchall()
    return [tuple(np.frombuffer(blob[-16:], "<f8")) for (blob,) in blobs]


def test_an_investigators_snapshot_holds_every_camera_where_the_list_says(
    imported: EmbeddedBackend, shared_data: Path, sync: Sync, tmp_path: Path
) -> None:
    with (shared_data / "baltimore_cctv_all.csv").open(encoding="utf-8-sig", newline="") as file:
        listed = sorted((float(row["Longitude"]), float(row["Latitude"])) for row in csv.DictReader(file))
    stored = sorted(stored_cameras(sync(imported, "BPD", "investigator", tmp_path / "snapshots")))
    assert len(stored) == 614
    assert np.allclose(stored, listed, rtol=0, atol=1e-7)


def test_a_second_import_changes_nothing(
    imported: EmbeddedBackend, shared_data: Path, sync: Sync, tmp_path: Path
) -> None:
    before = sync(imported, "BPD", "investigator", tmp_path / "snapshots")
    again = import_cameras(imported, shared_data)
    assert "0 created" in again
    assert "614 unchanged" in again
    assert sync(imported, "BPD", "investigator", tmp_path / "snapshots") == before


def test_every_pair_within_150_m_is_found_and_no_other(
    imported: EmbeddedBackend, shared_data: Path, sync: Sync, tmp_path: Path, provider: None
) -> None:
    import processing
    from qgis.core import QgsVectorLayer

    snapshot = sync(imported, "BPD", "investigator", tmp_path / "snapshots")
    incidents_file = tmp_path / "baltimore_se.gpkg"
    shutil.copyfile(shared_data / "baltimore_se" / "baltimore_se.gpkg", incidents_file)
    incidents = QgsVectorLayer(f"{incidents_file}|layername=incidents", "incidents", "ogr")
    cameras = QgsVectorLayer(f"{snapshot}|layername=registered_cameras", "cameras", "ogr")
    assert incidents.featureCount() == 1846

    parameters = {"INCIDENTS": incidents, "CAMERAS": cameras, "DISTANCE": DISTANCE_M, "OUTPUT": "TEMPORARY_OUTPUT"}
    result = processing.run("cameraregistry:nearbycameras", {**parameters, "KEEP_EMPTY": True})["OUTPUT"]

    incident_rows = [(feature["fid"], feature.geometry().asPoint()) for feature in incidents.getFeatures()]
    camera_rows = [(feature["camera_id"], feature.geometry().asPoint()) for feature in cameras.getFeatures()]
    expected = brute_force(incident_rows, camera_rows)
    found = {
        (row["fid"], row["camera_id"]): (row["distance_m"], row["distance_min_m"], row["distance_max_m"])
        for row in result.getFeatures()
        if row["camera_id"]
    }
    assert found.keys() == expected.keys()
    assert len(expected) > 1000
    for pair, distance in expected.items():
        assert found[pair] == pytest.approx((distance,) * 3, abs=1e-6)
    alone = {row["fid"] for row in result.getFeatures() if not row["camera_id"]}
    assert alone == {fid for fid, _point in incident_rows} - {fid for fid, _camera in expected}


def brute_force(incidents: list, cameras: list) -> dict[tuple[int, str], float]:
    """Return every pair within the distance and its geodesic length: pyproj.Geod over all of them."""
    geod = Geod(ellps="WGS84")
    camera_ids = [camera_id for camera_id, _point in cameras]
    lon = np.array([point.x() for _camera, point in cameras])
    lat = np.array([point.y() for _camera, point in cameras])
    pairs = {}
    for fid, point in incidents:
        distance = geod.inv(np.full(lon.size, point.x()), np.full(lat.size, point.y()), lon, lat)[2]
        pairs.update({(fid, camera_ids[at]): distance[at] for at in np.flatnonzero(distance <= DISTANCE_M)})
    return pairs


def test_the_detroit_list_with_its_byte_order_mark_imports_too(
    imported: EmbeddedBackend, shared_data: Path, sync: Sync, tmp_path: Path
) -> None:
    detroit = ("--code", "DPD", "--name", "Detroit Police Department", "--grid-crs", "EPSG:32617")
    imported.manage("add_agency", *detroit, "--longitude=-83.05", "--latitude=42.35")
    table, mapping = shared_data / "detroit_green_light.csv", MAPPINGS / "detroit.toml"
    done = imported.manage("import_registrations", str(table), "--mapping", str(mapping), "--agency", "DPD").stdout
    assert "766 created" in done
    assert len(stored_cameras(sync(imported, "DPD", "investigator", tmp_path / "snapshots"))) == 766
