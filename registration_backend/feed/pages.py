"""Reads pages of one reader's documents: by place and day, or what changed since a cursor."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone

from disclosure.access import Reader
from feed.cursors import Cursor, start_over
from feed.ledger import TOMBSTONES_KEPT
from feed.models import FeedState, PublishedCamera, SequenceCounter, WithdrawnCamera
from feed.parameters import Box, Days

_CROWDED = 20_000  # rows in a box: from here on, walking is faster than looking up


class ItemsPage(NamedTuple):
    """Documents, and the row after which the next page begins (None: this is the last)."""

    documents: list[str]
    next_after: int | None


class ChangesPage(NamedTuple):
    """Documents that appeared or changed, cameras that are withdrawn, and where the reader stands then.

    `state` is there on the last page only: what the reader must now hold in sum.
    """

    documents: list[str]
    withdrawn: list[str]
    cursor: Cursor
    state: FeedState | None


def rows_of(reader: Reader) -> QuerySet[PublishedCamera]:
    """Return the rows that `reader` may see: those of its agency and role, no others."""
    return PublishedCamera.objects.filter(agency=reader.agency, audience=reader.role)


def state_of(reader: Reader, view: str) -> FeedState:
    """Return the state of the reader's feed, an empty one where nothing was ever published."""
    state = FeedState.objects.filter(agency=reader.agency, audience=reader.role).first()
    return state or FeedState(agency=reader.agency, audience=reader.role, view=view)


def generation() -> str:
    """Return the feed's generation, which a restore renews; blank before the first change."""
    return SequenceCounter.objects.filter(pk=1).values_list("generation", flat=True).first() or ""


def items_page(reader: Reader, box: Box | None, days: Days | None, after: int, limit: int) -> ItemsPage:
    """Return up to `limit` documents in the box and on the days, after the row `after`.

    Both filters look at what this reader is shown, never at what is behind it. Rows are never skipped when others
    are deleted between two pages.
    """
    rows = rows_of(reader) if box is None else _rows_inside(reader, box)
    rows = rows.filter(pk__gt=after, **_on(days)).order_by("pk")
    found = list(rows.values_list("pk", "document")[: limit + 1])
    page = found[:limit]
    return ItemsPage([document for _, document in page], page[-1][0] if len(found) > limit else None)


def changes_page(reader: Reader, view: str, since: Cursor | None, limit: int) -> ChangesPage:
    """Return up to `limit` changes after `since`, oldest first, or everything from the beginning.

    Only changes up to the state's sequence at the start are read, so that a camera that moves meanwhile comes later
    and not twice. The page is the last one when nothing was written since: then, and only then, the state that
    follows is exactly what the reader holds.
    """
    before = state_of(reader, view)
    if since is None:
        since = Cursor(0, before.sequence)
    elif _is_too_old(reader, before, since):
        raise start_over("The record of what was withdrawn does not reach back that far")
    live = rows_of(reader).filter(sequence__gt=since.position, sequence__lte=before.sequence).order_by("sequence")
    rows: list[tuple[int, str]] = list(live.values_list("sequence", "document")[: limit + 1])
    gone = _tombstones(reader).filter(sequence__gt=since.floor, sequence__lte=before.sequence).order_by("sequence")
    tombstones = list(gone.values_list("sequence", "camera_id")[: limit + 1])
    last = _cut(sorted([row[0] for row in rows] + [row[0] for row in tombstones]), limit)
    cursor = Cursor(before.sequence if last is None else last, since.began)
    after = state_of(reader, view)
    is_last = last is None and after.sequence == before.sequence and after.view == before.view
    return ChangesPage(
        [document for sequence, document in rows if sequence <= cursor.position],
        [str(camera_id) for sequence, camera_id in tombstones if sequence <= cursor.position],
        cursor,
        after if is_last else None,
    )


def _cut(sequences: list[int], limit: int) -> int | None:
    """Return the last sequence of a full page, or None when everything fits."""
    return sequences[limit - 1] if len(sequences) > limit else None


def _tombstones(reader: Reader) -> QuerySet[WithdrawnCamera]:
    return WithdrawnCamera.objects.filter(agency=reader.agency, audience=reader.role)


def _is_too_old(reader: Reader, state: FeedState, since: Cursor) -> bool:
    """Say whether a tombstone that this reader has not seen is gone, or is older than tombstones are kept."""
    if since.floor < state.purged_through or since.floor > state.sequence:
        return True
    expired = timezone.now() - TOMBSTONES_KEPT
    return _tombstones(reader).filter(sequence__gt=since.floor, recorded_at__lt=expired).exists()


def _on(days: Days | None) -> dict[str, object]:
    bounds = {"updated_on__gte": days.first, "updated_on__lte": days.last} if days else {}
    return {name: day for name, day in bounds.items() if day is not None}


def _rows_inside(reader: Reader, box: Box) -> QuerySet[PublishedCamera]:
    """Return the reader's rows in the box.

    Asked in one step, the database walks all rows in the order of their ids, which is fast where most lie in the box;
    in two steps it takes the index by place, which is fast where few do.
    """
    inside = rows_of(reader).filter(latitude__gte=box.south, latitude__lte=box.north)
    if box.west <= box.east:
        inside = inside.filter(longitude__gte=box.west, longitude__lte=box.east)
    else:
        inside = inside.filter(Q(longitude__gte=box.west) | Q(longitude__lte=box.east))
    ids = inside.order_by().values("pk")
    if ids[: _CROWDED + 1].count() > _CROWDED:
        return inside
    return PublishedCamera.objects.filter(pk__in=ids)
