"""A backend that serves, and the plugin's algorithms in a real QGIS, for the tests of the whole chain."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest

from scripts.backend_process import ROOT, EmbeddedBackend, running_backend

Sync = Callable[[EmbeddedBackend, str, str, Path], Path]


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBackend]:
    """An embedded backend with an empty registry of its own."""
    with running_backend(tmp_path_factory.mktemp("var")) as running:
        yield running


@pytest.fixture(scope="module")
def sync(tmp_path_factory: pytest.TempPathFactory) -> Sync:
    """A headless sync as an administrator would schedule it: returns the path of the current snapshot."""

    def run(backend: EmbeddedBackend, agency: str, role: str, snapshots: Path) -> Path:
        token_file = tmp_path_factory.mktemp("token") / "token"
        token_file.touch(mode=0o600)
        token_file.write_text(backend.issue_token(agency, role))
        command = [sys.executable, str(ROOT / "scripts" / "sync_registry.py"), "--url", backend.url]
        command += ["--token-file", str(token_file), "--snapshots", str(snapshots)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return Path(done.stdout.strip().splitlines()[-1])

    return run


@pytest.fixture
def provider(qgis_processing: None) -> Iterator[None]:
    """The plugin's Processing provider, registered as QGIS itself would."""
    from qgis.core import QgsApplication

    from camera_registry_plugin.algorithms.provider import CameraRegistryProvider

    registered = CameraRegistryProvider()
    QgsApplication.processingRegistry().addProvider(registered)
    yield
    QgsApplication.processingRegistry().removeProvider(registered)
