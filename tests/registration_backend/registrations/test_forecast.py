"""What is foretold of the yearly round is what it then does, day by day; and staff learn when it stopped running."""

from __future__ import annotations

import io
import random
from datetime import date, datetime, time, timedelta, timezone

import pytest
from django.core.management import call_command

from registrations import lifecycle, lifecycle_runs
from registrations.forecast import ahead
from registrations.models import LifecycleRun, Registration
from tests.proof import proof_count

from .factories import make_agency, make_contact, make_registration

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
BASE = "http://testserver"
TODAY = date(2026, 6, 1)
SETTINGS = [
    {"purge_after_days": None},
    {"purge_after_days": 7, "suspend_after_days": 7},
    {"purge_after_days": 10, "suspend_after_days": 12, "purge_without_email": True},
    {"purge_after_days": 20, "purge_unconfirmed_after_days": None},
]


@pytest.fixture
def clock(monkeypatch):
    """Turn the one clock that everything asks to noon of a day."""

    def turn(day: date) -> None:
        noon = datetime.combine(day, time(12), timezone.utc)
        monkeypatch.setattr("django.utils.timezone.now", lambda: noon)

    turn(TODAY)
    return turn


def scatter(agency, chance: random.Random, count: int) -> None:
    """Make registrations in every state that the round knows, each some days before or after a step of it.

    The first two are sure to leave the map and, where the settings say so, to be deleted.
    """
    sure = ["reminded", "off"]
    for number in range(count):
        contact = make_contact(**({} if number < len(sure) or chance.random() < 0.7 else {"email": ""}))
        kind = sure[number] if number < len(sure) else chance.choice(["unconfirmed", "due", "reminded", "off"])
        past = agency.reconfirm_after_days + chance.randint(-30, 30)
        made = make_registration(
            agency,
            contact=contact,
            confirmed_on=None if kind == "unconfirmed" else TODAY - timedelta(days=past),
            published=kind != "unconfirmed",
        ).registration
        ago = timedelta(days=40 if number < len(sure) else chance.randint(0, 40))
        values = {
            "unconfirmed": {"created_at": datetime.combine(TODAY - ago, time(number % 24), timezone.utc)},
            "due": {},
            "reminded": {"confirmed_on": TODAY - timedelta(days=400), "reminded_on": TODAY - ago},
            "off": {"state": "suspended", "suspended_because": "overdue", "suspended_on": TODAY - ago},
        }[kind]
        Registration.objects.filter(pk=made.pk).update(**values)


@pytest.mark.parametrize("settings_of", SETTINGS)
@pytest.mark.parametrize("seed", range(proof_count(50)))
def test_the_forecast_is_what_thirty_daily_runs_do(clock, mailoutbox, settings_of, seed):
    agency = make_agency(**settings_of)
    scatter(agency, random.Random(seed), 30)
    foretold = [ahead(agency, TODAY, TODAY + timedelta(days=days)) for days in range(31)]
    off = deleted = unconfirmed = 0
    for days in range(31):
        clock(TODAY + timedelta(days=days))
        report = lifecycle.run(agency, BASE, today=TODAY + timedelta(days=days))
        off, deleted = off + report.suspended, deleted + report.purged
        unconfirmed += report.purged_unconfirmed
        assert foretold[days] == (TODAY + timedelta(days=days), off, deleted, unconfirmed)
    assert off
    assert bool(deleted) == (agency.purge_after_days is not None)


def test_a_note_of_today_is_taken_back_and_no_other(clock):
    agency = make_agency()
    old = date(2025, 1, 1)
    written, mailed = (
        make_registration(agency, contact=make_contact(**kept), published=True, confirmed_on=old).registration
        for kept in ({"email": ""}, {})
    )
    assert lifecycle.note_reminded([written, mailed], TODAY) == 2
    assert not lifecycle.take_back_reminded(mailed, TODAY), "the next run would write to them again"
    assert not lifecycle.take_back_reminded(written, TODAY + timedelta(days=1))
    assert lifecycle.take_back_reminded(written, TODAY)
    assert not lifecycle.take_back_reminded(written, TODAY)
    assert set(Registration.objects.values_list("reminded_on", flat=True)) == {None, TODAY}


def test_a_run_is_remembered_in_numbers_and_forgotten_after_400_days(clock, settings):
    settings.PUBLIC_URL = BASE
    agency, other = make_agency(), make_agency("OTH")
    make_registration(agency, contact=make_contact(email=""), published=True, confirmed_on=date(2020, 1, 1))
    assert lifecycle_runs.is_late(lifecycle_runs.last_run(agency))
    call_command("run_lifecycle", "--dry-run", stdout=io.StringIO())
    assert not LifecycleRun.objects.exists(), "a dry run is no run"
    call_command("run_lifecycle", "--agency=HEL", stdout=io.StringIO())
    run = lifecycle_runs.last_run(agency)
    assert run.report == {**dict.fromkeys(lifecycle_runs.WORDS, 0), "for_staff": 1}
    assert lifecycle_runs.in_words(run.report) == "1 without e-mail, to be called or written to by staff"
    assert lifecycle_runs.last_run(other) is None
    for days, late in ((2, False), (3, True), (399, True), (402, True)):
        clock(TODAY + timedelta(days=days))
        assert lifecycle_runs.is_late(run) is late
        LifecycleRun.objects.exclude(pk=run.pk).delete()
        lifecycle_runs.note(agency, run.report)
        assert LifecycleRun.objects.count() == (2 if days < 400 else 1)
