"""The yearly round: reminded, suspended and deleted in time, never too early, and never for want of e-mail."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from feed.models import PublishedCamera
from registrations import lifecycle, services
from registrations.models import Agency, Registration, RegistrationKey
from tests.proof import proof_count
from tests.registration_backend.registrations.factories import make_agency, make_contact, make_registration

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
BASE = "http://testserver"
START = date(2026, 1, 2)
NOBODY_MOVED = {"reminded": 0, "not_sent": 0, "suspended": 0, "purged": 0, "purged_unconfirmed": 0, "for_staff": 0}


@pytest.fixture
def agency():
    return make_agency()


@pytest.fixture(autouse=True)
def public_url(settings):
    settings.PUBLIC_URL = BASE


def after(days: int) -> date:
    return START + timedelta(days=days)


def run(agency: Agency, days: int, **options: bool) -> dict[str, int]:
    """Return what a run so many days after the confirmation moved."""
    report = vars(lifecycle.run(agency, BASE, today=after(days), **options))
    return {name: number for name, number in report.items() if number}


def published(agency: Agency, email: str = "demo@example.org", **values: object) -> Registration:
    return make_registration(
        agency, contact=make_contact(email=email), published=True, confirmed_on=START, **values
    ).registration


def test_a_registration_is_due_reminded_suspended_and_deleted_each_in_its_time(agency, mailoutbox):
    Agency.objects.update(purge_after_days=90)
    agency.refresh_from_db()
    registration = published(agency)
    assert run(agency, 364) == {}
    assert run(agency, 365) == {"reminded": 1}
    assert run(agency, 366) == run(agency, 424) == {}, "one reminder is enough"
    assert len(mailoutbox) == 1
    assert PublishedCamera.objects.exists()
    assert run(agency, 425) == {"suspended": 1}
    registration.refresh_from_db()
    assert (registration.state, registration.suspended_because) == ("suspended", "overdue")
    assert not PublishedCamera.objects.exists()
    Registration.objects.update(suspended_on=after(425))
    assert run(agency, 514) == {}
    assert run(agency, 515) == {"purged": 1}
    assert not Registration.objects.exists()
    assert not RegistrationKey.objects.exists()


def test_by_default_what_left_the_map_is_kept_for_ever(agency, mailoutbox):
    published(agency)
    assert run(agency, 365) == {"reminded": 1}
    assert run(agency, 425) == {"suspended": 1}
    assert run(agency, 20_000) == {}
    assert Registration.objects.count() == 1


def test_the_button_of_the_reminder_starts_a_new_year_for_all_sites_of_the_registrant(agency, mailoutbox):
    first = published(agency)
    second = published(agency, registrant_id=first.registrant_id)
    assert run(agency, 400) == {"reminded": 2}
    (message,) = mailoutbox
    assert "still right" in message.subject
    Client().post(re.search(r"/link/\S+", message.body)[0])
    for registration in (first, second):
        registration.refresh_from_db()
        assert registration.confirmed_on > after(200)
        assert registration.reminded_on is None
    assert run(agency, 470) == {}


def test_without_email_nothing_happens_before_a_person_notes_the_letter_or_the_call(agency, mailoutbox):
    registration = published(agency, email="")
    for days in (365, 800, 5000):
        assert run(agency, days) == {"for_staff": 1}
    assert mailoutbox == []
    assert lifecycle.note_reminded([registration], after(400)) == 1
    assert lifecycle.note_reminded([registration], after(401)) == 0, "noted already"
    assert run(agency, 459) == {}
    assert run(agency, 460) == {"suspended": 1}
    Agency.objects.update(purge_after_days=30)
    agency.refresh_from_db()
    assert run(agency, 20_000) == {}, "the setting for people without e-mail says no"
    agency.purge_without_email = True
    assert run(agency, 20_000) == {"purged": 1}


@pytest.mark.parametrize(
    ("email", "days", "deleted"), [("a@example.org", 29, 0), ("a@example.org", 31, 1), ("", 31, 0)]
)
def test_what_was_never_confirmed_is_deleted_after_a_month_unless_it_has_no_email(agency, email, days, deleted):
    registration = make_registration(agency, contact=make_contact(email=email), confirmed_on=None).registration
    Registration.objects.update(created_at=registration.created_at - timedelta(days=days))
    report = lifecycle.run(agency, BASE)
    assert report.purged_unconfirmed == deleted
    assert Registration.objects.count() == 1 - deleted


def test_a_list_row_without_consent_is_never_deleted_by_itself(agency):
    make_registration(agency, origin="import", confirmed_on=None, consent=None)
    Registration.objects.update(created_at="2020-01-01T00:00Z")
    assert vars(lifecycle.run(agency, BASE)) == NOBODY_MOVED


def test_an_email_that_could_not_be_sent_is_tried_again_and_suspends_nobody(agency, settings, mailoutbox):
    registration = published(agency)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert run(agency, 365) == {"not_sent": 1}
    assert run(agency, 900) == {"not_sent": 1}
    registration.refresh_from_db()
    assert (registration.state, registration.reminded_on) == ("published", None)
    Registration.objects.update(confirmed_on=date(2020, 1, 1))
    with pytest.raises(CommandError, match="1 registrants could not be reached"):
        call_command("run_lifecycle", stdout=io.StringIO())
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert run(agency, 901) == {"reminded": 1}


def test_a_run_that_was_cut_short_before_noting_does_not_send_twice(agency, mailoutbox):
    published(agency)
    assert run(agency, 365) == {"reminded": 1}
    Registration.objects.update(reminded_on=None)
    assert run(agency, 365) == {"reminded": 1}
    assert len(mailoutbox) == 1


def test_who_answers_while_the_run_is_under_way_is_left_alone(agency, monkeypatch, mailoutbox):
    first, second = (published(agency, email=f"{name}@example.org") for name in "ab")
    run(agency, 365)
    real = services.suspend

    def suspend(registration, because):
        other = second if registration.pk == first.pk else first
        services.confirm(other, after(424))
        return real(registration, because)

    monkeypatch.setattr(services, "suspend", suspend)
    assert run(agency, 425) == {"suspended": 1}


def test_a_dry_run_changes_nothing_and_the_command_says_what_was_done(agency, mailoutbox):
    published(agency)
    before = list(Registration.objects.values())
    assert run(agency, 365, dry_run=True) == {"reminded": 1}
    assert (list(Registration.objects.values()), mailoutbox) == (before, [])
    Registration.objects.update(confirmed_on=date(2020, 1, 1))
    said = io.StringIO()
    call_command("run_lifecycle", "--dry-run", stdout=said)
    call_command("run_lifecycle", stdout=said)
    call_command("run_lifecycle", stdout=said)
    assert said.getvalue().splitlines() == [
        "HEL: would be: 1 reminded by e-mail.",
        "HEL: 1 reminded by e-mail.",
        "HEL: nothing to do.",
    ]


def test_the_command_says_which_address_is_missing_and_which_agency_there_is(agency, settings):
    with pytest.raises(CommandError, match="There is no agency NONE"):
        call_command("run_lifecycle", "--agency=NONE")
    settings.PUBLIC_URL = ""
    with pytest.raises(CommandError, match="CAMERA_REGISTRY_PUBLIC_URL"):
        call_command("run_lifecycle")


@hypothesis_settings(max_examples=proof_count(500))
@given(
    steps=st.lists(st.tuples(st.sampled_from(["wait", "keep", "run", "note"]), st.integers(1, 400)), max_size=8),
    email=st.sampled_from(["demo@example.org", ""]),
)
def test_nobody_leaves_the_map_who_confirmed_within_the_time_or_was_not_reminded(steps, email):
    for earlier in Registration.objects.all():
        services.withdraw(earlier)
    agency = Agency.objects.filter(code="HEL").first() or make_agency()
    registration = published(agency, email=email)
    today, confirmed, reminded = START, START, None
    for step, days in steps:
        if step == "wait":
            today += timedelta(days=days)
        elif step == "keep":
            services.confirm(registration, today)
            confirmed, reminded = today, None
        elif step == "note":
            lifecycle.note_reminded([registration], today)
        else:
            lifecycle.run(agency, BASE, today=today)
        registration.refresh_from_db()
        reminded = registration.reminded_on or reminded
        on_the_map = PublishedCamera.objects.filter(registration_id=registration.pk).exists()
        assert on_the_map == (registration.state == "published")
        if (today - confirmed).days < 365 + 60 or reminded is None or (today - reminded).days < 60:
            assert on_the_map
