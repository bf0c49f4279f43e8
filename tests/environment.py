"""The environment of every test run, set before Django and QGIS start: nothing of a developer's own is touched.

Loaded as a pytest plugin (`-p tests.environment` in pyproject.toml), since conftest.py comes too late for both.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator

import pytest

from tests.postgis_cluster import PostgisCluster

os.environ.setdefault("PROJ_DATA", "/usr/share/proj")  # one PROJ database for pyproj, GDAL and QGIS

# Only the first process makes the folder: pytest-xdist's workers find the variable set.
if "CAMERA_REGISTRY_TEST_VAR" not in os.environ:
    folder = tempfile.mkdtemp(prefix="camera-registry-test-")
    os.environ["CAMERA_REGISTRY_TEST_VAR"] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
os.environ["CAMERA_REGISTRY_VAR"] = os.environ["CAMERA_REGISTRY_TEST_VAR"]

# Each process has an authentication store of its own: one that two write to loses tokens at random.
_store = os.path.join(os.environ["CAMERA_REGISTRY_TEST_VAR"], f"authentication-{os.getpid()}")
os.makedirs(_store)
os.environ["QGIS_AUTH_DB_DIR_PATH"] = _store + os.sep

# No test asks a geocoder that a developer turned on.
for _name in ("CAMERA_REGISTRY_GEOCODER", "CAMERA_REGISTRY_GEOCODER_URL"):
    os.environ.pop(_name, None)

# A developer's own databases are never a test's: only those of a test cluster, which the workers inherit, stay.
if "CAMERA_REGISTRY_TEST_CLUSTER" not in os.environ:
    for _name in ("CAMERA_REGISTRY_DATABASE_URL", "CAMERA_REGISTRY_KEYS_DATABASE_URL"):
        os.environ.pop(_name, None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=["spatialite", "postgis"],
        default="spatialite",
        help="what the backend's tests run on; postgis: a cluster of this run's own on 127.0.0.1, removed at its end",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)  # a wrapper: pytest-django reads the settings in this very hook
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Start the cluster before Django reads its settings; pytest-xdist's workers find it started."""
    asked = early_config.known_args_namespace.database == "postgis"
    if asked and "CAMERA_REGISTRY_TEST_CLUSTER" not in os.environ:
        cluster = PostgisCluster()
        atexit.register(cluster.remove)
        cluster.start()
        os.environ["CAMERA_REGISTRY_TEST_CLUSTER"] = str(cluster.folder)
        os.environ["CAMERA_REGISTRY_DATABASE_URL"] = cluster.url("registry")
        os.environ["CAMERA_REGISTRY_KEYS_DATABASE_URL"] = cluster.url("keys")
    return (yield)
