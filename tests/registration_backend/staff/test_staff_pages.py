"""Staff place, publish and withdraw on the admin's pages; no list shows a contact."""

from __future__ import annotations

import re
import secrets
import uuid
from pathlib import Path

import pytest

from registrations import contacts
from registrations.models import Registration, RegistrationKey
from registrations.services import SiteDetails
from staff.models import StaffAct, StaffContactView
from staff.roles import ADMINISTRATOR, VERIFIER
from tests.registration_backend.registrations.factories import HELSINKI, make_contact, make_registration
from tests.registration_backend.staff.conftest import LIST, page_of, values_of

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.usefixtures("agency")]


def test_the_staff_pages_need_a_password(client):
    registration = make_registration().registration
    for address in (LIST, page_of(registration)):
        assert "/staff/login/" in client.get(address)["Location"]
    assert client.post(f"{LIST}{registration.pk}/contact/", {"reason": "place"}).status_code == 302
    assert not StaffContactView.objects.exists()


def test_a_pin_set_by_staff_is_marked_so_and_can_be_published_in_one_step(client, sign_in):
    sign_in(VERIFIER)
    registration = make_registration(site=SiteDetails("school")).registration
    sent = {"premises": "school", "latitude": "60.2", "longitude": "24.9", "_publish": "1"}
    assert client.post(page_of(registration), sent).status_code == 302
    registration.refresh_from_db()
    assert registration.site.coords == (24.9, 60.2)
    assert (registration.site_source, registration.state) == ("staff_verified", "published")


def test_saving_an_untouched_pin_keeps_its_origin(client, sign_in):
    sign_in(VERIFIER)
    registration = make_registration().registration
    sent = {"premises": "school", "latitude": str(HELSINKI[1]), "longitude": str(HELSINKI[0]), "_save": "1"}
    client.post(page_of(registration), sent)
    registration.refresh_from_db()
    assert (registration.premises, registration.site_source) == ("school", "owner_placed")


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [("nan", "24"), ("0", "0"), ("-120", "39"), ("91", "100"), ("60", ""), ("", "24"), ("a", "b"), ("", "")],
)
def test_a_bad_pin_is_refused_and_the_old_one_stays(client, sign_in, latitude, longitude):
    sign_in(VERIFIER)
    registration = make_registration(published=True).registration
    response = client.post(
        page_of(registration), {"premises": "business", "latitude": latitude, "longitude": longitude}
    )
    assert response.status_code == 200
    assert "errornote" in response.content.decode()
    registration.refresh_from_db()
    assert registration.site.coords == HELSINKI


def test_publishing_without_a_pin_is_refused_with_a_message(client, sign_in):
    sign_in(VERIFIER)
    placed, unplaced = make_registration().registration, make_registration(site=SiteDetails()).registration
    sent = {"action": "publish", "_selected_action": [placed.pk, unplaced.pk]}
    page = client.post(LIST, sent, follow=True).content.decode()
    assert "Published: 1." in page
    assert "has no place yet" in page
    assert dict(Registration.objects.values_list("pk", "state")) == {placed.pk: "published", unplaced.pk: "pending"}


def test_withdrawing_asks_once_and_destroys_the_key(client, sign_in):
    sign_in(VERIFIER)
    gone, kept = make_registration().registration, make_registration().registration
    sent = {"action": "withdraw", "_selected_action": [gone.pk]}
    assert "Yes, withdraw" in client.post(LIST, sent).content.decode()
    assert Registration.objects.count() == 2
    client.post(LIST, {**sent, "confirmed": "yes"})
    assert Registration.objects.count() == 2, "without an identity check nothing is withdrawn"
    client.post(LIST, {**sent, "confirmed": "yes", "identity_check": "saw_id"})
    assert list(Registration.objects.all()) == [kept]
    assert list(RegistrationKey.objects.values_list("pk", flat=True)) == [kept.pk]


def test_deleting_on_the_form_is_a_withdrawal_too(client, sign_in):
    sign_in(VERIFIER)
    registration = make_registration().registration
    assert client.post(page_of(registration, "delete"), {"post": "yes"}).status_code == 422
    assert Registration.objects.exists()
    client.post(page_of(registration, "delete"), {"identity_check": "called_back"})
    assert not Registration.objects.exists()
    assert not RegistrationKey.objects.exists()


@pytest.mark.parametrize("way", ["single", "bulk"])
def test_a_withdrawal_that_cannot_be_noted_is_refused_with_a_message_and_nothing_is_deleted(
    client, sign_in, settings, way
):
    sign_in(VERIFIER)
    settings.WITHDRAWAL_JOURNAL = Path("/dev/full")  # no room on the disk
    registration = make_registration().registration
    if way == "single":
        answer = client.post(page_of(registration, "delete"), {"identity_check": "called_back"}, follow=True)
    else:
        sent = {"action": "withdraw", "_selected_action": [registration.pk], "confirmed": "yes"}
        answer = client.post(LIST, {**sent, "identity_check": "called_back"}, follow=True)
    assert answer.status_code == 200
    assert "nothing was deleted" in answer.text
    assert "Withdrawn" not in answer.text
    assert contacts.read(registration)
    assert not StaffAct.objects.exists()


@pytest.mark.parametrize("action", ["publish", "suspend", "withdraw", "delete_selected"])
def test_an_administrator_alone_can_neither_publish_nor_withdraw(client, sign_in, action):
    sign_in(ADMINISTRATOR)
    registration = make_registration().registration
    client.post(
        LIST, {"action": action, "_selected_action": [registration.pk], "confirmed": "yes", "identity_check": "saw_id"}
    )
    assert Registration.objects.get().state == "pending"
    assert client.post(page_of(registration, "delete"), {"identity_check": "saw_id"}).status_code == 403
    assert client.post(page_of(registration), {"premises": "school"}).status_code == 403


def test_the_record_of_looks_cannot_be_changed_even_by_a_superuser(client, sign_in):
    user = sign_in(superuser=True)
    look = StaffContactView.objects.create(user=user, registration_id=uuid.uuid4(), reason="place")
    address = f"/staff/staff/staffcontactview/{look.pk}"
    assert client.get("/staff/staff/staffcontactview/").status_code == 200
    assert client.post(f"{address}/change/", {"reason": "check"}).status_code == 403
    assert client.post(f"{address}/delete/", {"post": "yes"}).status_code == 403


def test_every_staff_page_loads_only_from_this_server(client, sign_in):
    sign_in(VERIFIER, superuser=True)
    registration = make_registration().registration
    for address in ("/staff/", LIST, page_of(registration)):
        response = client.get(address)
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', response.content.decode())
        assert "default-src 'self'" in response["Content-Security-Policy"]


def test_the_change_log_names_no_contact(client, sign_in):
    from django.contrib.admin.models import LogEntry

    sign_in(VERIFIER)
    contact = make_contact(name=f"Name{secrets.token_hex(6)}")
    registration = make_registration(contact=contact).registration
    client.post(f"{LIST}{registration.pk}/contact/", {"reason": "check"})
    client.post(page_of(registration), {"premises": "school", "latitude": "60.2", "longitude": "24.9", "_save": "1"})
    client.post(
        LIST,
        {"action": "withdraw", "_selected_action": [registration.pk], "confirmed": "yes", "identity_check": "saw_id"},
    )
    logged = str([*LogEntry.objects.values(), *StaffAct.objects.values(), *StaffContactView.objects.values()])
    assert LogEntry.objects.count() == 1
    assert StaffAct.objects.count() == 2
    for value in values_of(contact):
        assert value not in logged
    assert contacts.address_lookup(contact.address, contact.unit) not in logged


@pytest.mark.parametrize(("srid", "status"), [(2248, 200), (4326, 200), (999_999, 200), (32635, 302)])
def test_a_grid_that_is_not_in_metres_is_refused_at_its_field(client, sign_in, agency, srid, status):
    sign_in(ADMINISTRATOR)
    page = f"/staff/registrations/agency/{agency.pk}/change/"
    fields = {name: "" if value is None else value for name, value in vars(agency).items() if not name.startswith("_")}
    fields.update(grid_srid=srid, cache_on_disk="on", save_exports="on")
    answer = client.post(page, fields)
    assert answer.status_code == status
    agency.refresh_from_db()
    assert agency.grid_srid == (srid if status == 302 else 3067)
    if status == 200:
        assert "coordinate system in metres" in answer.text
