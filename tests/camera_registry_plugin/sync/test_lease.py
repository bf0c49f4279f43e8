"""The lease: it ends on time, also with a clock set back, and what is over leaves no file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camera_registry_plugin.registry.errors import LeaseExpired
from camera_registry_plugin.sync import lease
from camera_registry_plugin.sync.pull import pull
from camera_registry_plugin.sync.snapshot import SnapshotFolder
from camera_registry_plugin.sync.sources.registration_backend import RegistrationBackend
from tests.camera_registry_plugin.sync.conftest import contents

START = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)


@pytest.fixture
def leased(make_source: Callable[..., RegistrationBackend], folder: SnapshotFolder) -> SnapshotFolder:
    """A folder synced at START with a lease of 24 hours."""
    pull(make_source(), folder, now=lambda: START)
    return folder


def at(**since_start: float) -> datetime:
    return START + timedelta(**since_start)


def test_a_folder_without_a_snapshot_has_no_lease(folder: SnapshotFolder) -> None:
    assert lease.check(folder, START) is None


def test_inside_the_lease_the_snapshot_may_be_used(leased: SnapshotFolder) -> None:
    assert lease.check(leased, at(hours=23, minutes=59)) == leased.current()


@pytest.mark.parametrize("moment", [at(hours=24), at(days=300)])
def test_at_its_end_the_files_go(moment: datetime, leased: SnapshotFolder) -> None:
    with pytest.raises(LeaseExpired, match=r"24 hours ago.*Sync again"):
        lease.check(leased, moment)
    assert contents(leased.path) == {}
    assert leased.current() is None
    assert lease.check(leased, moment) is None


def test_a_clock_set_back_counts_as_expired(leased: SnapshotFolder) -> None:
    lease.check(leased, at(hours=20))
    with pytest.raises(LeaseExpired, match="clock was set back"):
        lease.check(leased, at(hours=19))
    assert contents(leased.path) == {}


def test_a_clock_before_the_sync_counts_as_expired(leased: SnapshotFolder) -> None:
    (leased.path / lease.CLOCK).unlink()
    with pytest.raises(LeaseExpired, match="clock was set back"):
        lease.check(leased, at(days=-1))


def test_a_time_correction_of_minutes_does_no_harm(leased: SnapshotFolder) -> None:
    lease.check(leased, at(hours=2))
    assert lease.check(leased, at(hours=2, minutes=-4)) is not None


def test_small_steps_back_do_not_add_up(leased: SnapshotFolder) -> None:
    lease.check(leased, at(hours=2))
    lease.check(leased, at(hours=2, minutes=-4))
    with pytest.raises(LeaseExpired):
        lease.check(leased, at(hours=2, minutes=-8))


def test_contact_starts_a_new_lease_also_with_a_clock_that_was_ahead(
    leased: SnapshotFolder, make_source: Callable[..., RegistrationBackend]
) -> None:
    lease.check(leased, at(hours=23))
    pull(make_source(), leased, now=lambda: at(hours=1))
    assert lease.check(leased, at(hours=2)) is not None
    with pytest.raises(LeaseExpired):
        lease.check(leased, at(hours=25))


@given(hours=st.lists(st.floats(-30, 60), min_size=1, max_size=6))
def test_check_follows_the_rule_on_any_sequence_of_times(
    hours: list[float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = synced_folder(tmp_path_factory.mktemp("lease"))
    highest = 0.0
    for moment in hours:
        over = moment >= 24 or moment < highest - 5 / 60
        try:
            lease.check(folder, at(hours=moment))
            assert not over
        except LeaseExpired:
            assert over
            assert folder.current() is None
            return
        if moment > highest + 1 / 60:
            highest = moment


def synced_folder(path: Path) -> SnapshotFolder:
    """A folder whose snapshot is one row, made without a server."""
    from camera_registry_plugin.registry.policy import Policy
    from camera_registry_plugin.sync.geopackage import SnapshotWriter
    from camera_registry_plugin.sync.snapshot import SnapshotState

    folder = SnapshotFolder(path)
    policy = Policy("investigator", "exact", None, 24.0, True, True, "HEL")
    with folder.locked():
        writer = SnapshotWriter(folder.new_part(START))
        writer.finish({})
        folder.switch(writer.path, SnapshotState(policy, "HEL", "https://x", 0, 0, "0" * 32, "", START))
    return folder
