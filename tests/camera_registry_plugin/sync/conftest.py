"""Factories for the tests of the sync: a registry on loopback, a source that reads it, and a folder to pull into."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from camera_registry_plugin.sync.headless import plain_session
from camera_registry_plugin.sync.limits import Limits
from camera_registry_plugin.sync.retries import Pacing
from camera_registry_plugin.sync.snapshot import SnapshotFolder
from camera_registry_plugin.sync.sources.registration_backend import RegistrationBackend
from camera_registry_plugin.sync.transport import Transport
from tests.camera_registry_plugin.sync.registry_server import RegistryServer, running


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    """A registry with thirty cameras."""
    with running() as running_server:
        running_server.registry.fill(30)
        yield running_server


@pytest.fixture
def slept() -> list[float]:
    """Every pause a source of `make_source` took, in seconds; none of them is really waited for."""
    return []


@pytest.fixture
def make_source(server: RegistryServer, slept: list[float]) -> Callable[..., RegistrationBackend]:
    """A source reading `server`; `page` features a page, `token` instead of the right one."""

    def build(page: int = 10, token: str = "", url: str = "", limits: Limits | None = None) -> RegistrationBackend:
        url = url or server.url
        pacing = Pacing(limits or Limits(), sleep=slept.append)
        session = plain_session(url, token or server.token)
        return RegistrationBackend(Transport(url, session, pacing), page_features=page)

    return build


@pytest.fixture
def folder(tmp_path: Path) -> SnapshotFolder:
    """A snapshot folder that does not exist yet."""
    return SnapshotFolder(tmp_path / "snapshots")


def contents(path: Path) -> dict[str, str]:
    """Every file below a folder with the hash of its bytes, but for the lock and the clock."""
    ignored = ("sync.lock", "clock.json")
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in path.rglob("*")
        if file.is_file() and file.name not in ignored
    }
