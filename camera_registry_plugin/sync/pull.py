"""Brings a snapshot folder up to date with a source: a new verified file or none, and the old one until then."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Optional

from camera_registry_plugin.registry.errors import (
    AccessEnded,
    BadResponse,
    Cancelled,
    ConfigurationError,
    SnapshotError,
    StartOver,
)
from camera_registry_plugin.registry.policy import Policy

from . import assembly, lease
from .body import BROKEN
from .geopackage import DigestMismatch, collector_paused
from .intake import Intake
from .retries import never, utc_now
from .snapshot import Snapshot, SnapshotFolder
from .sources.base import Page, Source

Progress = Callable[[int, Optional[int]], None]  # cameras received, and how many are expected where that is known


@dataclass(frozen=True)
class PullReport:
    """What a pull did. `refused` lists the ids of records not stored, `refused_count` counts also those without one."""

    snapshot: Snapshot
    upserted: int
    withdrawn: int
    refused: list[str] = field(default_factory=list)
    refused_count: int = 0
    full: bool = False


def _no_progress(_received: int, _expected: int | None) -> None:
    """Nobody watches."""


def pull(
    source: Source,
    folder: SnapshotFolder,
    *,
    progress: Progress = _no_progress,
    is_cancelled: Callable[[], bool] = never,
    now: Callable[[], datetime] = utc_now,
) -> PullReport:
    """Make the snapshot in `folder` what `source` says its reader may see, and renew its lease.

    `now` returns aware UTC times. Raises the errors of `registry.errors`; whichever it is, the folder then holds the
    snapshot it held before, except that AccessEnded and a policy that forbids a disk leave none.
    """
    with folder.locked():
        try:
            folder.clean()
            return _Pull(source, folder, progress, is_cancelled, now()).run()
        except AccessEnded:
            folder.clear()
            raise
        except (sqlite3.Error, OSError, MemoryError) as error:
            raise SnapshotError(
                f"The new snapshot could not be written to {folder.path}. The last one stays. Check that the disk has "
                "room and may be written to, then sync again.",
                f"{type(error).__name__}: {error}",
            ) from None
        finally:
            folder.clean()


class _Pull:
    """One run of `pull`, under the folder's lock."""

    def __init__(
        self,
        source: Source,
        folder: SnapshotFolder,
        progress: Progress,
        is_cancelled: Callable[[], bool],
        moment: datetime,
    ) -> None:
        self._source = source
        self._folder = folder
        self._progress = progress
        self._is_cancelled = is_cancelled
        self._moment = moment
        self._target = assembly.Target(folder, source.url, moment)

    def run(self) -> PullReport:
        """Try what is cheapest first; start over once where the result is not what the source announced."""
        policy = self._policy()
        base = self._usable(policy)
        try:
            report = self._changes_since(base, policy) if base else self._everything(policy)
        except (StartOver, DigestMismatch, assembly.TooManyChanges, assembly.UnusableBase):
            report = self._everything_or_error(self._policy())
        lease.remember(self._folder, self._moment)
        return report

    def _policy(self) -> Policy:
        """What the reader may do now; raises ConfigurationError, with nothing stored, where a disk is not allowed."""
        policy = self._source.policy()
        if not policy.cache_on_disk:
            self._folder.clear()
            raise ConfigurationError(
                "This registry does not allow its cameras to be kept on a disk, and a snapshot is a file. Nothing was "
                "stored. Ask the registry's administrator whether that may change."
            )
        return policy

    def _usable(self, policy: Policy) -> Snapshot | None:
        """The current snapshot, if changes can be applied to it: same source, same view, and a cursor."""
        current = self._folder.current()
        if current is None or not current.state.cursor or current.state.source_url != self._source.url:
            return None
        before = current.state.policy
        same_view = (before.role, before.position, before.agency, before.grid) == (
            policy.role,
            policy.position,
            policy.agency,
            policy.grid,
        )
        return current if same_view else None

    def _everything_or_error(self, policy: Policy) -> PullReport:
        try:
            return self._everything(policy)
        except (StartOver, DigestMismatch) as error:
            raise BadResponse(
                "The cameras received are not those that the registry announced, twice in a row. The last snapshot "
                "stays. Sync again later; if it stays so, tell the registry's administrator.",
                error.details,
            ) from None

    def _everything(self, policy: Policy) -> PullReport:
        """A full pull, page by page into a new file."""
        with closing(assembly.FullAssembly(self._target, Intake(policy))) as building:
            return self._receive(building, None, policy)

    def _changes_since(self, base: Snapshot, policy: Policy) -> PullReport:
        """The changes since the base's cursor, into a new file only where there are any."""
        with closing(assembly.ChangedAssembly(self._target, Intake(policy), base)) as building:
            return self._receive(building, base.state.cursor, policy)

    def _receive(self, building: assembly.Assembly, cursor: str | None, policy: Policy) -> PullReport:
        current = self._folder.current()
        expected = current.state.count if current and cursor is None else None
        received = 0
        last: Page | None = None
        for last in self._source.changes(cursor):
            with collector_paused():
                building.add(last)
            received += len(last.features)
            self._progress(received, expected)
            self._check_cancelled()
        if last is None or last.more:
            raise BadResponse(BROKEN, "changes: no last page")
        with collector_paused():
            snapshot = building.finish(last, policy)
        return PullReport(
            snapshot,
            building.upserted,
            building.withdrawn,
            building.refused_ids(),
            snapshot.state.refused_count,
            full=cursor is None,
        )

    def _check_cancelled(self) -> None:
        if self._is_cancelled():
            raise Cancelled
