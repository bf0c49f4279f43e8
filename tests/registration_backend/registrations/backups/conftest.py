"""Runs scripts and commands in processes of their own, on fresh database files as a small department has them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[4]
PREPARE = """
import django; django.setup()
import io, sys
from pathlib import Path
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
for alias in ("keys", "default"): call_command("migrate", database=alias, verbosity=0)
from registrations import contacts, services
from registrations.models import Contact, Registration, RegistrationKey, WithdrawnMark
from tests.registration_backend.registrations.factories import make_agency, make_contact, make_registration
base = Path(sys.argv[1]); data, keys = base / "data", base / "keys"
newest = lambda folder: max(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
def backup(): call_command("backup", data=data, keys=keys, stdout=sys.stderr); return newest(data), newest(keys)
def restore(data, keys="current", **more):
    printed = io.StringIO()
    call_command("restore", data=data, keys=str(keys), stdout=printed, **more)
    connections.close_all()
    return printed.getvalue()
def readable():
    found = {}
    for one in Registration.objects.all():
        try: found[one.pk] = contacts.read(one)
        except contacts.ContactUnreadable: found[one.pk] = None
    return found
"""


@pytest.fixture(autouse=True)
def only_on_files(request):
    """Skip on PostgreSQL what works on files of its own all the same, unless a test says that it is about both."""
    if connection.vendor == "postgresql" and not request.node.get_closest_marker("django_db"):
        pytest.skip("is about the embedded databases, and ran on them already")


@pytest.fixture
def run(tmp_path):
    """Run a script on fresh database files in a process of its own, and return what it printed."""

    def run_script(script: str, *arguments: str) -> str:
        environment = {
            "CAMERA_REGISTRY_VAR": str(tmp_path / "var"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'registration_backend'}",
            "PATH": "/usr/bin",
        }
        command = [sys.executable, "-c", PREPARE + script, str(tmp_path), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run_script


@pytest.fixture
def manage(tmp_path):
    """Run one management command on those files; keyword arguments join its environment."""

    def run_command(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "registration_backend/manage.py"), *map(str, arguments)]
        environment = {"CAMERA_REGISTRY_VAR": str(tmp_path / "var"), "PATH": "/usr/bin", **environment}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run_command
