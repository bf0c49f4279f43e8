"""Keeps a few numbers a month, so that a report can look back without anything of a person being kept."""

from __future__ import annotations

from collections import Counter
from datetime import date

from django.db import transaction

from disclosure.redaction import first_of_month
from registrations import lifecycle
from registrations.models import Agency, Registration
from staff.districts import district_finder, districts_of
from staff.models import MonthlyFigures


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
    overdue = set(lifecycle.due(agency, today).values_list("pk", flat=True))
    # A protected address is in no report: a small district would tell where it is.
    for registration in Registration.objects.filter(agency=agency, is_protected=False).iterator():
        district = district_of(registration)
        registered[district] += 1
        active[district] += registration.is_published
        due[district] += registration.pk in overdue
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
