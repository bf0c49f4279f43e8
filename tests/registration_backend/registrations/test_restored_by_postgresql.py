"""A PostgreSQL database that its own tools restored serves nobody who withdrew since."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from tests.registration_backend.registrations.backups.conftest import PREPARE, ROOT

NAMES = {"CAMERA_REGISTRY_DATABASE_URL": "restored", "CAMERA_REGISTRY_KEYS_DATABASE_URL": "restored_keys"}
BEFORE = """
made = [make_registration(make_agency()).registration, make_registration().registration]
import config.wsgi
print(made[0].pk, made[1].pk)
"""
WITHDRAW = "services.withdraw(Registration.objects.get(pk=sys.argv[2]))"
SERVE = """
from registrations.models import Link
assert Registration.objects.count() == 2, "the old state is back"
import config.wsgi
assert [str(one) for one in readable()] == [sys.argv[2]]
assert RegistrationKey.objects.count() == 1
assert not Link.objects.exists()
"""


@pytest.fixture
def server() -> Iterator[psycopg.Connection]:
    """The server of the test run, where the databases of this test are made and removed."""
    if connection.vendor != "postgresql":
        pytest.skip("is about PostgreSQL (pytest --database postgis)")
    address = os.environ["CAMERA_REGISTRY_DATABASE_URL"].rpartition("/")[0]
    with psycopg.connect(f"{address}/postgres", autocommit=True) as opened:
        for name in NAMES.values():
            opened.execute(f"CREATE DATABASE {name}")
        yield opened
        for name in NAMES.values():
            opened.execute(f"DROP DATABASE IF EXISTS {name}")
            opened.execute(f"DROP DATABASE IF EXISTS {name}_copy")


def test_a_server_starts_with_nobody_who_withdrew_since_the_copy_that_was_put_back(server, tmp_path):
    address = os.environ["CAMERA_REGISTRY_DATABASE_URL"].rpartition("/")[0]
    environment = {
        "CAMERA_REGISTRY_VAR": str(tmp_path / "var"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'registration_backend'}",
        "PATH": "/usr/bin",
        **{variable: f"{address}/{name}" for variable, name in NAMES.items()},
    }

    def run(script: str, *arguments: str) -> str:
        command = [sys.executable, "-c", PREPARE + script, str(tmp_path), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    gone, kept = run(BEFORE).split()
    for name in NAMES.values():
        server.execute(f"CREATE DATABASE {name}_copy TEMPLATE {name}")
    run(WITHDRAW, gone)
    for name in NAMES.values():
        server.execute(f"DROP DATABASE {name}")
        server.execute(f"ALTER DATABASE {name}_copy RENAME TO {name}")
    run(SERVE, kept)
