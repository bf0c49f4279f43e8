"""What only real databases show: writers queue, and a destroyed key leaves no byte behind in a file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import connection, connections

from config.database_settings import ENVIRONMENT

ROOT = Path(__file__).resolve().parents[3]
PREPARE = """
import django; django.setup()
import threading
from django.core.management import call_command
from django.db import connections
for alias in ("keys", "default"): call_command("migrate", database=alias, verbosity=0)
from registrations import services
from registrations.models import Contact, Registration, RegistrationKey
from tests.registration_backend.registrations.factories import make_agency, make_registration
agency = make_agency()
"""
WRITERS = """
failures = []
def work():
    try:
        for _ in range(4):
            made = make_registration(agency).registration
            # Each of these reads first and writes then: that is where a writer that does not queue is refused.
            services.suspend(made)
            services.publish(made)
    except Exception as error:
        failures.append(type(error).__name__)
    finally:
        connections.close_all()
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(Registration.objects.filter(state="published").count(), failures)
"""
NUMBERS = """
from django.db.models import Max, Sum
from feed.models import FeedState, PublishedCamera, SequenceCounter
newest = PublishedCamera.objects.aggregate(Max("sequence"))["sequence__max"]
print(SequenceCounter.objects.get().value == newest, FeedState.objects.aggregate(Sum("count"))["count__sum"]
      == PublishedCamera.objects.count() > 0)
"""
WITHDRAWAL = """
kept, gone = make_registration().registration, make_registration().registration
for one in (kept, gone): print(bytes(RegistrationKey.objects.get(pk=one.pk).wrapped_key).hex())
for one in (kept, gone): print(bytes(Contact.objects.get(pk=one.pk).ciphertext).hex())
services.withdraw(gone)
connections.close_all()
"""


@pytest.fixture
def run(tmp_path):
    """Run a script against fresh databases in a process of its own, and return what it printed."""

    def run_script(script: str, **addresses: str) -> str:
        environment = {
            "CAMERA_REGISTRY_VAR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'registration_backend'}",
            "PATH": "/usr/bin",
            **addresses,
        }
        command = [sys.executable, "-c", PREPARE + script]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run_script


def test_writers_wait_for_each_other_instead_of_failing(run):
    assert run(WRITERS) == "32 []\n"


@pytest.fixture
def addresses():
    """Make two databases on the test cluster, and return the variables that name them; drop them at the end."""
    if connection.vendor != "postgresql":
        pytest.skip("is about PostgreSQL (pytest --database postgis)")
    given, names = {}, {alias: f"writers_{alias}_{os.getpid()}" for alias in ENVIRONMENT}
    server = connections["default"].settings_dict
    login = {"user": server["USER"], "password": server["PASSWORD"], "host": server["HOST"], "port": server["PORT"]}
    with psycopg.connect(**login, dbname="postgres", autocommit=True) as session:
        for alias, name in names.items():
            session.execute(f"CREATE DATABASE {name}")
            place = "{user}:{password}@{host}:{port}".format(**login)
            given[ENVIRONMENT[alias]] = f"postgresql://{place}/{name}"
        yield given
        for name in names.values():
            session.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_writers_on_postgresql_wait_for_each_other_and_skip_no_number(run, addresses):
    assert run(WRITERS + NUMBERS, **addresses) == "32 []\nTrue True\n"


def test_a_withdrawal_leaves_no_byte_of_the_key_or_the_contact_in_any_file(run, tmp_path):
    kept_key, gone_key, kept_contact, gone_contact = (bytes.fromhex(line) for line in run(WITHDRAWAL).split())
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert kept_key in stored
    assert kept_contact in stored
    assert gone_key not in stored
    assert gone_contact not in stored
