"""The yearly round as staff see it: figures of an agency, its settings in words, what lies ahead, whom to ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import NamedTuple

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone as clock

from registrations import lifecycle, lifecycle_runs
from registrations.enumerations import State
from registrations.forecast import Ahead, ahead
from registrations.models import Agency, Camera, LifecycleRun, Registration
from staff.models import Reason, StaffContactView

BAR_PX = 220
_AHEAD_DAYS = (0, 7, 14, 21, 30)


class Figure(NamedTuple):
    """One line of the overview; `bar` is its length in pixels, `is_part` says that the line before counts it too."""

    label: str
    count: int
    bar: float
    is_part: bool


@dataclass(frozen=True)
class Overview:
    """The round of one agency in numbers."""

    agency: Agency
    figures: list[Figure]
    to_ask: int
    asked: int
    unanswered: int
    settings: list[str]
    ahead: list[tuple[str, Ahead]]
    last_run: LifecycleRun | None
    last_run_did: str
    is_late: bool


def overview(agency: Agency, today: date) -> Overview:
    """Count what the overview shows of one agency; nothing of a contact is read."""
    run = lifecycle_runs.last_run(agency)
    counted = _counted(agency, today)
    most = max(1, *(count for _label, count, _is_part in counted.values()))
    return Overview(
        agency=agency,
        figures=[
            Figure(label, count, round(BAR_PX * count / most, 1), is_part) for label, count, is_part in counted.values()
        ],
        to_ask=counted["to_ask"][1],
        asked=counted["asked"][1],
        unanswered=counted["unanswered"][1],
        settings=settings_in_words(agency),
        ahead=[(_until(days, today), ahead(agency, today, today + timedelta(days=days))) for days in _AHEAD_DAYS],
        last_run=run,
        last_run_did=lifecycle_runs.in_words(run.report) if run else "",
        is_late=lifecycle_runs.is_late(run),
    )


def _counted(agency: Agency, today: date) -> dict[str, tuple[str, int, bool]]:
    """Return label, number and whether it is a part of the published ones."""
    by_state = dict(agency.registrations.values_list("state").annotate(n=Count("pk")).order_by())
    due = lifecycle.due(agency, today)
    mailed = due.filter(lifecycle.with_email())
    return {
        "unconfirmed": ("Not confirmed yet", by_state.get(State.UNCONFIRMED, 0), False),
        "pending": ("Wait for your check", by_state.get(State.PENDING, 0), False),
        "published": ("Published", by_state.get(State.PUBLISHED, 0), False),
        "reminded": ("due, reminded by e-mail", mailed.exclude(reminded_on=None).count(), True),
        "not_reached": ("due, not reached by e-mail yet", mailed.filter(reminded_on=None).count(), True),
        "asked": ("due, no e-mail: asked by staff", asked(agency, today).count(), True),
        "to_ask": ("due, no e-mail: to write or call", lifecycle.to_ask(agency, today).count(), True),
        "unanswered": ("Off the map, unanswered", lifecycle.unanswered(agency).count(), False),
    }


def settings_in_words(agency: Agency) -> list[str]:
    """Return what the agency's settings do to a registration, in the order in which it happens."""
    said = [
        f"A confirmation is due again after {agency.reconfirm_after_days} days.",
        f"Without an answer a registration leaves the map {agency.suspend_after_days} days after the e-mail, letter or "
        "call.",
    ]
    if agency.purge_after_days is None:
        said.append("What left the map stays stored until a person deletes it.")
    else:
        whose = "" if agency.purge_without_email else ", but only of people with an e-mail address"
        said.append(f"What left the map is deleted for good {agency.purge_after_days} days later{whose}.")
    if agency.purge_unconfirmed_after_days is None:
        said.append("A registration whose e-mail link was never used stays stored until a person deletes it.")
    else:
        said.append(
            f"A registration whose e-mail link was never used is deleted after {agency.purge_unconfirmed_after_days} "
            "days."
        )
    return said


def to_ask(agency: Agency, today: date) -> QuerySet[Registration]:
    """Return whom staff have to write to or call, longest due first, with what the list shows."""
    return _listed(lifecycle.to_ask(agency, today)).order_by("confirmed_on", "pk")


def asked(agency: Agency, today: date) -> QuerySet[Registration]:
    """Return who was asked by letter or call and has not answered yet, longest asked first."""
    due = lifecycle.due(agency, today).exclude(reminded_on=None).exclude(lifecycle.with_email())
    return _listed(due).order_by("reminded_on", "pk")


def unanswered(agency: Agency) -> QuerySet[Registration]:
    """Return what left the map unanswered, longest gone first; `has_email` says who was asked by e-mail."""
    return _listed(lifecycle.unanswered(agency)).order_by("suspended_on", "pk")


def opened_today() -> QuerySet[StaffContactView]:
    """Return today's looks (UTC) of everybody for a letter or a call list."""
    midnight = datetime.combine(clock.now().date(), time.min, timezone.utc)
    return StaffContactView.objects.filter(reason=Reason.ROUND, viewed_at__gte=midnight)


def _listed(registrations: QuerySet[Registration]) -> QuerySet[Registration]:
    """Add the number of cameras, and whether there are an e-mail and a postal address, which needs no key."""
    cameras = Camera.objects.filter(registration=OuterRef("pk")).order_by().values("registration")
    return registrations.select_related("agency").annotate(
        cameras_n=Coalesce(Subquery(cameras.annotate(n=Count("pk")).values("n")), 0),
        mail_lookup=F("contact__email_lookup"),
        has_address=Case(When(~Q(contact__address_lookup=""), then=Value(True)), default=Value(False)),
    )


def _until(days: int, today: date) -> str:
    if days == 0:
        return "with the next run"
    return f"within {days} days, until {today + timedelta(days=days):%Y-%m-%d}"
