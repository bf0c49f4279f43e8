"""Fixtures for the tests of the bridge: a registry on loopback and a way to sign in to it from QGIS."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from qgis.core import QgsApplication, QgsAuthMethodConfig

from tests.camera_registry_plugin.sync.registry_server import RegistryServer, running


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    """A registry with thirty cameras."""
    with running() as running_server:
        running_server.registry.fill(30)
        yield running_server


@pytest.fixture
def sign_in(qgis_app: QgsApplication) -> Iterator[Callable[[str], str]]:
    """Store a token as a Basic authentication configuration and return its id; the storage is emptied afterwards."""
    manager = QgsApplication.authManager()
    empty_authentication_storage()
    assert manager.setMasterPassword(secrets.token_hex(8), True)

    def store(token: str) -> str:
        config = QgsAuthMethodConfig("Basic")
        config.setName("Camera registry")
        config.setConfig("username", "token")
        config.setConfig("password", token)
        _, config = manager.storeAuthenticationConfig(config)
        assert config.id()
        return str(config.id())

    yield store
    empty_authentication_storage()


def empty_authentication_storage() -> None:
    """Forget every configuration and the master password of the test's QGIS profile."""
    manager = QgsApplication.authManager()
    manager.clearMasterPassword()
    # QGIS 3.22 cannot use its storage again after eraseAuthenticationDatabase().
    with closing(sqlite3.connect(manager.authenticationDatabasePath())) as connection:
        # QGIS 3.40 makes its tables only when something is stored.
        made = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table in made & {"auth_configs", "auth_pass"}:
            connection.execute(f"DELETE FROM {table}")
        connection.commit()
