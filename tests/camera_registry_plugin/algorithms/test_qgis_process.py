"""The algorithms under the real qgis_process, from a profile with the plugin installed as a user has it."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.camera_registry_plugin.desk_factories import LAT, LON, camera, make_snapshot

ROOT = Path(__file__).resolve().parents[3]
# /usr/bin/qgis_process is a wrapper that dies on Debian.
PROGRAM = shutil.which("qgis_process.bin")


@pytest.fixture
def qgis_process(tmp_path):
    if PROGRAM is None:
        pytest.skip("qgis_process.bin is not installed")
    plugins = tmp_path / "config" / "profiles" / "default" / "python" / "plugins"
    target = plugins / "camera_registry_plugin"
    shutil.copytree(ROOT / "camera_registry_plugin", target, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "metadata.txt", target / "metadata.txt")
    environment = {**os.environ, "QGIS_CUSTOM_CONFIG_PATH": str(tmp_path / "config"), "QT_QPA_PLATFORM": "offscreen"}
    # The installed copy must be found, not the tree this test runs from.
    environment.pop("PYTHONPATH", None)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [PROGRAM, *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=180, env=environment, cwd=tmp_path, check=False
        )

    enabled = run("plugins", "enable", "camera_registry_plugin")
    assert enabled.returncode == 0, enabled.stderr
    return run


def test_nearby_cameras_from_files_to_a_file_and_a_bad_distance_in_words(qgis_process, tmp_path):
    snapshot = make_snapshot(tmp_path / "snapshots", [camera(0, LON, LAT + 0.0005), camera(1, LON, LAT + 0.01)])
    incidents = tmp_path / "incidents.csv"
    incidents.write_text(f"number,lon,lat\nA-1,{LON},{LAT}\n", encoding="utf-8")
    source = f"{incidents.as_uri()}?type=csv&xField=lon&yField=lat&crs=EPSG:4326"
    target = tmp_path / "nearby.csv"
    common = [
        f"INCIDENTS=delimitedtext://{source}",
        f"CAMERAS={snapshot.path}|layername=registered_cameras",
        f"OUTPUT={target}",
    ]
    done = qgis_process("run", "cameraregistry:nearbycameras", "--", *common, "DISTANCE=150")
    assert done.returncode == 0, done.stdout + done.stderr
    with target.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["number"], row["rank"], row["premises"]) for row in rows] == [("A-1", "1", "business")]
    assert float(rows[0]["distance_m"]) == pytest.approx(55.7, abs=0.1)
    refused = qgis_process("run", "cameraregistry:nearbycameras", "--", *common, "DISTANCE=60000")
    assert refused.returncode != 0
    assert "above 0 and up to 50,000" in refused.stdout + refused.stderr
