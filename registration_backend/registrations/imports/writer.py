"""Stores the rows of a list so that the same list, imported again, changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date

from django.db import transaction

from registrations import marks, services
from registrations.contacts import address_lookup
from registrations.enumerations import Origin, PositionSource, State
from registrations.imports.agency_rules import AgencyRules
from registrations.imports.hashes import content_hash, list_hash, source_hash
from registrations.imports.rows import ImportRow
from registrations.models import MAX_CAMERAS, Agency, ImportedRow, Registration
from registrations.parts import parts
from registrations.services import CameraDetails, NotAllowed, SiteDetails, announced_together, both_databases

# Sites in one transaction: a web form waits no longer than such a part takes.
SITES_AT_ONCE = 200


@dataclass
class ImportReport:
    """How many rows were treated how, why which line was refused, and what is said once of the whole list."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    # Keyed look-ups of the addresses that only a later consent opens.
    closed_addresses: set[str] = field(default_factory=set, repr=False)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Known:
    """A row of the list beside what is remembered of it, and the days on which it or its address was withdrawn."""

    row: ImportRow
    source_hash: str
    content_hash: str
    address_lookup: str
    memory: ImportedRow | None
    row_withdrawn: date | None
    address_withdrawn: date | None

    @property
    def is_unchanged(self) -> bool:
        return self.memory is not None and self.memory.content_hash == self.content_hash

    def last_withdrawal(self, living: Collection[str]) -> date | None:
        """Return the last day on which the row or its address was withdrawn; an address among the `living` is none."""
        address = None if self.address_lookup in living else self.address_withdrawn
        return max(filter(None, (self.row_withdrawn, address)), default=None)

    def consents_after(self, day: date | None) -> bool:
        """Say whether the form's consent is later, by at least a day."""
        consent = self.row.consent
        return day is None or (consent is not None and consent.given_at.date() > day)

    def reason_to_refuse(self, day: date) -> str:
        """Say what was withdrawn, and that only a later consent helps."""
        if self.row_withdrawn:
            what = "its registration"
        else:
            what = "a registration at its address" if self.address_withdrawn else "another row of its site"
        return f"{what} was withdrawn on {day.isoformat()}; it is let in only with a later consent date"


class ListWriter:
    """Writes rows of one list for one agency; with `dry_run` it undoes what it did."""

    def __init__(self, agency: Agency, list_name: str, *, dry_run: bool = False) -> None:
        self._agency = agency
        self._list_name = list_name
        self._dry_run = dry_run
        self.report = ImportReport()
        # What the agency's rules left of the rows; the report says which of them were refused all the same.
        self.accepted: list[ImportRow] = []

    def write(self, rows: Iterable[ImportRow]) -> None:
        """Store the rows, one registration for each group."""
        for _ in self.write_in_parts(rows):
            continue

    def write_in_parts(self, rows: Iterable[ImportRow]) -> Iterator[int]:
        """Do as write does, one transaction after the other; yield after each how many rows it took."""
        groups: dict[str, list[ImportRow]] = {}
        rules = AgencyRules(self._agency)
        for row in rules.accepted(rows):
            self.accepted.append(row)
            groups.setdefault(row.group, []).append(row)
        self.report.refused += rules.refused
        self.report.notes += rules.notes()
        for part in parts(groups.values(), SITES_AT_ONCE):
            with stored_together(dry_run=self._dry_run):
                known = self._recall([row for group in part for row in group])
                for group in part:
                    self._write_group([known[row.source_id] for row in group])
            yield sum(map(len, part))

    def _recall(self, rows: list[ImportRow]) -> dict[str, _Known]:
        hashes = {row.source_id: source_hash(self._agency, self._list_name, row.source_id) for row in rows}
        memories: dict[str, ImportedRow] = {}
        # Locked before the marks are read: a withdrawal is either seen here or waits until these rows are written.
        remembered = ImportedRow.objects.select_related("registration").select_for_update(of=("registration",))
        for some in parts(sorted(hashes.values())):
            for memory in remembered.filter(source_hash__in=some).order_by("registration_id"):
                memories[memory.source_hash] = memory
        lookups = {row.source_id: address_lookup(row.contact.address, row.contact.unit) for row in rows}
        own = {row.source_id: marks.row_mark(hashes[row.source_id]) for row in rows}
        place = {row.source_id: marks.address_mark(self._agency.code, lookups[row.source_id]) for row in rows}
        standing = marks.find({*own.values(), *place.values()})
        return {
            row.source_id: _Known(
                row,
                hashes[row.source_id],
                content_hash(row),
                lookups[row.source_id],
                memories.get(hashes[row.source_id]),
                standing.get(own[row.source_id]),
                standing.get(place[row.source_id]),
            )
            for row in rows
        }

    def _write_group(self, group: list[_Known]) -> None:
        if len(group) > MAX_CAMERAS:
            self._refuse(group, f"its site has more than {MAX_CAMERAS} cameras")
            return
        owners = {each.memory.registration for each in group if each.memory is not None}
        if len(owners) > 1:
            self._refuse(group, "its site is made of rows of different registrations; withdraw one of them first")
            return
        owner = owners.pop() if owners else None
        group = self._admitted(owner, group)
        try:
            if not all(each.is_unchanged for each in group):
                self._create(group) if owner is None else self._update(owner, group)
                marks.lift_rows(each.source_hash for each in group)
        except NotAllowed as error:
            self._refuse(group, str(error))
            return
        self._complete_memories(group)
        self.report.created += sum(each.memory is None for each in group)
        self.report.unchanged += sum(each.is_unchanged for each in group)
        self.report.updated += sum(each.memory is not None and not each.is_unchanged for each in group)

    def _admitted(self, owner: Registration | None, group: list[_Known]) -> list[_Known]:
        """Refuse the rows that would bring back who withdrew, and return the others.

        A site that nobody registers now comes back whole or not at all. At one that is registered, a row stands for
        itself, and an address of the registration's own is no reason to refuse: whoever withdrew there withdrew for
        themselves.
        """
        marked = any(each.row_withdrawn or each.address_withdrawn for each in group)
        living = marks.addresses_of(owner) if owner is not None and marked else set()
        days = [None if each.is_unchanged else each.last_withdrawal(living) for each in group]
        if owner is None:
            days = [max(filter(None, days), default=None)] * len(group)
        fits = [each.consents_after(day) for each, day in zip(group, days, strict=True)]
        if owner is None and not all(fits):
            fits = [False] * len(group)
        for each, day, fit in zip(group, days, fits, strict=True):
            if day is not None and not fit:
                self._refuse([each], each.reason_to_refuse(day))
                self.report.closed_addresses |= {each.address_lookup} - {""}
        return [each for each, fit in zip(group, fits, strict=True) if fit]

    def _complete_memories(self, group: list[_Known]) -> None:
        """Complete the rows of an older version, which remembered neither their list nor its address."""
        for each in group:
            if each.memory is not None and not each.memory.list_hash:
                ImportedRow.objects.filter(pk=each.memory.pk).update(
                    list_hash=list_hash(self._agency, self._list_name), address_lookup=each.address_lookup
                )

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
                list_hash=list_hash(self._agency, self._list_name),
                content_hash=each.content_hash,
                address_lookup=each.address_lookup,
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
                    "list_hash": list_hash(self._agency, self._list_name),
                    "content_hash": each.content_hash,
                    "address_lookup": each.address_lookup,
                    "registration": owner,
                    "camera_id": camera_id or next(added).pk,
                },
            )


@contextmanager
def stored_together(*, dry_run: bool) -> Iterator[None]:
    """Make many writes one transaction, announced together; a dry run writes and announces too, and is then undone.

    Only so does it say what the real run would: the refusals of services and of the feed included.
    """
    with both_databases():
        with announced_together():
            yield
        if dry_run:
            for database in ("default", "keys"):
                transaction.set_rollback(True, using=database)


def _camera(row: ImportRow, site: SiteDetails) -> CameraDetails:
    """Give a camera a position of its own only where its row lies elsewhere than the site."""
    if row.site.position is None or row.site.position == site.position or row.group.startswith("row "):
        return row.camera
    return replace(row.camera, position=row.site.position, position_source=row.site.position_source)
