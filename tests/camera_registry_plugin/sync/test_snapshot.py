"""The snapshot folder: one current file, one writer, and nothing left lying about."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from camera_registry_plugin.registry.errors import SnapshotBusy, SnapshotError
from camera_registry_plugin.sync import durable
from camera_registry_plugin.sync.pull import pull
from camera_registry_plugin.sync.snapshot import SnapshotFolder, read_state
from camera_registry_plugin.sync.sources.registration_backend import RegistrationBackend
from tests.camera_registry_plugin.sync.conftest import contents
from tests.camera_registry_plugin.sync.registry_server import RegistryServer

MakeSource = Callable[..., RegistrationBackend]


def test_a_folder_without_a_snapshot_has_none(folder: SnapshotFolder) -> None:
    assert folder.current() is None
    folder.tidy()
    assert not folder.path.exists()


def test_the_folder_and_its_files_are_for_this_user_only(make_source: MakeSource, folder: SnapshotFolder) -> None:
    pull(make_source(), folder)
    assert [path for path in (folder.path, *folder.path.iterdir()) if path.stat().st_mode & 0o077] == []


def test_the_state_survives_the_pointer_file(make_source: MakeSource, folder: SnapshotFolder) -> None:
    snapshot = pull(make_source(), folder).snapshot
    assert SnapshotFolder(folder.path).current() == snapshot
    assert read_state(snapshot.state.as_dict()) == snapshot.state


@pytest.mark.parametrize("name", ["../outside.gpkg", "other.gpkg", "/etc/passwd", "cameras-20261122T000000Z-0.gpkg"])
def test_a_pointer_to_anything_but_a_slot_is_not_followed(
    name: str, make_source: MakeSource, folder: SnapshotFolder, tmp_path: Path
) -> None:
    snapshot = pull(make_source(), folder).snapshot
    (tmp_path / "outside.gpkg").write_bytes(snapshot.path.read_bytes())
    pointer = folder.path / "current.json"
    pointer.write_text(pointer.read_text().replace(snapshot.path.name, name))
    assert folder.current() is None


def test_what_a_crash_left_is_deleted_and_files_of_others_stay(make_source: MakeSource, folder: SnapshotFolder) -> None:
    folder.path.mkdir()
    slot = "cameras-20200101T000000Z-0123456789ab.gpkg"
    leftovers = [slot, f"{slot}.part", f"{slot}-wal", f"{slot}-shm", f"{slot}-journal", "current.json.part"]
    for name in leftovers:
        (folder.path / name).write_bytes(b"x")
    (folder.path / "cameras of mine.gpkg").write_bytes(b"mine")
    snapshot = pull(make_source(), folder).snapshot
    assert sorted(contents(folder.path)) == sorted(["cameras of mine.gpkg", "current.json", snapshot.path.name])


def test_side_files_of_the_old_slot_go_with_it(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    old = pull(make_source(), folder).snapshot.path
    old.with_name(old.name + "-journal").write_bytes(b"")
    server.registry.put(next(iter(server.registry.rows)))
    new = pull(make_source(), folder).snapshot.path
    assert sorted(contents(folder.path)) == sorted(["current.json", new.name])


def test_a_slot_that_the_system_will_not_delete_goes_later(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = pull(make_source(), folder).snapshot.path
    server.registry.put(next(iter(server.registry.rows)))
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name == old.name:
            raise PermissionError(13, "The process cannot access the file because it is being used", str(path))
        unlink(path, missing_ok)

    with monkeypatch.context() as windows:
        windows.setattr(Path, "unlink", refuse)
        new = pull(make_source(), folder).snapshot.path
        assert old.exists()
        assert folder.current().path == new
        folder.tidy()
        assert old.exists()
    folder.tidy()
    assert not old.exists()
    assert folder.current().path == new


def test_a_pointer_that_is_being_read_is_replaced_a_moment_later(
    make_source: MakeSource, folder: SnapshotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace
    refusals = [PermissionError(13, "being used")] * 3

    def busy(source: Path, target: Path) -> None:
        if refusals and target.name == "current.json":
            raise refusals.pop()
        replace(source, target)

    monkeypatch.setattr(durable.os, "replace", busy)
    monkeypatch.setattr(durable, "REPLACE_PAUSE_SECONDS", 0.001)
    assert pull(make_source(), folder).snapshot == folder.current()
    assert refusals == []


def test_only_one_writer_at_a_time(make_source: MakeSource, folder: SnapshotFolder) -> None:
    with folder.locked(), pytest.raises(SnapshotBusy, match="Another sync is writing"):
        pull(make_source(), SnapshotFolder(folder.path))
    assert pull(make_source(), folder).upserted == 30


HOLDER = """
import sys, time
from pathlib import Path
from camera_registry_plugin.sync.snapshot import SnapshotFolder
with SnapshotFolder(Path(sys.argv[1])).locked():
    print("locked", flush=True)
    time.sleep(60)
"""


def test_the_lock_of_a_process_that_died_is_free(make_source: MakeSource, folder: SnapshotFolder) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(folder.path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(SnapshotBusy):
            pull(make_source(), folder)
    finally:
        holder.kill()
        holder.communicate()
    assert pull(make_source(), folder).upserted == 30


def test_a_folder_that_cannot_be_made_is_said(make_source: MakeSource, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SnapshotError, match="Choose another folder"):
        pull(make_source(), SnapshotFolder(tmp_path / "file" / "snapshots"))


def test_a_full_disk_is_said_and_the_old_snapshot_stays(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull(make_source(), folder)
    before = contents(folder.path)
    server.registry.view = "another"

    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable, "flush_to_disk", full)
    with pytest.raises(SnapshotError, match="could not be written") as caught:
        pull(make_source(), folder)
    assert "\n" not in caught.value.message
    assert contents(folder.path) == before


def test_nothing_heavy_is_imported_with_the_modules_that_qgis_loads_at_start() -> None:
    code = (
        "import sys, camera_registry_plugin.sync.pull, camera_registry_plugin.sync.snapshot,"
        " camera_registry_plugin.sync.lease, camera_registry_plugin.sync.sources.registration_backend\n"
        "print(sorted({'numpy', 'requests', 'shapely', 'pyproj', 'qgis', 'osgeo'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_two_pulls_into_one_folder_end_in_one_good_snapshot(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    outcomes: list[str] = []

    def go() -> None:
        try:
            pull(make_source(page=3), folder)
            outcomes.append("synced")
        except SnapshotBusy:
            outcomes.append("busy")

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
        time.sleep(0.005)
    for thread in threads:
        thread.join()
    assert "synced" in outcomes
    assert len(outcomes) == 4
    assert len(list(folder.path.glob("cameras-*"))) == 1
