"""The yearly round on the staff pages: figures without contacts, who sees them, what the settings say and will do."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from registrations import lifecycle_runs, services
from registrations.models import Agency, LifecycleRun, Registration
from staff import acts
from staff.models import Act, StaffAct
from staff.roles import ADMINISTRATOR, AUDITOR, VERIFIER
from tests.registration_backend.registrations.factories import make_agency, make_contact, make_registration
from tests.registration_backend.staff.conftest import make_person, page_of, values_of

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.usefixtures("agency")]
ROUND = "/staff/round/"
LISTS = [f"{ROUND}HEL/{name}/" for name in ("ask", "asked", "unanswered")]


def due(agency: Agency | None = None, *, days: int = 400, email: str = "", **values: object) -> Registration:
    """Make a published registration that was confirmed so many days ago; without e-mail if not told otherwise."""
    defaults = {"contact": make_contact(email=email), "published": True}
    confirmed_on = timezone.now().date() - timedelta(days=days)
    return make_registration(agency, **{**defaults, **values, "confirmed_on": confirmed_on}).registration


def off_the_map(agency: Agency | None = None, **values: object) -> Registration:
    registration = due(agency, **values)
    services.suspend(registration, "overdue")
    registration.refresh_from_db()
    return registration


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition('id="content-start"')[2]).split())


def records() -> list[tuple]:
    return list(StaffAct.objects.order_by("pk").values_list("act", "registration_id"))


def test_the_overview_counts_each_registration_where_it_stands(client, sign_in):
    user = sign_in(VERIFIER)
    make_registration(confirmed_on=None)
    make_registration()
    due(days=1)
    due(email="a@example.org")
    Registration.objects.filter(pk=due(email="b@example.org").pk).update(reminded_on=timezone.now().date())
    for _ in range(3):
        due()
    acts.note_asked(user, due(), Act.ASKED_BY_CALL)
    off_the_map()
    make_registration(make_agency("OTH"))
    said = words(client.get(ROUND).text)
    for label, count in {
        "Not confirmed yet": 1,
        "Wait for your check": 1,
        "Published": 7,
        "of them due, reminded by e-mail": 1,
        "of them due, not reached by e-mail yet": 1,
        "of them due, no e-mail: asked by staff": 1,
        "of them due, no e-mail: to write or call": 3,
        "Off the map, unanswered": 1,
    }.items():
        assert f" {label} {count} " in said
    assert "To write or call (3)" in said
    assert "Police of OTH" not in said


def test_the_overview_says_when_the_round_stopped_running(client, sign_in, agency):
    sign_in(VERIFIER)
    assert "has never run for this agency" in words(client.get(ROUND).text)
    lifecycle_runs.note(agency, {**dict.fromkeys(lifecycle_runs.WORDS, 0), "reminded": 2})
    said = words(client.get(ROUND).text)
    assert "UTC: 2 reminded by e-mail ." in said or "UTC: 2 reminded by e-mail." in said
    assert "run_lifecycle" not in said
    LifecycleRun.objects.update(ran_at=timezone.now() - timedelta(days=2, minutes=1))
    assert "more than two days ago" in words(client.get(ROUND).text)


def test_the_settings_are_said_in_words_and_administrators_can_change_them(client, sign_in, agency):
    sign_in(VERIFIER)
    said = client.get(ROUND).text
    assert "due again after 365 days" in said
    assert "What left the map stays stored until a person deletes it." in said
    change = f"/staff/registrations/agency/{agency.pk}/change/"
    assert change not in said
    Agency.objects.update(purge_after_days=90, purge_unconfirmed_after_days=None)
    sign_in(ADMINISTRATOR)
    said = client.get(ROUND).text
    assert "deleted for good 90 days later, but only of people with an e-mail address" in said
    assert "never used stays stored" in said
    assert change in said
    assert LISTS[0] not in said, "an administrator sees numbers and no list of people to ask"


@pytest.mark.parametrize("path", [ROUND, *LISTS])
@pytest.mark.parametrize(
    ("roles", "superuser"), [([AUDITOR], False), ([], True), ([], False), ([ADMINISTRATOR], False)]
)
def test_nobody_but_a_verifier_opens_the_lists(client, sign_in, roles, superuser, path):
    sign_in(*roles, superuser=superuser)
    expected = 200 if path == ROUND and roles == [ADMINISTRATOR] else 403
    assert client.get(path).status_code == expected
    assert client.post(path, {"next_letters": "1", "count": "1"}).status_code in (403, 405)


def test_a_verifier_of_another_agency_finds_nothing(client, sign_in):
    mine = make_agency("OTH")
    registration, gone = due(Agency.objects.get(code="HEL")), off_the_map(Agency.objects.get(code="HEL"))
    sign_in(VERIFIER, agencies=[mine])
    for path in (*LISTS, f"{ROUND}NONE/ask/"):
        assert client.get(path).status_code == 404
        assert client.post(path, {"letters": "1", "ticked": str(registration.pk)}).status_code == 404
    # Its own list takes no id of the other agency.
    client.post(f"{ROUND}OTH/ask/", {"note_call": "1", "ticked": str(registration.pk)})
    client.post(f"{ROUND}OTH/ask/", {"letters": "1", "ticked": str(registration.pk)})
    client.post(f"{ROUND}OTH/asked/", {"undo": str(registration.pk)})
    client.post(f"{ROUND}OTH/unanswered/", {"confirmed": "1", "ticked": str(gone.pk)})
    assert records() == []
    assert Registration.objects.count() == 2


@pytest.mark.parametrize("code", ["..", "HEL%00", "%3Cscript%3E", "H" * 300])
def test_a_strange_code_is_not_found(client, sign_in, code):
    sign_in(VERIFIER)
    assert client.get(f"{ROUND}{code}/ask/").status_code in (400, 404)


def test_no_page_of_the_round_holds_a_contact(client, sign_in):
    user = sign_in(VERIFIER)
    contacts = [make_contact(email=""), make_contact(email=""), make_contact(email="")]
    due(contact=contacts[0])
    acts.note_asked(user, due(contact=contacts[1]), Act.ASKED_BY_LETTER)
    gone = off_the_map(contact=contacts[2])
    pages = [client.get(path) for path in (ROUND, *LISTS)]
    pages.append(client.post(LISTS[2], {"ticked": str(gone.pk)}))
    for page in pages:
        assert page.status_code == 200
        assert "no-store" in page["Cache-Control"]
        assert not [value for contact in contacts for value in values_of(contact) if value in page.text]
        assert not re.findall(r"\sstyle=|<style|<script(?![^>]*src=)", page.text.partition('id="content-start"')[2])


def test_who_was_asked_leaves_the_map_in_time_and_a_note_of_today_can_be_undone(client, sign_in, agency):
    user = sign_in(VERIFIER)
    first, second = due(), due(days=390)
    page = client.post(LISTS[0], {"note_letter": "1", "ticked": [str(first.pk), str(second.pk)]}, follow=True)
    assert "Noted as asked by letter: 2." in page.text
    assert "Nobody has to be asked." in page.text
    leaves = timezone.now().date() + timedelta(days=agency.suspend_after_days)
    asked = client.get(LISTS[1]).text
    assert f"by letter, {user}" in words(asked)
    assert asked.count(leaves.isoformat()) == 2
    assert f'href="{page_of(first)}#for-title"' in asked
    assert 'id="for-title"' in client.get(page_of(first)).text
    assert "Undone" in client.post(LISTS[1], {"undo": str(first.pk)}, follow=True).text
    assert "nothing to undo" in client.post(LISTS[1], {"undo": str(first.pk)}, follow=True).text
    first.refresh_from_db()
    assert first.reminded_on is None
    assert str(first.pk) in client.get(LISTS[0]).text
    yesterday = timezone.now().date() - timedelta(days=1)
    Registration.objects.filter(pk=second.pk).update(reminded_on=yesterday)
    assert 'name="undo"' not in client.get(LISTS[1]).text
    assert "nothing to undo" in client.post(LISTS[1], {"undo": str(second.pk)}, follow=True).text
    assert sorted(act for act, _pk in records()) == ["asked_by_letter", "asked_by_letter", "not_asked"]


def test_a_reminder_that_went_by_e_mail_is_not_undone_by_staff(client, sign_in):
    sign_in(VERIFIER)
    mailed = due(email="a@example.org")
    Registration.objects.filter(pk=mailed.pk).update(reminded_on=timezone.now().date())
    client.post(LISTS[1], {"undo": str(mailed.pk)})
    client.post(LISTS[0], {"note_call": "1", "ticked": str(mailed.pk)})
    # The same where the address was deleted later that day: nobody of the staff noted anything.
    moved = due()
    Registration.objects.filter(pk=moved.pk).update(reminded_on=timezone.now().date())
    assert "nothing to undo" in client.post(LISTS[1], {"undo": str(moved.pk)}, follow=True).text
    for registration in (mailed, moved):
        registration.refresh_from_db()
        assert registration.reminded_on is not None
    assert records() == []


def test_who_answered_meanwhile_is_not_noted_as_asked(client, sign_in):
    sign_in(VERIFIER)
    registration, gone = due(), due()
    services.confirm(registration, timezone.now().date())
    services.withdraw(gone)
    page = client.post(LISTS[0], {"note_call": "1", "ticked": [str(registration.pk), str(gone.pk)]}, follow=True)
    assert "does not wait to be asked any more" in page.text
    assert "Noted" not in page.text
    registration.refresh_from_db()
    assert (registration.reminded_on, records()) == (None, [])


def test_a_record_that_cannot_be_written_undoes_the_note(client, sign_in, monkeypatch):
    sign_in(VERIFIER)
    registration = due()

    def fail(**_):
        raise RuntimeError("planted")

    monkeypatch.setattr(StaffAct.objects, "create", fail)
    client.raise_request_exception = False
    assert client.post(LISTS[0], {"note_call": "1", "ticked": str(registration.pk)}).status_code == 500
    registration.refresh_from_db()
    assert registration.reminded_on is None


def test_what_nobody_answered_for_is_withdrawn_in_two_clicks_on_the_record(client, sign_in):
    sign_in(VERIFIER)
    first, second, kept = off_the_map(), off_the_map(email="a@example.org"), off_the_map()
    ticked = {"ticked": [str(first.pk), str(second.pk)]}
    once = client.post(LISTS[2], {**ticked, "ask": "1"})
    assert "Withdraw 2 registrations?" in once.text
    assert Registration.objects.count() == 3
    asked_about = re.findall(r'name="ticked" value="([^"]+)"', once.text)
    assert sorted(asked_about) == sorted([str(first.pk), str(second.pk)])
    twice = client.post(LISTS[2], {**ticked, "confirmed": "1"}, follow=True)
    assert "Withdrawn: 2." in twice.text
    assert [one.pk for one in Registration.objects.all()] == [kept.pk]
    assert sorted(records(), key=str) == sorted([("unanswered", first.pk), ("unanswered", second.pk)], key=str)
    assert "Nothing was ticked" in client.post(LISTS[2], {"ask": "1"}, follow=True).text


def test_what_came_back_between_the_clicks_stays(client, sign_in):
    sign_in(VERIFIER)
    back, by_staff = off_the_map(), due()
    services.suspend(by_staff)
    services.confirm(back, timezone.now().date())
    sent = {"ticked": [str(back.pk), str(by_staff.pk)], "confirmed": "1"}
    assert "2 of them came back" in client.post(LISTS[2], sent, follow=True).text
    user = make_person(VERIFIER)
    for registration in (back, by_staff):
        with pytest.raises(services.NotAllowed):
            acts.withdraw_unanswered(user, registration)
    assert Registration.objects.count() == 2
    assert records() == []


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("value", ["", "1", "a\0b", "<script>", "9" * 5000])
def test_what_is_no_id_does_nothing(client, sign_in, path, value):
    sign_in(VERIFIER)
    due()
    off_the_map()
    for name in ("letters", "call_list", "note_letter", "note_call", "confirmed", "undo"):
        assert client.post(path, {name: value or "1", "ticked": value}).status_code in (302, 400)
    assert Registration.objects.count() == 2
    assert records() == []


def test_auditors_read_what_was_noted(client, sign_in):
    user = sign_in(VERIFIER)
    acts.note_asked(user, due(), Act.ASKED_BY_CALL)
    sign_in(AUDITOR)
    assert "Asked by phone whether it is still right" in client.get("/staff/staff/staffact/").text
