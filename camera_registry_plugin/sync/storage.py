"""Where a snapshot should not lie: a folder that other machines or a cloud service also see."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePath

_SYNCED = ("onedrive", "dropbox", "google drive", "googledrive", "nextcloud", "owncloud", "icloud", "mobile documents")
_NETWORK_FILESYSTEMS = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "webdav", "davfs")
_DRIVE_REMOTE = 4  # GetDriveType of the Windows API


def storage_warning(folder: Path) -> str:
    """Return a sentence for the user where `folder` looks shared or synced, else an empty string."""
    where = Path(os.path.abspath(folder))
    if _is_synced(where):
        kind = "is copied to other machines by a synchronising service or a roaming profile"
    elif _is_on_network(where):
        kind = "lies on a network drive"
    else:
        return ""
    return (
        f"The snapshot folder {folder} {kind}. Camera locations could be read by others and outlive their lease there; "
        "choose a folder on this machine that only you can read."
    )


def _is_synced(where: PurePath) -> bool:
    names = [part.lower() for part in where.parts]
    roaming = any(pair == ("appdata", "roaming") for pair in zip(names, names[1:]))
    return roaming or any(name.startswith(service) for name in names for service in _SYNCED)


def _is_on_network(where: Path) -> bool:
    if sys.platform == "win32":
        import ctypes

        drive_type: int = ctypes.windll.kernel32.GetDriveTypeW(where.anchor)
        return where.anchor.startswith("\\\\") or drive_type == _DRIVE_REMOTE
    return filesystem_of(where, _mounts()) in _NETWORK_FILESYSTEMS


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:  # macOS has no such list; the names above are what can be known there
        return ""


def filesystem_of(where: PurePath, mounts: str) -> str:
    """Return the type of the filesystem that holds a path, from the text of /proc/mounts; "" where it is unknown."""
    best, kind = PurePath(), ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = PurePath(fields[1].replace("\\040", " "))
        if (where == point or point in where.parents) and len(point.parts) >= len(best.parts):
            best, kind = point, fields[2]
    return kind
