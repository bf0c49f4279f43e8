"""What only real database files show: writers queue, and a destroyed key leaves no byte behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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
WITHDRAWAL = """
kept, gone = make_registration().registration, make_registration().registration
for one in (kept, gone): print(bytes(RegistrationKey.objects.get(pk=one.pk).wrapped_key).hex())
for one in (kept, gone): print(bytes(Contact.objects.get(pk=one.pk).ciphertext).hex())
services.withdraw(gone)
connections.close_all()
"""


@pytest.fixture
def run(tmp_path):
    """Run a script against fresh database files in a process of its own, and return what it printed."""

    def run_script(script: str) -> str:
        environment = {
            "CAMERA_REGISTRY_VAR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'registration_backend'}",
            "PATH": "/usr/bin",
        }
        command = [sys.executable, "-c", PREPARE + script]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run_script


def test_writers_wait_for_each_other_instead_of_failing(run):
    assert run(WRITERS) == "32 []\n"


def test_a_withdrawal_leaves_no_byte_of_the_key_or_the_contact_in_any_file(run, tmp_path):
    kept_key, gone_key, kept_contact, gone_contact = (bytes.fromhex(line) for line in run(WITHDRAWAL).split())
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert kept_key in stored
    assert kept_contact in stored
    assert gone_key not in stored
    assert gone_contact not in stored
