"""Keeps a few numbers a month, so that a report can look back without anything of a person being kept."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from django.db import transaction

from disclosure.redaction import first_of_month
from registrations.enumerations import State
from registrations.models import Agency, Registration
from staff.districts import district_finder, districts_of
from staff.models import MonthlyFigures

DUE_AFTER_DAYS = 365  # since its registrant last confirmed it


def record_month(agency: Agency, today: date) -> bool:
    """Record how many registrations each district has, for the month of `today`; say whether that was still to do.

    A month that is recorded stays as it is: two versions of it would tell what happened between them.
    """
    month = first_of_month(today)
    recorded = MonthlyFigures.objects.filter(agency=agency, month=month)
    if recorded.exists():
        return False
    figures = _figures(agency, month, today)
    # Counted before the transaction: on SpatiaLite nobody could register while it lasts. The agency's row is locked,
    # so that of two runs at one time only one records.
    with transaction.atomic():
        Agency.objects.select_for_update().get(pk=agency.pk)
        if recorded.exists():
            return False
        MonthlyFigures.objects.bulk_create(figures)
    return True


def _figures(agency: Agency, month: date, today: date) -> list[MonthlyFigures]:
    registered: Counter[str] = Counter()
    active: Counter[str] = Counter()
    due: Counter[str] = Counter()
    district_of = district_finder(agency)
    for registration in Registration.objects.filter(agency=agency).iterator():
        district = district_of(registration)
        registered[district] += 1
        active[district] += registration.state == State.PUBLISHED
        due[district] += is_due(registration, today)
    return [
        MonthlyFigures(
            agency=agency,
            month=month,
            district=district,
            registered=registered[district],
            active=active[district],
            due=due[district],
        )
        for district in sorted(districts_of(agency) | set(registered))
    ]


def is_due(registration: Registration, today: date) -> bool:
    """Say whether a published registration was last confirmed more than a year ago, or never."""
    if registration.state != State.PUBLISHED:
        return False
    confirmed_on = registration.confirmed_on
    return confirmed_on is None or confirmed_on < today - timedelta(days=DUE_AFTER_DAYS)
