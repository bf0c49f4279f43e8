"""Staff act for registrants after an identity check, through the services, and each act is on record for good."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from registrations import contacts, services
from registrations.models import Registration, RegistrationKey
from registrations.services import NotAllowed, SiteDetails
from staff import acts
from staff.models import RecordIsFinal, StaffAct, StaffContactView
from staff.roles import ADMINISTRATOR, AUDITOR, VERIFIER
from tests.registration_backend.registrations.factories import make_contact, make_registration
from tests.registration_backend.staff.conftest import page_of, values_of

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.usefixtures("agency")]


def paper_row(**values: object) -> Registration:
    """Make a registration as a list of paper forms brings it: without consent, confirmation and e-mail."""
    defaults = {"origin": "import", "consent": None, "confirmed_on": None, "contact": make_contact(email="")}
    return make_registration(**{**defaults, **values}).registration


def records() -> list[tuple]:
    return list(StaffAct.objects.order_by("pk").values_list("act", "identity_check", "form_date"))


def test_confirming_for_somebody_needs_an_identity_check(client, sign_in):
    user = sign_in(VERIFIER)
    registration = make_registration(confirmed_on=None).registration
    for wrong in ("", "none_needed", "somehow", "a\0"):
        assert client.post(page_of(registration, "confirm"), {"identity_check": wrong}).status_code == 422
    registration.refresh_from_db()
    assert (registration.state, records()) == ("unconfirmed", [])
    assert client.post(page_of(registration, "confirm"), {"identity_check": "called_back"}).status_code == 302
    registration.refresh_from_db()
    assert (registration.state, registration.confirmed_on) == ("pending", timezone.now().date())
    act = StaffAct.objects.get()
    assert (act.user, act.registration_id, act.agency_id) == (user, registration.pk, registration.agency_id)
    assert records() == [("confirmed", "called_back", None)]


def test_a_paper_form_with_a_pin_is_published_when_its_date_is_recorded(client, sign_in):
    sign_in(VERIFIER)
    registration = paper_row()
    client.post(page_of(registration, "paper-form"), {"form_date": "2026-03-31"})
    registration.refresh_from_db()
    assert registration.state == "published"
    assert registration.confirmed_on == registration.paper_form_on == date(2026, 3, 31)
    assert (registration.consent_version, registration.consented_at.date()) == ("paper-form", date(2026, 3, 31))
    day = date(2026, 3, 31)
    assert records() == [("paper_form", "signed_form", day), ("published", "signed_form", day)]


def test_a_paper_form_without_a_pin_waits_for_one(client, sign_in):
    sign_in(VERIFIER)
    registration = paper_row(site=SiteDetails())
    page = client.post(page_of(registration, "paper-form"), {"form_date": "2026-03-31"}, follow=True)
    registration.refresh_from_db()
    assert registration.state == "pending"
    assert "It waits for a pin." in page.text


def test_what_staff_took_off_the_map_is_not_put_back_by_a_paper_form(client, sign_in):
    sign_in(VERIFIER)
    registration = make_registration(published=True).registration
    services.suspend(registration)
    client.post(page_of(registration, "paper-form"), {"form_date": "2026-03-31"})
    registration.refresh_from_db()
    assert (registration.state, registration.paper_form_on) == ("suspended", date(2026, 3, 31))


def test_an_older_paper_form_replaces_no_later_consent(client, sign_in):
    sign_in(VERIFIER)
    registration = make_registration().registration
    client.post(page_of(registration, "paper-form"), {"form_date": "2020-05-05"})
    registration.refresh_from_db()
    assert (registration.consent_version, registration.confirmed_on) == ("2026-1", date(2026, 1, 2))


@pytest.mark.parametrize("typed", ["", "tomorrow", "1999-12-31", "2026-02-30", "9999-99-99", "2026-01-01\0", "<b>"])
def test_a_form_date_that_cannot_be_is_refused_at_its_field(client, sign_in, typed):
    sign_in(VERIFIER)
    registration = paper_row()
    answer = client.post(page_of(registration, "paper-form"), {"form_date": typed})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "<b>" not in answer.text
    assert records() == []


def test_a_form_from_the_future_is_refused_and_todays_is_not(client, sign_in):
    sign_in(VERIFIER)
    registration = paper_row()
    today = timezone.now().date()
    tomorrow = {"form_date": (today + timedelta(days=1)).isoformat()}
    assert "lies in the future" in client.post(page_of(registration, "paper-form"), tomorrow).text
    assert client.post(page_of(registration, "paper-form"), {"form_date": today.isoformat()}).status_code == 302


def opened(client, registration) -> dict[str, str]:
    """Open the contact form and return what a browser would send of it, unchanged."""
    page = client.post(page_of(registration, "change-contact"), {"reason": "correct"})
    form = page.context["form"]
    return {**{name: form[name].value() or "" for name in form.fields}, "seen": page.context["seen"], "save": "1"}


def test_the_contact_is_changed_for_somebody_and_both_mailboxes_hear_of_it(client, sign_in):
    sign_in(VERIFIER)
    contact = make_contact()
    registration = make_registration(contact=contact).registration
    sent = {**opened(client, registration), "email": "fresh@example.org", "identity_check": "saw_id"}
    assert client.post(page_of(registration, "change-contact"), sent).status_code == 302
    stored = contacts.read(registration)
    assert (stored.email, stored.name, stored.access_notes) == ("fresh@example.org", contact.name, contact.access_notes)
    assert records() == [("changed", "saw_id", None)]
    assert [message.to for message in mail.outbox] == [[contact.email], ["fresh@example.org"]]


def test_changing_a_contact_needs_an_identity_check_and_keeps_what_was_typed(client, sign_in):
    sign_in(VERIFIER)
    contact = make_contact()
    registration = make_registration(contact=contact).registration
    typed = {**opened(client, registration), "name": "Typed name"}
    answer = client.post(page_of(registration, "change-contact"), typed)
    assert answer.status_code == 422
    assert "Typed name" in answer.text
    assert (contacts.read(registration).name, records()) == (contact.name, [])


def test_of_two_changes_at_once_the_second_is_told(client, sign_in):
    sign_in(VERIFIER)
    registration = make_registration().registration
    typed = {**opened(client, registration), "name": "Typed name", "identity_check": "saw_id"}
    services.change(registration, contact=make_contact(name="Meanwhile"))
    answer = client.post(page_of(registration, "change-contact"), typed)
    assert "was changed after you opened" in answer.text
    assert "Typed name" in answer.text
    assert contacts.read(registration).name == "Meanwhile"
    client.post(page_of(registration, "change-contact"), {**typed, "seen": answer.context["seen"]})
    assert contacts.read(registration).name == "Typed name"


def test_somebody_without_phone_and_email_can_be_reached_by_letter_alone(client, sign_in):
    sign_in(VERIFIER)
    registration = paper_row()
    letter = {**opened(client, registration), "phone": "", "identity_check": "letter"}
    assert client.post(page_of(registration, "change-contact"), {**letter, "address": ""}).status_code == 422
    assert client.post(page_of(registration, "change-contact"), letter).status_code == 302


def test_withdrawing_for_somebody_takes_two_clicks_and_an_identity_check(client, sign_in):
    sign_in(VERIFIER)
    registration = make_registration().registration
    page = client.get(page_of(registration, "delete"))
    assert "cannot be undone" in page.text
    assert client.post(page_of(registration, "delete")).status_code == 422
    assert Registration.objects.exists()
    client.post(page_of(registration, "delete"), {"identity_check": "letter"})
    assert not Registration.objects.exists()
    assert not RegistrationKey.objects.exists()
    assert records() == [("withdrew", "letter", None)]
    assert client.post(page_of(registration, "delete"), {"identity_check": "letter"}).status_code == 404


@pytest.mark.parametrize("name", ["confirm", "paper-form", "delete", "change"])
def test_a_refusal_of_the_services_is_a_message_and_leaves_no_record(client, sign_in, monkeypatch, name):
    sign_in(VERIFIER)
    registration = make_registration(confirmed_on=None).registration

    def refuse(*_, **__):
        raise NotAllowed("Planted refusal.")

    monkeypatch.setattr(services, "confirm", refuse)
    monkeypatch.setattr(services, "withdraw", refuse)
    monkeypatch.setattr(services, "change", refuse)
    sent = {"identity_check": "saw_id", "form_date": "2026-01-01", "premises": "school"}
    page = client.post(page_of(registration, name), sent, follow=True)
    assert page.status_code == 200
    assert "Planted refusal." in page.text
    assert records() == []


def test_a_registration_that_is_gone_meanwhile_is_a_message(client, sign_in, monkeypatch):
    user = sign_in(VERIFIER)
    registration = make_registration().registration
    services.withdraw(registration)
    for act in (acts.publish, acts.suspend, acts.protect):
        with pytest.raises(NotAllowed, match="withdrawn in the meantime"):
            act(user, registration)
    assert records() == []


def test_an_act_whose_record_fails_is_undone(sign_in, monkeypatch):
    user = sign_in(VERIFIER)
    registration = make_registration().registration

    def fail(**_):
        raise RuntimeError("planted")

    monkeypatch.setattr(StaffAct.objects, "create", fail)
    with pytest.raises(RuntimeError):
        acts.publish(user, registration)
    registration.refresh_from_db()
    assert registration.state == "pending"


def test_the_pin_form_records_only_what_it_changes(client, sign_in):
    sign_in(VERIFIER)
    registration = make_registration().registration
    page = page_of(registration)
    same = {"premises": "business", "latitude": "60.1699", "longitude": "24.9384", "_save": "1"}
    client.post(page, same)
    assert records() == []
    client.post(page, {**same, "premises": "school"})
    client.post(page, {**same, "premises": "school", "latitude": "60.17"})
    client.post(page, {**same, "premises": "school", "latitude": "60.17", "is_protected": "on"})
    client.post(page, {**same, "premises": "school", "latitude": "60.17"})
    assert [act for act, *_ in records()] == ["changed", "placed", "protected", "unprotected"]


@pytest.mark.parametrize("role", [ADMINISTRATOR, AUDITOR])
def test_only_verifiers_act(client, sign_in, role):
    sign_in(role)
    registration = make_registration(confirmed_on=None).registration
    sent = {"identity_check": "saw_id", "form_date": "2026-01-01", "reason": "call", "publish": str(registration.pk)}
    for name in ("confirm", "paper-form", "change-contact", "delete", "contact", "change"):
        assert client.post(page_of(registration, name), sent).status_code == 403
    assert client.post("/staff/queue/", sent).status_code == 403
    registration.refresh_from_db()
    assert (registration.state, records()) == ("unconfirmed", [])


def test_a_record_of_an_act_is_final_and_never_lacks_its_check(client, sign_in, agency):
    user = sign_in(VERIFIER, superuser=True)
    values = {"user": user, "registration_id": uuid.uuid4(), "agency": agency}
    act = StaffAct.objects.create(**values, act="published")
    for attempt in (act.save, act.delete, StaffAct.objects.all().delete, lambda: StaffAct.objects.update(act="placed")):
        with pytest.raises(RecordIsFinal):
            attempt()
    for wrong in ({"act": "confirmed"}, {"act": "paper_form"}, {"act": "other"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            StaffAct.objects.create(**values, **wrong)
    address = f"/staff/staff/staffact/{act.pk}"
    assert client.get("/staff/staff/staffact/").status_code == 200
    assert client.get(f"{address}/change/").status_code == 200
    assert client.post(f"{address}/change/", {"act": "placed"}).status_code == 403
    assert client.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/staff/staff/staffact/add/").status_code == 403


def test_the_record_names_no_contact(client, sign_in):
    sign_in(VERIFIER)
    contact = make_contact()
    registration = make_registration(contact=contact, confirmed_on=None).registration
    sent = {**opened(client, registration), "name": (new := make_contact()).name, "identity_check": "saw_id"}
    client.post(page_of(registration, "change-contact"), sent)
    client.post(page_of(registration, "confirm"), {"identity_check": "saw_id"})
    stored = str(list(StaffAct.objects.values()))
    assert StaffAct.objects.count() == 2
    assert not any(value in stored for value in [*values_of(contact), new.name])


def test_the_whole_form_opens_for_an_hour_after_an_identity_check_and_counts_as_a_look(client, sign_in, settings):
    settings.STAFF_CONTACT_LIMIT_A_DAY = 1
    user = sign_in(VERIFIER)
    made, other = make_registration(), make_registration()
    assert client.post(page_of(made.registration, "whole-form"), {"identity_check": "none_needed"}).status_code == 422
    assert (records(), StaffContactView.objects.count()) == ([], 0)
    answer = client.post(page_of(made.registration, "whole-form"), {"identity_check": "called_back"})
    assert records() == [("changed", "called_back", None)]
    look = StaffContactView.objects.get()
    assert (look.user, look.registration_id, look.reason) == (user, made.registration.pk, "correct")
    form = client.get(answer["Location"])
    assert contacts.read(made.registration).name in form.content.decode()
    visit = made.registration.links.order_by("-pk").first()
    assert visit.expires_at - visit.created_at == timedelta(hours=1)
    refused = client.post(page_of(other.registration, "whole-form"), {"identity_check": "called_back"})
    assert refused.status_code == 429
    assert other.registration.links.count() == 1, "only the registrant's own visit"


@pytest.mark.parametrize("roles", [(ADMINISTRATOR,), (AUDITOR,), ()])
def test_the_whole_form_opens_for_nobody_but_verifiers(client, sign_in, roles):
    sign_in(*roles)
    registration = make_registration().registration
    answer = client.post(page_of(registration, "whole-form"), {"identity_check": "called_back"})
    assert answer.status_code in {403, 404}
    assert registration.links.count() == 1
