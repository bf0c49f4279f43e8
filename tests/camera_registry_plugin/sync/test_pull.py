"""What a pull does when the registry behaves: everything once, then changes, and no work where nothing changed."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from camera_registry_plugin.registry.errors import AccessEnded, Cancelled, ConfigurationError, NotSignedIn
from camera_registry_plugin.sync import assembly
from camera_registry_plugin.sync.pull import pull
from camera_registry_plugin.sync.snapshot import SnapshotFolder
from camera_registry_plugin.sync.sources.registration_backend import RegistrationBackend
from tests.camera_registry_plugin.sync.conftest import contents
from tests.camera_registry_plugin.sync.registry_server import RegistryServer, as_json, running

MakeSource = Callable[..., RegistrationBackend]


def stored(path: Path) -> set[tuple[str, int]]:
    """Ids and row versions of a snapshot's rows."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT camera_id, row_version FROM registered_cameras").fetchall()
    assert len(rows) == len(set(rows))
    return set(rows)


def test_the_first_pull_fetches_everything_page_by_page(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    seen: list[tuple[int, int | None]] = []
    report = pull(make_source(), folder, progress=lambda received, expected: seen.append((received, expected)))
    assert (report.upserted, report.withdrawn, report.full) == (30, 0, True)
    assert stored(report.snapshot.path) == server.registry.seen()
    assert seen == [(10, None), (20, None), (30, None)]
    assert folder.current() == report.snapshot
    assert report.snapshot.state.agency == "HEL"
    assert report.snapshot.state.source_url == server.url


def test_a_pull_with_nothing_changed_costs_one_page_and_renews_the_lease(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    start = datetime(2026, 11, 22, tzinfo=timezone.utc)
    first = pull(make_source(), folder, now=lambda: start)
    server.requests.clear()
    second = pull(make_source(), folder, now=lambda: start + timedelta(hours=5))
    assert len(server.requests) == 2
    assert second.snapshot.path == first.snapshot.path
    assert second.snapshot.lease_ends_at == start + timedelta(hours=29)
    assert (second.upserted, second.withdrawn, second.full) == (0, 0, False)


def test_changes_are_applied_to_a_new_file_and_the_old_one_goes(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    old = pull(make_source(), folder).snapshot.path
    ids = list(server.registry.rows)
    for camera_id in ids[:3]:
        server.registry.put(camera_id, recording="continuous")
    server.registry.withdraw(ids[7])
    server.registry.put(str(uuid.uuid4()))
    report = pull(make_source(), folder)
    assert (report.upserted, report.withdrawn, report.full) == (4, 1, False)
    assert stored(report.snapshot.path) == server.registry.seen()
    assert sorted(contents(folder.path)) == sorted(["current.json", report.snapshot.path.name])
    assert not old.exists()


@pytest.mark.parametrize("change", ["view", "role", "position"])
def test_another_view_starts_over(
    change: str, server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    pull(make_source(), folder)
    if change == "view":
        server.registry.view = "another"
    elif change == "role":
        server.registry.policy["role"] = "analyst"
    else:
        server.registry.policy["position"] = "generalised"
        for camera_id in list(server.registry.rows):
            server.registry.put(camera_id, position_precision_m=250)
    report = pull(make_source(), folder)
    assert report.full
    assert report.refused_count == 0
    assert stored(report.snapshot.path) == server.registry.seen()


def test_another_source_starts_over(server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder) -> None:
    pull(make_source(), folder)
    # The same registry at another address: its cursors would even fit, but nothing says so.
    with running(server.registry) as other:
        report = pull(make_source(url=other.url, token=other.token), folder)
    assert report.full
    assert stored(report.snapshot.path) == server.registry.seen()


def test_a_row_that_changes_while_it_is_fetched_is_stored_once_and_its_old_bytes_never(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    ids = list(server.registry.rows)
    server.registry.put(ids[0], coordinates=[10.1234567, 50.7654321])

    def change(_request: object, answer: object) -> object:
        server.registry.put(ids[1], coordinates=[11.1234567, 51.7654321])
        server.registry.withdraw(ids[2])
        return answer

    server.faults = [None, None, change]
    report = pull(make_source(), folder)
    assert server.requests.count("/registry/policy") == 1  # it did not need to start over
    assert stored(report.snapshot.path) == server.registry.seen()
    assert ids[2].encode() not in report.snapshot.path.read_bytes()
    assert sorted(contents(folder.path)) == sorted(["current.json", report.snapshot.path.name])


def test_more_changes_than_memory_is_meant_for_start_over(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assembly, "MOST_CHANGES", 5)
    pull(make_source(), folder)
    for camera_id in list(server.registry.rows)[:6]:
        server.registry.put(camera_id)
    report = pull(make_source(), folder)
    assert report.full
    assert stored(report.snapshot.path) == server.registry.seen()


@pytest.mark.parametrize("damage", ["pointer", "slot", "rows"])
def test_a_damaged_snapshot_is_replaced(
    damage: str, server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    slot = pull(make_source(), folder).snapshot.path
    if damage == "pointer":
        (folder.path / "current.json").write_text("{")
    elif damage == "slot":
        slot.write_bytes(b"not a database" * 1000)
    else:
        with closing(sqlite3.connect(slot)) as connection:
            connection.execute("DROP TABLE refused_records")
    server.registry.put(next(iter(server.registry.rows)))
    report = pull(make_source(), folder)
    assert report.full
    assert stored(report.snapshot.path) == server.registry.seen()


def test_access_ended_removes_the_files_at_once(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    pull(make_source(), folder)
    server.always = lambda _request, _answer: as_json(403, {"code": "access_ended", "description": "Over."})
    with pytest.raises(AccessEnded, match="has ended"):
        pull(make_source(), folder)
    assert folder.current() is None
    assert contents(folder.path) == {}


def test_a_refused_token_keeps_the_files(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    pull(make_source(), folder)
    before = contents(folder.path)
    with pytest.raises(NotSignedIn):
        pull(make_source(token=server.expired_token), folder)
    assert contents(folder.path) == before


def test_a_policy_without_disk_keeps_nothing(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    pull(make_source(), folder)
    server.registry.policy["cache_on_disk"] = False
    with pytest.raises(ConfigurationError, match="does not allow its cameras to be kept on a disk"):
        pull(make_source(), folder)
    assert contents(folder.path) == {}


@pytest.mark.parametrize("after", [0, 1, 2])
def test_cancelling_between_pages_changes_nothing(
    after: int, server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    pull(make_source(), folder)
    server.registry.view = "another"
    before = contents(folder.path)
    pages: list[int] = []
    with pytest.raises(Cancelled):
        pull(
            make_source(),
            folder,
            progress=lambda received, _: pages.append(received),
            is_cancelled=lambda: len(pages) > after,
        )
    assert contents(folder.path) == before


def test_refused_records_are_listed_by_id_and_still_count_in_the_digest(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    ids = list(server.registry.rows)
    server.registry.put(ids[0], coordinates=[181.0, 0.0])
    server.registry.put(ids[1], mount="<script>")
    report = pull(make_source(), folder)
    assert report.refused == sorted(ids[:2])
    assert report.refused_count == 2
    assert report.snapshot.state.count == 28
    server.registry.put(ids[0])  # mended
    server.registry.put(ids[2], coordinates=[0.0, "north"])
    server.registry.withdraw(ids[1])
    report = pull(make_source(), folder)
    assert not report.full
    assert report.refused == [ids[2]]
    assert report.snapshot.state.count == 28
    assert report.snapshot.state.refused_count == 1


def test_a_record_whose_id_is_no_uuid_is_counted_and_left_nowhere(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    nasty = "../../etc/x'; DROP TABLE registered_cameras; --"
    server.registry.put(nasty)
    report = pull(make_source(), folder)
    assert (report.refused, report.refused_count, report.snapshot.state.count) == ([], 1, 30)
    everything = b"".join(path.read_bytes() for path in folder.path.iterdir())
    assert b"DROP TABLE registered" not in everything
    again = pull(make_source(), folder)  # no cursor was kept: changes could not be checked against the digest
    assert again.full
    assert again.refused_count == 1
