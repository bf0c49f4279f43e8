"""Puts the pages of one pull together into a new snapshot file, and makes it current once it is verified."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, Union

from camera_registry_plugin.registry.policy import Policy
from camera_registry_plugin.registry.record import CameraRecord

from .geopackage import DigestMismatch, Expected, RefusedRecord, SnapshotWriter, verify
from .intake import Intake
from .snapshot import Snapshot, SnapshotFolder, SnapshotState
from .sources.base import Page

MOST_CHANGES = 100_000  # held in memory; beyond this, fetching everything anew is cheaper


class TooManyChanges(Exception):
    """So much has changed that a full pull is the better way."""


class UnusableBase(Exception):
    """The current snapshot's file cannot be read, so changes cannot be applied to it."""


class Assembly(Protocol):
    """What a pull feeds pages to."""

    @property
    def upserted(self) -> int:
        """How many cameras were new or changed."""
        ...

    @property
    def withdrawn(self) -> int:
        """How many cameras went."""
        ...

    def add(self, page: Page) -> None:
        """Take in one page."""
        ...

    def finish(self, last: Page, policy: Policy) -> Snapshot:
        """Write, verify and switch to the snapshot; raises DigestMismatch or SnapshotError."""
        ...

    def refused_ids(self) -> list[str]:
        """The ids of the records that this pull refused, as far as they are ids."""
        ...

    def close(self) -> None:
        """Let go of the unfinished file."""
        ...


class Target:
    """Where a pull's snapshot goes, and what is written beside its rows."""

    def __init__(self, folder: SnapshotFolder, source_url: str, moment: datetime) -> None:
        self.folder = folder
        self.source_url = source_url
        self.moment = moment

    def new_writer(self) -> SnapshotWriter:
        """Open a new, empty file."""
        return SnapshotWriter(self.folder.new_part(self.moment))

    def state(self, last: Page, policy: Policy, count: int, unlisted: Expected) -> SnapshotState:
        """The state of a snapshot with `count` rows after its last page.

        With records refused that are not listed, later changes could not be checked: no cursor is kept then, and the
        next pull fetches everything.
        """
        return SnapshotState(
            policy=policy,
            agency=policy.agency,
            source_url=self.source_url,
            count=count,
            refused_count=last.count - count,
            digest=last.digest,
            cursor="" if unlisted.count else last.cursor,
            synced_at=self.moment,
        )

    def publish(self, writer: SnapshotWriter, last: Page, policy: Policy, unlisted: Expected) -> Snapshot:
        """Finish the file, verify it against what the source announced, and make it current."""
        state = self.state(last, policy, writer.count, unlisted)
        writer.finish(
            {
                "agency": state.agency,
                "count": str(state.count),
                "digest": state.digest,
                "policy": json.dumps(policy.as_dict()),
                "source_url": state.source_url,
                "synced_at": state.synced_at.isoformat(),
            }
        )
        verify(writer.path, Expected(last.count, last.digest), unlisted)
        return self.folder.switch(writer.path, state)


class FullAssembly:
    """A snapshot from nothing: rows are written as they come, and rewritten once if some of them turned out stale."""

    def __init__(self, target: Target, intake: Intake) -> None:
        self._target = target
        self._intake = intake
        self._writer = target.new_writer()
        self._fid_of: dict[str, int] = {}
        self._stale: set[int] = set()
        self._refused: dict[str, RefusedRecord] = {}
        self.upserted = 0
        self.withdrawn = 0

    def add(self, page: Page) -> None:
        self._intake.forget(page.withdrawn)
        self._drop(page.withdrawn)
        batch = self._intake.read(page.features)
        self._drop(refusal.camera_id for refusal in batch.refused)
        self._refused.update((refusal.camera_id, refusal) for refusal in batch.refused)
        for fid, record in enumerate(batch.records, self._writer.insert(batch.records)):
            camera_id = record.values[0]
            if camera_id in self._fid_of:
                self._stale.add(self._fid_of[camera_id])
            self._fid_of[camera_id] = fid
            self._refused.pop(camera_id, None)
        self.upserted = len(self._fid_of)

    def _drop(self, camera_ids: Iterable[str]) -> None:
        for camera_id in camera_ids:
            self._refused.pop(camera_id, None)
            fid = self._fid_of.pop(camera_id, None)
            if fid is not None:
                self._stale.add(fid)

    def finish(self, last: Page, policy: Policy) -> Snapshot:
        if self._stale:
            # Deleting rows would leave their bytes in the file, so the others move to a file of their own.
            self._writer.commit()
            unclean, self._writer = self._writer, self._target.new_writer()
            self._writer.copy(unclean.path, without_fids=self._stale)
        self._writer.insert_refused(self._refused.values())
        return self._target.publish(self._writer, last, policy, self._intake.unlisted())

    def refused_ids(self) -> list[str]:
        return sorted(self._refused)

    def close(self) -> None:
        self._writer.close()


Change = Union[CameraRecord, RefusedRecord, None]  # None: withdrawn


class ChangedAssembly:
    """A snapshot from the current one and the changes since; a new file only where something did change."""

    def __init__(self, target: Target, intake: Intake, base: Snapshot) -> None:
        self._target = target
        self._intake = intake
        self._base = base
        self._changes: dict[str, Change] = {}
        self._writer: SnapshotWriter | None = None

    @property
    def upserted(self) -> int:
        return sum(isinstance(change, CameraRecord) for change in self._changes.values())

    @property
    def withdrawn(self) -> int:
        return sum(change is None for change in self._changes.values())

    def add(self, page: Page) -> None:
        self._intake.forget(page.withdrawn)
        self._changes.update(dict.fromkeys(page.withdrawn))
        batch = self._intake.read(page.features)
        self._changes.update((refusal.camera_id, refusal) for refusal in batch.refused)
        self._changes.update((record.values[0], record) for record in batch.records)
        if len(self._changes) > MOST_CHANGES:
            raise TooManyChanges

    def finish(self, last: Page, policy: Policy) -> Snapshot:
        unlisted = self._intake.unlisted()
        if not self._changes and not unlisted.count:
            return self._renew(last, policy)
        self._writer = self._target.new_writer()
        try:
            self._writer.copy(self._base.path, without_ids=self._changes.keys())
        except sqlite3.Error as error:
            raise UnusableBase from error
        changes = self._changes.values()
        self._writer.insert(change for change in changes if isinstance(change, CameraRecord))
        self._writer.insert_refused(change for change in changes if isinstance(change, RefusedRecord))
        return self._target.publish(self._writer, last, policy, unlisted)

    def _renew(self, last: Page, policy: Policy) -> Snapshot:
        """Nothing changed: the file stays, its lease starts anew."""
        before = self._base.state
        if (last.count, last.digest) != (before.count + before.refused_count, before.digest):
            raise DigestMismatch("no changes, but another count or digest")
        state = self._target.state(last, policy, before.count, Expected(0, ""))
        return self._target.folder.renew(self._base, state)

    def refused_ids(self) -> list[str]:
        return sorted(key for key, change in self._changes.items() if isinstance(change, RefusedRecord))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
