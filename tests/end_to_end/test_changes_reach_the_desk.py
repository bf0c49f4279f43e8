"""What changes in the real backend is what the next sync brings: withdrawals, settings of the agency, ended access."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from scripts.backend_process import ROOT, EmbeddedBackend, running_backend
from scripts.demo.prepare import seed
from tests import byte_search

WITHDRAW = """
from registrations import services
from registrations.models import Registration
from feed.models import PublishedCamera
gone = PublishedCamera.objects.filter(audience="analyst").order_by("sequence").first().registration_id
print(*PublishedCamera.objects.filter(audience="analyst", registration_id=gone).values_list("camera_id", flat=True))
services.withdraw(Registration.objects.get(pk=gone))
"""
EXACT_FOR_ANALYSTS = """
from registrations.models import Agency
agency = Agency.objects.get()
agency.analyst_position = "exact"
agency.save()
"""
DISABLE_TOKENS = """
from django.utils import timezone
from disclosure.models import AccessToken
AccessToken.objects.update(disabled_at=timezone.now())
"""


class Desk:
    """An analyst's machine: one token and one snapshot folder."""

    def __init__(self, backend: EmbeddedBackend, folder: Path) -> None:
        self.backend = backend
        self.snapshots = folder / "snapshots"
        self.token_file = folder / "token"
        self.token_file.touch(mode=0o600)
        self.token_file.write_text(backend.issue_token("HEL", "analyst"))

    def try_sync(self) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "scripts" / "sync_registry.py"), "--url", self.backend.url]
        command += ["--token-file", str(self.token_file), "--snapshots", str(self.snapshots)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    def sync(self) -> dict[str, float]:
        """Sync, and return the position precision of every camera by its id."""
        done = self.try_sync()
        assert done.returncode == 0, done.stderr
        with closing(sqlite3.connect(f"file:{done.stdout.splitlines()[-1]}?mode=ro", uri=True)) as connection:
            return dict(connection.execute("SELECT camera_id, position_precision_m FROM registered_cameras"))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with running_backend(tmp_path / "var") as backend:
        seed(backend)
        yield Desk(backend, tmp_path)


def run(backend: EmbeddedBackend, script: str) -> str:
    return backend.manage("shell", "--no-imports", "-c", script).stdout


def test_the_next_sync_follows_withdrawals_settings_and_ended_access(desk: Desk) -> None:
    first = desk.sync()
    assert len(first) > 200
    assert all(precision >= 250 for precision in first.values())

    withdrawn = run(desk.backend, WITHDRAW).split()
    assert set(withdrawn) <= set(first)
    assert byte_search.find([desk.snapshots], withdrawn), "before the sync the copy is still there"
    second = desk.sync()
    assert second.keys() == first.keys() - set(withdrawn)
    assert byte_search.find([desk.snapshots], withdrawn) == []

    run(desk.backend, EXACT_FOR_ANALYSTS)
    third = desk.sync()
    assert third.keys() >= second.keys(), "with exact positions no cell has to qualify"
    assert set(third.values()) == {0.0}

    run(desk.backend, DISABLE_TOKENS)
    ended = desk.try_sync()
    assert ended.returncode != 0
    assert len(ended.stderr.strip().splitlines()) == 1
    assert list(desk.snapshots.glob("*.gpkg")) == []
    assert byte_search.find([desk.snapshots], third) == []
