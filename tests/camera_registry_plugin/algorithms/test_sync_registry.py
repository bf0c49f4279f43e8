"""cameraregistry:syncregistry: a thin algorithm over the sync, with one message for each thing that goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback, QgsVectorLayer

from camera_registry_plugin.algorithms.sync_registry import SyncRegistryAlgorithm
from tests.camera_registry_plugin.bridge.conftest import sign_in
from tests.camera_registry_plugin.sync.registry_server import RegistryServer, running

__all__ = ["sign_in"]


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    """A registry with thirty cameras."""
    with running() as running_server:
        running_server.registry.fill(30)
        yield running_server


def run(parameters: dict[str, Any]) -> tuple[dict[str, Any], QgsProcessingFeedback]:
    """Run the algorithm as QGIS does; raises QgsProcessingException."""
    feedback = QgsProcessingFeedback()
    algorithm = SyncRegistryAlgorithm().create({})
    results, ok = algorithm.run(parameters, QgsProcessingContext(), feedback, {}, False)
    assert ok
    return results, feedback


def test_it_returns_the_snapshot_as_a_layer_and_its_count(server: RegistryServer, sign_in: Any, tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    results, feedback = run({"URL": server.url, "AUTHCFG": sign_in(server.token), "SNAPSHOTS": str(folder)})
    assert results["COUNT"] == 30
    layer = QgsVectorLayer(results["SNAPSHOT"], "cameras", "ogr")
    assert layer.featureCount() == 30
    assert layer.crs().authid() == "EPSG:4326"
    assert Path(results["SNAPSHOT"]).parent == folder
    assert "30 cameras" in feedback.textLog()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("registry", "not the address of a camera registry"),
        ("http://registry.example.org", "must be asked over https"),
        ("https://me:mine@registry.example.org", "user name or password"),
    ],
)
def test_an_address_that_cannot_be_right_is_said(url: str, words: str, qgis_app: Any, tmp_path: Path) -> None:
    with pytest.raises(QgsProcessingException, match=words):
        run({"URL": url, "AUTHCFG": "", "SNAPSHOTS": str(tmp_path)})


def test_a_wrong_token_is_said_and_the_old_snapshot_stays(server: RegistryServer, sign_in: Any, tmp_path: Path) -> None:
    good, _ = run({"URL": server.url, "AUTHCFG": sign_in(server.token), "SNAPSHOTS": str(tmp_path)})
    before = Path(good["SNAPSHOT"]).read_bytes()
    with pytest.raises(QgsProcessingException, match="does not know this token"):
        run({"URL": server.url, "AUTHCFG": sign_in("z" * 20), "SNAPSHOTS": str(tmp_path)})
    assert Path(good["SNAPSHOT"]).read_bytes() == before


def test_refused_records_are_told(server: RegistryServer, sign_in: Any, tmp_path: Path) -> None:
    server.registry.put(next(iter(server.registry.rows)), coordinates=[1000.0, 0.0])
    results, feedback = run({"URL": server.url, "AUTHCFG": sign_in(server.token), "SNAPSHOTS": str(tmp_path)})
    assert results["COUNT"] == 29
    assert "1 records broke the rules" in feedback.textLog()
