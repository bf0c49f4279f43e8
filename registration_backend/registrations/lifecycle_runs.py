"""Remembers when the yearly round last ran for an agency and what it moved, in numbers: staff notice when it stops."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from registrations.models import Agency, LifecycleRun

KEPT = timedelta(days=400)  # a whole year's round, and some weeks to look back from its end
# It runs once a day; one day may be missed, as when a machine is being looked after.
LATE = timedelta(days=2)
WORDS = {
    "purged_unconfirmed": "deleted, never confirmed",
    "purged": "deleted, long off the map",
    "suspended": "taken off the map",
    "reminded": "reminded by e-mail",
    "not_sent": "not reached by e-mail, tried again next time",
    "for_staff": "without e-mail, to be called or written to by staff",
}


def note(agency: Agency, report: Mapping[str, int]) -> None:
    """Remember a run that has just ended, and forget those of more than 400 days ago."""
    now = timezone.now()
    with transaction.atomic():
        LifecycleRun.objects.create(agency=agency, ran_at=now, report={name: report[name] for name in WORDS})
        LifecycleRun.objects.filter(agency=agency, ran_at__lt=now - KEPT).delete()


def last_run(agency: Agency) -> LifecycleRun | None:
    """Return the newest run of an agency, or None where it never ran."""
    return LifecycleRun.objects.filter(agency=agency).order_by("-ran_at").first()


def is_late(run: LifecycleRun | None) -> bool:
    """Say whether the round should have run again by now."""
    return run is None or timezone.now() - run.ran_at > LATE


def in_words(report: Mapping[str, int]) -> str:
    """Return what a run did, or would do, as half a sentence."""
    return "; ".join(f"{report[name]} {words}" for name, words in WORDS.items() if report.get(name)) or "nothing to do"
