"""The folder of one registry's snapshots: which GeoPackage is current, who may write, and what must go."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from camera_registry_plugin.registry.errors import RegistryError, SnapshotBusy, SnapshotError
from camera_registry_plugin.registry.policy import Policy, read_policy

from . import durable

POINTER = "current.json"
LOCK = "sync.lock"
_SLOT = re.compile(r"cameras-\d{8}T\d{6}Z-[0-9a-f]{12}\.gpkg").fullmatch
_OURS = re.compile(r"cameras-\d{8}T\d{6}Z-[0-9a-f]{12}\.gpkg(?:\.part)?(?:-wal|-shm|-journal)?").fullmatch
_SIDE_FILES = ("-wal", "-shm", "-journal")


@dataclass(frozen=True)
class SnapshotState:
    """What a snapshot holds and since when: `count` cameras, the server's `digest` and `cursor`, times in UTC."""

    policy: Policy
    agency: str
    source_url: str
    count: int
    refused_count: int
    digest: str
    cursor: str
    synced_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """Return the state as JSON holds it."""
        return {**self.__dict__, "policy": self.policy.as_dict(), "synced_at": self.synced_at.isoformat()}


def read_state(data: dict[str, Any]) -> SnapshotState:
    """Return the state that `as_dict` gave; raises KeyError, TypeError, ValueError or BadResponse for another thing."""
    synced_at = datetime.fromisoformat(data["synced_at"])
    if synced_at.tzinfo is None:
        raise ValueError("synced_at without a time zone")
    return SnapshotState(
        policy=read_policy(data["policy"]),
        agency=str(data["agency"]),
        source_url=str(data["source_url"]),
        count=int(data["count"]),
        refused_count=int(data["refused_count"]),
        digest=str(data["digest"]),
        cursor=str(data["cursor"]),
        synced_at=synced_at,
    )


@dataclass(frozen=True)
class Snapshot:
    """One consistent state of the published cameras: a GeoPackage that nobody edits, and what is known of it."""

    path: Path
    state: SnapshotState

    @property
    def lease_ends_at(self) -> datetime:
        """When the files must be gone unless the registry is reached before (UTC)."""
        return self.state.synced_at + timedelta(hours=self.state.policy.lease_hours)


class SnapshotFolder:
    """A folder that holds at most one current snapshot. Files of other names in it are never touched."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    def current(self) -> Snapshot | None:
        """Return the current snapshot, without looking at its lease; None where there is none."""
        try:
            pointer = json.loads((self.path / POINTER).read_text(encoding="utf-8"))
            name, state = str(pointer["file"]), read_state(pointer["state"])
        except (OSError, ValueError, KeyError, TypeError, RegistryError):
            return None  # no pointer, or one that a damaged disk has made unreadable: the next sync starts afresh
        slot = self.path / name
        return Snapshot(slot, state) if _SLOT(name) and slot.is_file() else None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only writer; raises SnapshotBusy where another process is. Creates the folder, for this user only.

        The lock is an exclusive SQLite transaction on an empty file: every system frees it when its process dies.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                durable.create_private(self.path / LOCK)
        except OSError as error:
            raise SnapshotError(
                f"The snapshot folder {self.path} cannot be written to. Choose another folder or ask for the right to "
                "write there.",
                type(error).__name__,
            ) from None
        with closing(sqlite3.connect(str(self.path / LOCK), timeout=0, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                raise SnapshotBusy(
                    "Another sync is writing to this snapshot folder. Wait until it has finished.", str(error)
                ) from None
            yield

    def new_part(self, moment: datetime) -> Path:
        """Return a name, free and temporary, for a snapshot in the making."""
        return self.path / f"cameras-{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(6)}.gpkg.part"

    def switch(self, part: Path, state: SnapshotState) -> Snapshot:
        """Make a finished, verified file the current snapshot, then delete what it replaces. Needs the lock."""
        slot = part.with_suffix("")
        durable.flush_to_disk(part)
        durable.replace(part, slot)
        self._point_to(slot.name, state)
        self.clean()
        return Snapshot(slot, state)

    def renew(self, snapshot: Snapshot, state: SnapshotState) -> Snapshot:
        """Write a new state for the file that is current already. Needs the lock."""
        self._point_to(snapshot.path.name, state)
        return Snapshot(snapshot.path, state)

    def _point_to(self, name: str, state: SnapshotState) -> None:
        pointer = {"file": name, "state": state.as_dict()}
        durable.write_private(self.path / POINTER, json.dumps(pointer, indent=1).encode("utf-8"))

    def clean(self) -> list[Path]:
        """Delete what crashes and earlier snapshots left; return what the system would not delete yet.

        Needs the lock. A file that QGIS has open cannot be deleted on Windows: the next sync or start tries again.
        """
        current = self.current()
        keep = {current.path.name + suffix for suffix in ("", *_SIDE_FILES)} if current else set()
        if not self.path.is_dir():
            return []
        stale = [path for path in sorted(self.path.iterdir()) if _OURS(path.name) and path.name not in keep]
        stale.append(self.path / f"{POINTER}.part")
        return [path for path in stale if not _deleted(path)]

    def clear(self) -> list[Path]:
        """Delete the snapshot and everything belonging to it; return what the system would not delete yet.

        Needs the lock. The pointer goes first, so that no reader finds the rest.
        """
        pointer = self.path / POINTER
        return ([] if _deleted(pointer) else [pointer]) + self.clean()

    def tidy(self) -> None:
        """Delete leftovers unless a sync is under way, which does so itself; for the start of QGIS."""
        if self.path.is_dir():
            with contextlib.suppress(SnapshotBusy), self.locked():
                self.clean()

    def discard(self, snapshot: Snapshot) -> None:
        """Delete one snapshot whose time is over, also while a sync into this folder is under way."""
        for suffix in ("", *_SIDE_FILES):
            _deleted(snapshot.path.with_name(snapshot.path.name + suffix))
        # The pointer goes only under the lock: a sync may be switching it to a fresh snapshot at this moment.
        with contextlib.suppress(SnapshotBusy), self.locked():
            current = self.current()
            if current is None or current.path == snapshot.path:
                self.clear()


def _deleted(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return True
    except OSError:  # open in another program
        return False
    return True
