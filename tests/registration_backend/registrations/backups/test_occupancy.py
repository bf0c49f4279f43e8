"""Whoever has the databases open keeps a restore out for its life, and nobody comes in while one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from registrations.backups import occupancy, switching
from scripts.backend_process import running_backend
from tests.registration_backend.registrations.backups.conftest import ROOT

ENTER = """
import sys, time
from django.conf import settings
from pathlib import Path
settings.configure(VAR_DIR=Path(sys.argv[1]), DATABASES={"default": {"ENGINE": "spatialite", "NAME": "a"},
                                                         "keys": {"ENGINE": "spatialite", "NAME": "b"}})
from registrations.backups import occupancy
occupancy.enter()
print("in", flush=True)
time.sleep(60)
"""


@pytest.fixture
def another(tmp_path):
    """Start processes that have the databases open."""
    started = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", ENTER, str(tmp_path)],
            env={"PYTHONPATH": str(ROOT / "registration_backend")},
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout.readline() == "in\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_restore_waits_until_everybody_has_ended_and_names_who_has_not(settings, tmp_path, another):
    settings.VAR_DIR = tmp_path
    first, second = another(), another()
    with pytest.raises(occupancy.InUse) as refused, occupancy.alone(0.2):
        pytest.fail("restored below two processes")
    both = sorted([first.pid, second.pid])
    assert str(refused.value) == (
        f"The backend is still running (process {both[0]}, {both[1]}): stop it, then restore."
    )
    for process in (first, second):
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with occupancy.alone(5):
        pass


def test_nobody_comes_in_while_a_restore_goes_on(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    with occupancy.alone(0):
        own = occupancy._held.pop(tmp_path / "databases.lock")  # as another process, which knows nothing of this lock
        with pytest.raises(occupancy.InUse, match="A restore is going on"):
            occupancy.enter(0.2)
        with pytest.raises(occupancy.InUse), occupancy.alone(0.2):
            pytest.fail("two restores at once")
        os.close(occupancy._held.pop(tmp_path / "databases.lock"))
        occupancy._held[tmp_path / "databases.lock"] = own
    occupancy.enter(0)


def test_a_restore_below_a_running_backend_is_refused_in_one_sentence_and_changes_nothing(tmp_path):
    with running_backend(tmp_path / "var") as backend:
        backend.manage("backup", "--data", str(tmp_path / "data"), "--keys", str(tmp_path / "keys"))
        (data,) = (tmp_path / "data").iterdir()
        before = (tmp_path / "var" / "registry.sqlite3").read_bytes()
        began = time.monotonic()
        refused = backend.manage("restore", "--data", str(data), check=False)
        assert refused.returncode == 1
        assert refused.stderr.startswith("CommandError: Nothing was changed. The backend is still running (process ")
        assert refused.stderr.count("\n") == 1
        assert time.monotonic() - began < 40
        assert (tmp_path / "var" / "registry.sqlite3").read_bytes() == before
        assert not list((tmp_path / "var").glob("*.restored*"))
    assert backend.manage("restore", "--data", str(data)).returncode == 0


def test_a_switch_that_was_begun_is_ended_by_whoever_starts_next_however_far_it_came(settings, monkeypatch, tmp_path):
    settings.VAR_DIR = tmp_path
    for alias in ("keys", "default"):
        monkeypatch.setitem(settings.DATABASES[alias], "NAME", tmp_path / f"{alias}.sqlite3")
    for renamed in range(3):
        for number, alias in enumerate(("keys", "default")):
            place, new = tmp_path / f"{alias}.sqlite3", switching.new_file(alias)
            place.write_text("old")
            (tmp_path / f"{alias}.sqlite3-wal").write_text("of the old one")
            new.write_text("new")
            if number < renamed:
                (tmp_path / f"{alias}.sqlite3-wal").unlink()
                new.rename(place)
        switching.begin()
        occupancy.enter(1)
        assert not switching.is_begun()
        assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
            "databases.lock": "", "default.sqlite3": "new", "keys.sqlite3": "new",
        }  # fmt: skip
    switching.new_file("keys").write_text("prepared by one that died before its switch")
    occupancy.enter(1)
    assert not switching.new_file("keys").exists()
    assert (tmp_path / "keys.sqlite3").read_text() == "new"
