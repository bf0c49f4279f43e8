"""A contact is opened by verifiers of its agency only: with a reason, recorded first, so many a day, told later."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from registrations import contacts, keystore
from registrations.services import SiteDetails
from staff import looks
from staff.models import RecordIsFinal, StaffContactView
from staff.roles import ADMINISTRATOR, AUDITOR, VERIFIER
from tests.registration_backend.registrations.factories import make_agency, make_contact, make_registration
from tests.registration_backend.staff.conftest import page_of, values_of

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.usefixtures("agency")]


def test_a_verifier_sees_the_whole_contact_and_it_is_recorded(client, sign_in, agency):
    user = sign_in(VERIFIER)
    contact = make_contact(who_can_export="Somebody <b>else</b>")
    registration = make_registration(contact=contact, site=SiteDetails()).registration
    response = client.post(page_of(registration, "contact"), {"reason": "place"})
    for value in values_of(contact):
        assert value.replace("<", "&lt;").replace(">", "&gt;") in response.text
    assert "no-store" in response["Cache-Control"]
    look = StaffContactView.objects.get()
    assert (look.user, look.registration_id, look.agency, look.reason) == (user, registration.pk, agency, "place")


@pytest.mark.parametrize(
    ("roles", "superuser"), [([ADMINISTRATOR], False), ([AUDITOR], False), ([], True), ([ADMINISTRATOR], True)]
)
@pytest.mark.parametrize("name", ["contact", "change-contact"])
def test_nobody_but_a_verifier_opens_a_contact(client, sign_in, roles, superuser, name):
    sign_in(*roles, superuser=superuser)
    contact = make_contact()
    registration = make_registration(contact=contact).registration
    response = client.post(page_of(registration, name), {"reason": "place"})
    assert response.status_code == 403
    assert not any(value in response.text for value in values_of(contact))
    assert "Open the contact" not in client.get(page_of(registration)).text
    assert not StaffContactView.objects.exists()


@pytest.mark.parametrize("name", ["contact", "change-contact"])
def test_a_contact_needs_a_post_and_a_reason_from_the_list(client, sign_in, name):
    sign_in(VERIFIER)
    contact = make_contact()
    registration = make_registration(contact=contact).registration
    assert client.get(page_of(registration, name)).status_code == 405
    for reason in ("", "because", contact.name, "a\0b"):
        response = client.post(page_of(registration, name), {"reason": reason})
        assert response.status_code == 400
        assert not any(value in response.text for value in values_of(contact))
    gone = f"/staff/registrations/registration/{uuid.uuid4()}/{name}/"
    assert client.post(gone, {"reason": "place"}).status_code == 404
    assert not StaffContactView.objects.exists()


def test_nothing_is_decrypted_when_the_look_cannot_be_recorded(client, sign_in, monkeypatch):
    sign_in(VERIFIER)
    registration = make_registration().registration
    decrypted = []

    def fail(**_):
        raise RuntimeError("planted")

    monkeypatch.setattr(StaffContactView.objects, "create", fail)
    monkeypatch.setattr(looks.contacts, "read", lambda *_: decrypted.append(1))
    client.raise_request_exception = False
    for name in ("contact", "change-contact"):
        assert client.post(page_of(registration, name), {"reason": "place"}).status_code == 500
    assert decrypted == []


@pytest.mark.django_db(transaction=True, databases=["default", "keys"])
def test_the_record_is_committed_before_anything_is_decrypted(client, sign_in, monkeypatch):
    sign_in(VERIFIER)
    registration = make_registration().registration
    seen, read = [], contacts.read

    def watch(one):
        seen.append((connection.in_atomic_block, StaffContactView.objects.count()))
        return read(one)

    monkeypatch.setattr(looks.contacts, "read", watch)
    client.post(page_of(registration, "contact"), {"reason": "check"})
    assert seen == [(False, 1)]


def test_the_day_has_a_limit_of_different_contacts_for_each_person(client, sign_in, settings):
    settings.STAFF_CONTACT_LIMIT_A_DAY = 2
    made = [make_registration(contact=(contact := make_contact())).registration for _ in range(3)]
    user = sign_in(VERIFIER)
    for registration in (made[0], made[0], made[1], made[0]):
        assert client.post(page_of(registration, "contact"), {"reason": "call"}).status_code == 200
    for name in ("contact", "change-contact"):
        refused = client.post(page_of(made[2], name), {"reason": "call"})
        assert refused.status_code == 429
        assert "2 a day is the limit" in refused.text
        assert contact.name not in refused.text
    assert client.post(page_of(made[1], "contact"), {"reason": "call"}).status_code == 200
    assert StaffContactView.objects.filter(user=user).count() == 5
    sign_in(VERIFIER)
    assert client.post(page_of(made[2], "contact"), {"reason": "call"}).status_code == 200


def test_the_limit_starts_again_the_next_day(client, sign_in, settings, monkeypatch):
    settings.STAFF_CONTACT_LIMIT_A_DAY = 1
    first, second = make_registration().registration, make_registration().registration
    sign_in(VERIFIER)
    assert client.post(page_of(first, "contact"), {"reason": "call"}).status_code == 200
    assert client.post(page_of(second, "contact"), {"reason": "call"}).status_code == 429
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(looks, "clock", SimpleNamespace(now=lambda: tomorrow))
    assert client.post(page_of(second, "contact"), {"reason": "call"}).status_code == 200


def test_a_contact_whose_key_is_gone_is_reported_in_plain_words(client, sign_in):
    sign_in(VERIFIER)
    registration = make_registration().registration
    keystore.destroy_key(registration.pk)
    for name in ("contact", "change-contact"):
        assert "does not exist any more" in client.post(page_of(registration, name), {"reason": "check"}).text


def test_the_page_masks_itself_without_a_script_in_it(client, sign_in):
    sign_in(VERIFIER)
    registration = make_registration().registration
    for name in ("contact", "change-contact"):
        response = client.post(page_of(registration, name), {"reason": "check"})
        refresh = re.search(r'<noscript><meta http-equiv="refresh" content="\d+;url=([^"]+)">', response.text)
        assert refresh[1] == page_of(registration)
        assert 'data-mask-after="120"' in response.text
        assert not re.search(r"<script(?![^>]*src=)[^>]*>|\son[a-z]+=", response.text)
        assert "unsafe-inline" not in response["Content-Security-Policy"]


def test_registrants_are_told_of_a_look_after_some_days_and_never_by_whom(client, sign_in, settings, monkeypatch):
    user = sign_in(VERIFIER)
    made = make_registration(make_agency("BPD", name="Police of B"), contact=make_contact())
    user.memberships.create(agency=made.registration.agency)
    client.post(page_of(made.registration, "contact"), {"reason": "correct"})
    client.logout()
    page = f"/registration/{made.token}/"
    assert "Nobody so far." in client.get(page).text
    now = timezone.now()
    monkeypatch.setattr(looks, "clock", SimpleNamespace(now=lambda: now + timedelta(days=6, hours=23)))
    assert "Nobody so far." in client.get(page).text
    monkeypatch.setattr(looks, "clock", SimpleNamespace(now=lambda: now + timedelta(days=7, seconds=5)))
    told = client.get(page).text
    assert "verifier of Police of B: The registrant asked for a correction" in told
    assert user.username not in told
    assert "Nobody so far." in client.get(f"/registration/{make_registration().token}/").text


def test_a_record_of_a_look_is_final(sign_in, agency):
    look = StaffContactView.objects.create(
        user=sign_in(VERIFIER), registration_id=uuid.uuid4(), agency=agency, reason="place"
    )
    look.reason = "check"
    everything = StaffContactView.objects.all()
    for attempt in (
        look.save,
        look.delete,
        everything.delete,
        lambda: everything.update(reason="check"),
        lambda: StaffContactView.objects.bulk_update([look], ["reason"]),
    ):
        with pytest.raises(RecordIsFinal):
            attempt()
    assert StaffContactView.objects.get().reason == "place"
