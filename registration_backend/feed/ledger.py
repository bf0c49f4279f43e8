"""Writes documents and tombstones under one sequence, and keeps the count and digest of each audience with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import Max
from django.utils import timezone

from disclosure.reading import view_of
from disclosure.redaction import differ_by_date_at_most
from feed import digest
from feed.drafts import Draft, RowKey
from feed.models import FeedState, PublishedCamera, SequenceCounter, WithdrawnCamera
from registrations.models import Agency

TOMBSTONES_KEPT = timedelta(days=90)
_VERSION_MEMBER = ',"row_version":'
_REPLACED = (
    "registration_id",
    "agency",
    "longitude",
    "latitude",
    "updated_on",
    "row_version",
    "sequence",
    "document",
)


class Ledger:
    """One pass of changes inside a transaction; the row lock on the counter makes writers wait for each other.

    Because a number is given out only while that lock is held until the commit, no reader ever sees a number before
    a smaller one.
    """

    def __init__(self) -> None:
        self._counter, _ = SequenceCounter.objects.select_for_update().get_or_create(pk=1)
        self._before = self._counter.value
        self._states: dict[tuple[int, str], FeedState] = {}
        self._touched: set[tuple[int, str]] = set()

    def state(self, agency_id: int, audience: str, agency: Agency | None = None) -> FeedState:
        """Return the state of one audience, to be changed; close() saves it. `agency` is needed to make a new one."""
        key = (agency_id, audience)
        if key not in self._states:
            for state in FeedState.objects.filter(agency_id=agency_id):
                self._states.setdefault((agency_id, state.audience), state)
            if key not in self._states:
                agency = agency or Agency.objects.get(pk=agency_id)
                self._states[key] = FeedState.objects.create(
                    agency=agency, audience=audience, view=view_of(agency, audience)
                )
        self._touched.add(key)
        return self._states[key]

    def replace(self, registration_ids: Sequence[UUID], drafts: Mapping[RowKey, Draft]) -> None:
        """Make the published rows of these registrations what `drafts` says, and bury the others."""
        rows = {
            (row.camera_id, row.audience): row
            for row in PublishedCamera.objects.filter(registration_id__in=registration_ids)
        }
        leaving = {key for key, row in rows.items() if key not in drafts or drafts[key].agency.pk != row.agency_id}
        self._bury([rows.pop(key) for key in leaving])
        versions = self._unbury({key: draft for key, draft in drafts.items() if key not in rows})
        changed: list[PublishedCamera] = []
        for key, draft in drafts.items():
            row = rows.get(key)
            if row is None:
                changed.append(self._row(key, draft, versions.get(key, 0) + 1))
            elif _differs(row, draft):
                self._count(row, -1)
                changed.append(self._row(key, draft, row.row_version + 1))
        if changed:
            PublishedCamera.objects.bulk_create(
                changed, update_conflicts=True, unique_fields=["camera_id", "audience"], update_fields=_REPLACED
            )

    def close(self) -> None:
        """Save the states and the counter."""
        for key in self._touched:
            self._states[key].save()
        if self._counter.value != self._before:
            self._counter.save()

    def _row(self, key: RowKey, draft: Draft, row_version: int) -> PublishedCamera:
        camera_id, audience = key
        row = PublishedCamera(
            camera_id=camera_id,
            audience=audience,
            registration_id=draft.registration_id,
            agency=draft.agency,
            longitude=draft.shown.longitude,
            latitude=draft.shown.latitude,
            updated_on=draft.document.updated_on,
            row_version=row_version,
            document=f"{draft.document.body[:-1].decode('ascii')}{_VERSION_MEMBER}{row_version}}}",
        )
        self._count(row, +1, draft.agency)
        row.sequence = self._number(row.agency_id, audience)
        return row

    def _count(self, row: PublishedCamera, sign: int, agency: Agency | None = None) -> None:
        state = self.state(row.agency_id, row.audience, agency)
        state.count += sign
        state.digest = digest.moved(state.digest, sign * digest.entry(str(row.camera_id), row.row_version))

    def _number(self, agency_id: int, audience: str) -> int:
        self._counter.value += 1
        self.state(agency_id, audience).sequence = self._counter.value
        return self._counter.value

    def _bury(self, rows: Sequence[PublishedCamera]) -> None:
        """Delete rows and leave tombstones in their place; drop the tombstones that are too old."""
        now = timezone.now()
        tombstones = []
        for row in sorted(rows, key=lambda row: row.sequence):
            self._count(row, -1)
            tombstones.append(
                WithdrawnCamera(
                    camera_id=row.camera_id,
                    audience=row.audience,
                    agency_id=row.agency_id,
                    row_version=row.row_version,
                    sequence=self._number(row.agency_id, row.audience),
                    recorded_at=now,
                )
            )
        if not tombstones:
            return
        PublishedCamera.objects.filter(pk__in=[row.pk for row in rows]).delete()
        WithdrawnCamera.objects.bulk_create(tombstones)
        old = WithdrawnCamera.objects.filter(recorded_at__lt=now - TOMBSTONES_KEPT)
        for agency_id, audience, newest in old.values_list("agency_id", "audience").annotate(Max("sequence")):
            self.state(agency_id, audience).purged_through = newest
        old.delete()

    def _unbury(self, drafts: Mapping[RowKey, Draft]) -> dict[RowKey, int]:
        """Remove the tombstones of cameras that come back; return the row_version that each had reached."""
        versions: dict[RowKey, int] = {}
        raised = []
        for tombstone in WithdrawnCamera.objects.filter(camera_id__in={camera_id for camera_id, _ in drafts}):
            key = (tombstone.camera_id, tombstone.audience)
            draft = drafts.get(key)
            if draft is None:
                continue
            versions[key] = max(versions.get(key, 0), tombstone.row_version)
            if draft.agency.pk == tombstone.agency_id:
                raised.append(tombstone.pk)
        if raised:
            WithdrawnCamera.objects.filter(pk__in=raised).delete()
        return versions


def _differs(row: PublishedCamera, draft: Draft) -> bool:
    """Say whether the reader would see a change; a new updated_on alone is none.

    Otherwise a move within a cell, or a new phone number, would show as a new date.
    """
    stored = row.document[: row.document.rindex(_VERSION_MEMBER)].encode("ascii") + b"}"
    return not differ_by_date_at_most(stored, draft.document.body)
