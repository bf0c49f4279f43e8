"""The environment of every test run, set before Django and QGIS start: nothing of a developer's own is touched.

Loaded as a pytest plugin (`-p tests.environment` in pyproject.toml), since conftest.py comes too late for both.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

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
