"""Stores the rows of a list so that the same list, imported again, changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import TypeVar

from registrations import services
from registrations.contacts import keyed_hash
from registrations.enumerations import Origin, PositionSource, State
from registrations.imports.rows import ImportRow
from registrations.models import MAX_CAMERAS, Agency, ImportedRow, Registration
from registrations.services import CameraDetails, NotAllowed, SiteDetails, announced_together

# Sites in one transaction: a web form waits no longer than such a part takes.
SITES_AT_ONCE = 200


@dataclass
class ImportReport:
    """How many rows were treated how, and why which line was refused."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Known:
    """A row of the list beside what is remembered of it."""

    row: ImportRow
    source_hash: str
    content_hash: str
    memory: ImportedRow | None

    @property
    def is_unchanged(self) -> bool:
        return self.memory is not None and self.memory.content_hash == self.content_hash


class ListWriter:
    """Writes rows of one list for one agency; with `dry_run` it only counts what it would do."""

    def __init__(self, agency: Agency, list_name: str, *, dry_run: bool = False) -> None:
        self._agency = agency
        self._list_name = list_name
        self._dry_run = dry_run
        self.report = ImportReport()

    def write(self, rows: Iterable[ImportRow]) -> None:
        """Store the rows, one registration for each group."""
        groups: dict[str, list[ImportRow]] = {}
        for row in rows:
            groups.setdefault(row.group, []).append(row)
        for part in _parts(groups.values(), SITES_AT_ONCE):
            with announced_together():
                known = self._recall([row for group in part for row in group])
                for group in part:
                    self._write_group([known[row.source_id] for row in group])

    def _recall(self, rows: list[ImportRow]) -> dict[str, _Known]:
        hashes = {
            row.source_id: keyed_hash("import row", self._agency.code, self._list_name, row.source_id) for row in rows
        }
        memories: dict[str, ImportedRow] = {}
        for some in _parts(hashes.values(), 500):
            for memory in ImportedRow.objects.filter(source_hash__in=some).select_related("registration"):
                memories[memory.source_hash] = memory
        return {
            row.source_id: _Known(row, hashes[row.source_id], _content_hash(row), memories.get(hashes[row.source_id]))
            for row in rows
        }

    def _write_group(self, group: list[_Known]) -> None:
        if len(group) > MAX_CAMERAS:
            self._refuse(group, f"its site has more than {MAX_CAMERAS} cameras")
            return
        if any(each.memory is not None and each.memory.registration is None for each in group):
            self._refuse(group, "its registration was withdrawn; remove it from the list")
            return
        owners = {each.memory.registration for each in group if each.memory is not None}
        if len(owners) > 1:
            self._refuse(group, "its site is made of rows of different registrations; withdraw one of them first")
            return
        if all(each.is_unchanged for each in group):
            self.report.unchanged += len(group)
            return
        try:
            if not self._dry_run:
                owner = owners.pop() if owners else None
                self._create(group) if owner is None else self._update(owner, group)
        except NotAllowed as error:
            self._refuse(group, str(error))
            return
        self.report.created += sum(each.memory is None for each in group)
        self.report.unchanged += sum(each.is_unchanged for each in group)
        self.report.updated += sum(each.memory is not None and not each.is_unchanged for each in group)

    def _refuse(self, group: list[_Known], reason: str) -> None:
        self.report.refused += [(each.row.line, reason) for each in group]

    def _create(self, group: list[_Known]) -> None:
        first = group[0].row
        registered = services.register(
            self._agency,
            Origin.IMPORT,
            first.site,
            first.contact,
            [_camera(each.row, first.site) for each in group],
            first.consent,
            confirmed_on=first.confirmed_on or (first.consent.given_at.date() if first.consent else None),
            published=first.site.position is not None and first.consent is not None,
        )
        ImportedRow.objects.bulk_create(
            ImportedRow(
                source_hash=each.source_hash,
                content_hash=each.content_hash,
                registration=registered.registration,
                camera=camera,
            )
            for each, camera in zip(group, registered.cameras, strict=True)
        )

    def _update(self, owner: Registration, group: list[_Known]) -> None:
        first = group[0].row
        site = first.site
        if owner.site_source == PositionSource.STAFF_VERIFIED and owner.site is not None:
            # What staff checked on the spot is better than the list.
            site = SiteDetails(site.premises, (owner.site.x, owner.site.y), owner.site_source)
        changed = [each for each in group if not each.is_unchanged]
        before = set(owner.cameras.values_list("pk", flat=True))
        services.change(
            owner,
            site=site,
            contact=first.contact,
            cameras=[(each.memory.camera_id if each.memory else None, _camera(each.row, site)) for each in changed],
            consent=first.consent,
        )
        if first.consent is not None and owner.state in {State.UNCONFIRMED, State.PENDING}:
            services.confirm(owner, first.confirmed_on or first.consent.given_at.date())
            if site.position is not None:
                services.publish(owner)
        added = iter(owner.cameras.exclude(pk__in=before).order_by("number"))
        for each in changed:
            camera_id = each.memory.camera_id if each.memory else None
            ImportedRow.objects.update_or_create(
                source_hash=each.source_hash,
                defaults={
                    "content_hash": each.content_hash,
                    "registration": owner,
                    "camera_id": camera_id or next(added).pk,
                },
            )


def _camera(row: ImportRow, site: SiteDetails) -> CameraDetails:
    """Give a camera a position of its own only where its row lies elsewhere than the site."""
    if row.site.position is None or row.site.position == site.position or row.group.startswith("row "):
        return row.camera
    return replace(row.camera, position=row.site.position, position_source=row.site.position_source)


def _content_hash(row: ImportRow) -> str:
    content = {**asdict(row), "line": None}
    return keyed_hash("import content", json.dumps(content, default=str, sort_keys=True))


Item = TypeVar("Item")


def _parts(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part
