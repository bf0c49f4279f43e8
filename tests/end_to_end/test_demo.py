"""`make demo` ends with a snapshot, a table and two pictures that show something, and with nothing of a contact."""

from __future__ import annotations

import csv
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from camera_registry_plugin.registry.fields import FIELD_NAMES
from scripts.backend_process import ROOT
from scripts.demo.data import INCIDENT_COUNT
from scripts.demo.files import DemoFiles
from tests import byte_search

RESULT_FIELDS = ["rank", "distance_m", "bearing_deg", "distance_min_m", "distance_max_m"]
# What every contact of the demo's registrants holds, and no file of the demo may.
CONTACT_VALUES = ["Demo registrant", "demo.registrant", "202 555 01", "Demo manager"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make demo` writes, and beside it the backend's own folder, made afresh."""
    made = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "scripts.demo", "--output", str(made / "output"), "--var", str(made / "var")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr + done.stdout
    return made


@pytest.fixture(scope="module")
def files(folder: Path) -> DemoFiles:
    return DemoFiles(folder / "output")


def nearby_rows(files: DemoFiles) -> list[dict[str, str]]:
    with files.nearby.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_has_every_incident_and_the_promised_columns(files: DemoFiles) -> None:
    rows = nearby_rows(files)
    assert len({row["incident_number"] for row in rows}) == INCIDENT_COUNT
    columns = list(rows[0])
    assert columns[-len(RESULT_FIELDS) :] == RESULT_FIELDS
    assert [name for name in columns if name in FIELD_NAMES] == list(FIELD_NAMES)
    found = [row for row in rows if row["camera_id"]]
    assert len(found) > INCIDENT_COUNT
    assert all(0 <= float(row["distance_m"]) <= 150 for row in found)


def test_the_snapshot_holds_the_cameras_of_the_table(files: DemoFiles) -> None:
    with closing(sqlite3.connect(f"file:{files.cameras}?mode=ro", uri=True)) as connection:
        stored = {camera_id for (camera_id,) in connection.execute("SELECT camera_id FROM registered_cameras")}
    assert len(stored) > 200
    assert {row["camera_id"] for row in nearby_rows(files) if row["camera_id"]} <= stored


@pytest.mark.parametrize(("name", "smallest_width"), [("map.png", 1700), ("desk.png", 1600)])
def test_a_picture_shows_streets_cameras_and_circles(files: DemoFiles, name: str, smallest_width: int) -> None:
    picture = gdal.Open(str(files.folder / name)).ReadAsArray()[:3]
    assert picture.shape[2] >= smallest_width
    colours, counts = np.unique(picture.reshape(3, -1).T, axis=0, return_counts=True)
    assert len(colours) > 1000, "a blank or half-drawn picture has few colours"
    # The background, the buildings and the fill of a camera's marker are all there.
    for wanted, share in (((244, 241, 234), 0.02), ((222, 215, 202), 0.005), ((230, 159, 0), 0.0005)):
        near = np.abs(colours.astype(int) - wanted).max(axis=1) <= 4
        assert counts[near].sum() / counts.sum() > share, f"{name} lacks the colour {wanted}"


def test_no_file_of_the_demo_and_no_database_holds_a_contact_in_any_form(folder: Path) -> None:
    assert byte_search.find([folder], CONTACT_VALUES) == []


def test_the_qgis_window_logged_no_python_error(files: DemoFiles) -> None:
    assert not (files.folder / "desk.log").exists(), "the log is kept only when the window failed"
