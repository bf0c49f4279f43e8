"""Folders that others see draw a warning."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from camera_registry_plugin.sync import storage

MOUNTS = """/dev/sda1 / ext4 rw 0 0
server:/export /home nfs4 rw 0 0
//server/share /mnt/with\\040space cifs rw 0 0
/dev/sdb1 /home/local ext4 rw 0 0
garbage
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/cameras", "ext4"),
        ("/home/me/cameras", "nfs4"),
        ("/homework", "ext4"),
        ("/home/local/cameras", "ext4"),
        ("/mnt/with space/x", "cifs"),
    ],
)
def test_the_filesystem_of_a_folder_is_that_of_its_nearest_mount(folder: str, kind: str) -> None:
    assert storage.filesystem_of(PurePosixPath(folder), MOUNTS) == kind


@pytest.mark.parametrize("name", ["OneDrive - Police", "Dropbox", "Nextcloud", "AppData/Roaming"])
def test_synced_and_roaming_folders_draw_a_warning(name: str, tmp_path: Path) -> None:
    assert "choose a folder on this machine" in storage.storage_warning(tmp_path / name / "cameras")


def test_a_local_folder_draws_none_and_a_network_drive_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert storage.storage_warning(tmp_path) == ""
    monkeypatch.setattr(storage, "_mounts", lambda: f"server:/x {tmp_path} nfs rw 0 0\n")
    assert "network drive" in storage.storage_warning(tmp_path / "cameras")
