"""QGIS's own provider, GDAL and OWSLib read the feed of a real server process, and see the same cameras."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from owslib.ogcapi.features import Features
from owslib.util import Authentication
from qgis.core import QgsApplication, QgsAuthMethodConfig, QgsFeatureRequest, QgsRectangle, QgsVectorLayer

from disclosure.redaction import FIELD_NAMES
from scripts.backend_process import BACKEND, ROOT, EmbeddedBackend, running_backend
from tests.camera_registry_plugin.bridge.conftest import empty_authentication_storage
from tests.registration_backend.feed.seed_for_clients import CAMERAS_EACH, SITES
from tests.registration_backend.feed.world import CHANGES, ITEMS

CAMERAS = SITES * CAMERAS_EACH
ROLES = ("analyst", "investigator")


class Served(NamedTuple):
    """A running backend: its address and a token for each role."""

    backend: EmbeddedBackend
    url: str
    tokens: dict[str, str]

    def pull(self, role: str) -> list[dict[str, Any]]:
        """Return all features, read with plain requests."""
        features: list[dict[str, Any]] = []
        url = f"{self.url}{ITEMS}?limit=400"
        while url:
            answer = requests.get(url, auth=("token", self.tokens[role]), timeout=30)
            answer.raise_for_status()
            features += answer.json()["features"]
            url = next((link["href"] for link in answer.json()["links"] if link["rel"] == "next"), "")
        return features


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with running_backend(tmp_path_factory.mktemp("served") / "var") as backend:
        backend.manage(*in_backend("fill"))
        tokens = {role: backend.issue_token("HEL", role) for role in ROLES}
        yield Served(backend, backend.url, tokens)


def in_backend(function: str) -> tuple[str, ...]:
    """Return the manage.py command that runs a function of seed_for_clients inside the backend."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.registration_backend.feed import seed_for_clients as seed\n"
        f"seed.{function}()"
    )
    return "shell", "--no-imports", "-c", code


def gdal(served: Served, role: str, *command: str, credentials: dict[str, str] | None = None) -> str:
    """Run a GDAL command on the feed, with Basic authentication unless told, and return what it printed."""
    environment = {**os.environ, **(credentials or {"GDAL_HTTP_USERPWD": f"token:{served.tokens[role]}"})}
    source = f"OAPIF:{served.url}/ogc/"
    words = [source if word == "FEED" else word for word in command]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    return done.stdout


@pytest.mark.parametrize("role", ROLES)
def test_plain_requests_get_every_camera_once(served: Served, role: str) -> None:
    features = served.pull(role)
    assert len({feature["id"] for feature in features}) == len(features) == CAMERAS
    assert {feature["properties"]["position_precision_m"] for feature in features} == (
        {250} if role == "analyst" else {0}
    )


@pytest.mark.parametrize("role", ROLES)
def test_ogrinfo_counts_the_cameras_and_names_the_fields(served: Served, role: str) -> None:
    said = gdal(served, role, "ogrinfo", "-so", "FEED", "cameras")
    assert f"Feature Count: {CAMERAS}" in said
    assert "Geometry: Point" in said
    for name in FIELD_NAMES:
        assert f"{name}: " in said


def test_ogrinfo_reads_with_a_bearer_header(served: Served) -> None:
    credentials = {"GDAL_HTTP_HEADERS": f"Authorization: Bearer {served.tokens['analyst']}"}
    said = gdal(served, "analyst", "ogrinfo", "-so", "FEED", "cameras", credentials=credentials)
    assert f"Feature Count: {CAMERAS}" in said


def test_ogrinfo_filters_by_box(served: Served) -> None:
    west, south = served.pull("investigator")[0]["geometry"]["coordinates"]
    box = [str(value) for value in (west - 1e-6, south - 1e-6, west + 1e-6, south + 1e-6)]
    said = gdal(served, "investigator", "ogrinfo", "-so", "-spat", *box, "FEED", "cameras")
    assert f"Feature Count: {CAMERAS_EACH}" in said


@pytest.mark.parametrize("role", ROLES)
def test_ogr2ogr_copies_every_camera_with_its_values(served: Served, role: str, tmp_path: Path) -> None:
    target = tmp_path / "copy.geojson"
    gdal(served, role, "ogr2ogr", "-f", "GeoJSON", "-oo", "PAGE_SIZE=400", str(target), "FEED", "cameras")
    copied = {one["properties"]["camera_id"]: one for one in json.loads(target.read_text())["features"]}
    features = served.pull(role)
    assert len(copied) == CAMERAS
    for feature in features:
        copy = copied[feature["id"]]
        assert copy["geometry"]["coordinates"] == pytest.approx(feature["geometry"]["coordinates"], abs=1e-7)
        for name in ("premises", "area_viewed", "direction_deg", "mount", "position_precision_m"):
            assert copy["properties"][name] == feature["properties"][name]


@pytest.mark.parametrize("role", ROLES)
def test_owslib_reads_collection_items_and_one_item(served: Served, role: str) -> None:
    api = Features(f"{served.url}/ogc/", auth=Authentication("token", served.tokens[role]))
    assert api.feature_collections() == ["cameras"]
    assert api.api()["openapi"].startswith("3.0")
    assert len(api.conformance()["conformsTo"]) == 3
    assert api.collection("cameras")["itemType"] == "feature"
    page = api.collection_items("cameras", limit=10_000)
    assert page["numberReturned"] == page["numberMatched"] == CAMERAS
    first = page["features"][0]
    assert tuple(first["properties"]) == FIELD_NAMES
    alone = api.collection_item("cameras", first["id"])
    assert alone["properties"] == first["properties"]


def test_owslib_reads_with_a_bearer_header(served: Served) -> None:
    headers = {"Authorization": f"Bearer {served.tokens['analyst']}"}
    page = Features(f"{served.url}/ogc/", headers=headers).collection_items("cameras", limit=7)
    assert page["numberReturned"] == 7


@pytest.fixture
def authcfg(served: Served, qgis_app: QgsApplication) -> Iterator[dict[str, str]]:
    """Basic authentication configurations in QGIS's own store, one for each role; the store is emptied afterwards."""
    manager = QgsApplication.authManager()
    empty_authentication_storage()
    assert manager.setMasterPassword(secrets.token_hex(8), True)
    made = {}
    for role in ROLES:
        config = QgsAuthMethodConfig("Basic")
        config.setName(f"feed {role}")
        config.setConfig("username", "token")
        config.setConfig("password", served.tokens[role])
        stored, config = manager.storeAuthenticationConfig(config)
        assert stored
        made[role] = config.id()
    yield made
    empty_authentication_storage()


@pytest.mark.parametrize("role", ROLES)
def test_qgis_reads_every_camera_through_its_own_provider(served: Served, authcfg: dict[str, str], role: str) -> None:
    uri = f"authcfg='{authcfg[role]}' pageSize='400' typename='cameras' url='{served.url}/ogc/'"
    layer = QgsVectorLayer(uri, "cameras", "OAPIF")
    assert layer.isValid()
    # QGIS shows the member "id" beside the properties.
    assert set(FIELD_NAMES) <= {field.name() for field in layer.fields()}
    assert served.tokens[role] not in layer.source()
    shown = {feature["camera_id"]: feature for feature in layer.getFeatures()}
    features = served.pull(role)
    assert set(shown) == {feature["id"] for feature in features}
    for feature in features:
        point = shown[feature["id"]].geometry().asPoint()
        assert (point.x(), point.y()) == pytest.approx(tuple(feature["geometry"]["coordinates"]), abs=1e-7)
        assert shown[feature["id"]]["premises"] == feature["properties"]["premises"]


def test_qgis_asks_the_server_for_the_box_on_the_map(served: Served, authcfg: dict[str, str]) -> None:
    uri = f"authcfg='{authcfg['investigator']}' restrictToRequestBBOX='1' typename='cameras' url='{served.url}/ogc/'"
    layer = QgsVectorLayer(uri, "cameras", "OAPIF")
    west, south = served.pull("investigator")[0]["geometry"]["coordinates"]
    box = QgsRectangle(west - 1e-6, south - 1e-6, west + 1e-6, south + 1e-6)
    assert len(list(layer.getFeatures(QgsFeatureRequest(box)))) == CAMERAS_EACH


def test_without_a_token_no_client_gets_anything(served: Served, qgis_app: QgsApplication) -> None:
    assert requests.get(f"{served.url}{CHANGES}", timeout=30).status_code == 401
    layer = QgsVectorLayer(f"typename='cameras' url='{served.url}/ogc/'", "cameras", "OAPIF")
    assert not layer.isValid()
    done = subprocess.run(
        ["ogrinfo", "-so", f"OAPIF:{served.url}/ogc/", "cameras"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0


def test_every_pull_ends_with_its_own_count_and_digest_while_a_writer_goes_on(served: Served) -> None:
    served.backend.manage(*in_backend("make_busy_agency"))
    headers = {"Authorization": f"Bearer {served.backend.issue_token('BUSY', 'investigator')}"}
    held: dict[str, int] = {}
    cursor, ends = "", 0
    with subprocess.Popen(
        [sys.executable, str(BACKEND / "manage.py"), *in_backend("churn")], env=served.backend.environment
    ) as writer:
        writing = True
        while writing:
            writing = writer.poll() is None
            more = True
            while more:
                query = {"limit": 3} | ({"since": cursor} if cursor else {})
                page = requests.get(f"{served.url}{CHANGES}", params=query, headers=headers, timeout=30).json()
                held.update({feature["id"]: feature["row_version"] for feature in page["features"]})
                for camera_id in page["withdrawn"]:
                    held.pop(camera_id, None)
                cursor, more = page["cursor"], page["more"]
            ends += 1
            assert (page["count"], page["digest"]) == (len(held), digest_of(held))
    assert writer.returncode == 0
    assert ends > 3
    assert held


def digest_of(held: dict[str, int]) -> str:
    """Return the digest of camera ids and their versions, worked out on its own."""
    texts = (f"{camera_id}:{version}".encode() for camera_id, version in held.items())
    return format(sum(int(hashlib.sha256(text).hexdigest()[:32], 16) for text in texts) % (1 << 128), "032x")
