"""Brings the feed up to date with registrations, inside the transaction that changes them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from disclosure.reading import view_of
from feed.drafts import Gap, drafts_of
from feed.ledger import Ledger
from feed.models import Audience, FeedState, PublishedCamera, UnpublishedRegistration
from registrations.models import Agency, Registration

_AT_ONCE = 400  # registrations: bounds the memory and the length of a statement


def publish(registration_ids: Iterable[UUID]) -> None:
    """Make what every audience sees of these registrations what it should be.

    A registration that is gone, waits or is suspended is withdrawn. A document that stays as it was changes neither
    its row_version nor any sequence. Raises disclosure.redaction.NotPublishable.
    """
    ids = list(dict.fromkeys(registration_ids))
    with transaction.atomic(savepoint=False):
        ledger = Ledger()
        for start in range(0, len(ids), _AT_ONCE):
            chunk = ids[start : start + _AT_ONCE]
            drafts, gaps = drafts_of(Registration.objects.filter(pk__in=chunk).select_related("agency"))
            ledger.replace(chunk, drafts)
            _note_gaps(chunk, gaps)
        ledger.close()


def withdraw(registration_id: UUID) -> None:
    """Take one registration out of every audience's feed, while its rows still exist."""
    with transaction.atomic(savepoint=False):
        ledger = Ledger()
        ledger.replace([registration_id], {})
        _note_gaps([registration_id], [])
        ledger.close()


def republish(agency: Agency) -> None:
    """Publish everything of `agency` afresh, after its settings, its address register or the position key changed."""
    with transaction.atomic():
        ledger = Ledger()
        for audience in Audience.values:
            ledger.state(agency.pk, audience, agency).view = view_of(agency, audience)
        ledger.close()
        known = Registration.objects.filter(agency=agency).values_list("pk", flat=True)
        shown = PublishedCamera.objects.filter(agency=agency).values_list("registration_id", flat=True)
        publish(sorted({*known, *shown}))


def is_up_to_date(agency: Agency) -> bool:
    """Say whether everything stored for `agency` was made under its present settings and the present key."""
    states = FeedState.objects.filter(agency=agency).values_list("audience", "view")
    return all(view == view_of(agency, audience) for audience, view in states)


def _note_gaps(registration_ids: list[UUID], gaps: list[Gap]) -> None:
    """Remember which of these registrations an audience may not see, for the policy's count by municipality."""
    wanted = {(gap.registration_id, gap.audience): gap for gap in gaps}
    stale = []
    for known in UnpublishedRegistration.objects.filter(registration_id__in=registration_ids):
        gap = wanted.get((known.registration_id, known.audience))
        if gap and (gap.agency.pk, gap.municipality, gap.cameras) == (
            known.agency_id,
            known.municipality,
            known.cameras,
        ):
            del wanted[known.registration_id, known.audience]
        else:
            stale.append(known.pk)
    if stale:
        UnpublishedRegistration.objects.filter(pk__in=stale).delete()
    if wanted:
        UnpublishedRegistration.objects.bulk_create(UnpublishedRegistration(**gap._asdict()) for gap in wanted.values())
