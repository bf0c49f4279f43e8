"""Anybody can say that a registration at their address is not theirs; they learn nothing, and it stays secret."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from registrations import contacts, keystore, ownership_reports
from registrations.models import OwnershipReport, RegistrationKey
from registrations.ownership_reports import ReportDetails
from tests.proof import proof_count

from .factories import canary, make_agency, make_contact, make_registration
from .test_pages import ANY_TEXT

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
PAGE = "/not-mine/"


@pytest.fixture(autouse=True)
def agency():
    return make_agency()


def filled_in(**values: str) -> dict[str, str]:
    told = {
        "agency": "HEL",
        "address": canary("Street "),
        "unit": canary("Unit"),
        "problem": "moved",
        "note": canary("Note"),
        "name": canary("Name"),
        "phone": canary("5550"),
        "email": f"{canary('mail')}@example.org",
    }
    return {**told, **values}


def test_a_report_is_stored_encrypted_under_a_key_of_its_own_and_read_back(client):
    told = filled_in()
    assert client.post(PAGE, told)["Location"] == "/not-mine/sent/"
    report = OwnershipReport.objects.get()
    details = ownership_reports.read(report)
    assert {**vars(details), "agency": report.agency.code} == told
    assert keystore.read_key(report.pk)
    stored = [report.pk.hex, bytes(report.ciphertext), report.address_lookup]
    for alias in ("default", "keys"):
        with connections[alias].cursor() as cursor:
            for table in connections[alias].introspection.table_names(cursor):
                if table.startswith("registrations_"):
                    cursor.execute(f'SELECT * FROM "{table}"')
                    stored += [str(row) for row in cursor.fetchall()]
    for value in (told["address"], told["unit"], told["note"], told["name"], told["phone"], told["email"]):
        assert all(value not in str(part) for part in stored)
        assert value not in repr(details)


def test_a_report_needs_its_own_key_and_its_own_row():
    first, second = (
        ownership_reports.create(make_agency(code), ReportDetails("Street 1", "moved")) for code in ("A1", "A2")
    )
    first.ciphertext = second.ciphertext
    with pytest.raises(contacts.ContactUnreadable):
        ownership_reports.read(first)
    keystore.destroy_key(second.pk)
    with pytest.raises(contacts.ContactUnreadable):
        ownership_reports.read(second)


def test_nobody_learns_from_the_answer_whether_something_is_registered(client):
    contact = make_contact()
    make_registration(contact=contact)
    answers, counts = [], []
    for address, unit in ((contact.address, contact.unit), ("Nowhere 1", "")):
        told = filled_in(address=address, unit=unit)
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(PAGE, told)
        counts.append(len(queries))
        page = client.get(answer["Location"])
        answers.append((answer.status_code, answer["Location"], page.content))
    assert answers[0] == answers[1]
    assert counts[0] == counts[1] > 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"address": ""}, "id_address"),
        ({"address": "a\x00b"}, "id_address"),
        ({"address": "a\u202eb"}, "id_address"),
        ({"problem": ""}, "id_problem"),
        ({"problem": "<script>"}, "id_problem"),
        ({"note": "x" * 501}, "id_note"),
        ({"email": "not an address"}, "id_email"),
        ({"unit": "x" * 61}, "id_unit"),
        ({"agency": "NONE"}, "id_agency"),
    ],
)
def test_bad_input_is_refused_at_its_field_what_was_typed_stays_and_nothing_is_stored(client, changes, field):
    make_agency("VAN")
    answer = client.post(PAGE, {**filled_in(name="Demo <b>Person"), **changes})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="{field}_error"' in page
    target = re.search(rf'href="#({field}(?:_0)?)"', page).group(1)
    assert f'id="{target}"' in page
    assert "Demo &lt;b&gt;Person" in page
    assert not OwnershipReport.objects.exists()
    assert not RegistrationKey.objects.exists()


def test_so_many_an_hour_are_taken_for_one_address_and_for_one_agency(client, agency, monkeypatch):
    told = filled_in()
    for _ in range(ownership_reports.MOST_AN_HOUR_AN_ADDRESS):
        assert client.post(PAGE, told).status_code == 302
    refused = client.post(PAGE, told)
    assert refused.status_code == 429
    assert "Too many such messages" in refused.content.decode()
    assert told["note"] in refused.content.decode()
    assert client.post(PAGE, filled_in()).status_code == 302
    monkeypatch.setattr(ownership_reports, "MOST_AN_HOUR", OwnershipReport.objects.count())
    assert client.post(PAGE, filled_in()).status_code == 429
    OwnershipReport.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    assert client.post(PAGE, told).status_code == 302


def test_closing_deletes_row_and_key_or_neither(monkeypatch, agency):
    report = ownership_reports.create(agency, ReportDetails("Street 1", "moved"))

    def fail(_):
        raise RuntimeError("planted")

    with monkeypatch.context() as patch:
        patch.setattr(keystore, "destroy_key", fail)
        with pytest.raises(RuntimeError):
            ownership_reports.close(report)
    assert ownership_reports.read(report).address == "Street 1"
    for _ in range(2):  # closing what is closed is no error
        ownership_reports.close(report)
        assert not OwnershipReport.objects.exists()
        assert not RegistrationKey.objects.exists()


def test_the_registrations_of_that_unit_or_of_no_unit_are_found(agency):
    contact = make_contact()
    same = make_registration(contact=contact).registration
    whole = make_registration(contact=make_contact(address=contact.address.upper() + ",", unit="")).registration
    make_registration(contact=make_contact(address=contact.address, unit="another"))
    make_registration(make_agency("VAN"), contact=contact)
    details = ReportDetails(contact.address, "moved", unit=contact.unit)
    report = ownership_reports.create(agency, details)
    assert ownership_reports.candidates(report, details) == [same, whole]


def test_a_form_that_lost_its_cookie_or_switches_the_language_keeps_what_was_typed():
    strict, told = Client(enforce_csrf_checks=True), filled_in()
    lost = strict.post(PAGE, told)
    assert lost.status_code == 403
    assert told["note"] in lost.content.decode()
    switched = Client().post(PAGE, {**told, "language": "es"}).content.decode()
    assert told["note"] in switched
    assert '<html lang="es">' in switched
    assert not OwnershipReport.objects.exists()


def test_the_first_page_leads_here_and_without_an_agency_the_page_says_so(client, agency):
    assert 'href="/not-mine/"' in client.get("/").content.decode()
    assert client.get(PAGE)["Cache-Control"] == "no-store"
    agency.delete()
    assert "No agency takes registrations" in client.get(PAGE).content.decode()
    assert client.post(PAGE, filled_in()).status_code == 422


def test_no_form_whatever_it_holds_makes_the_server_fail(client, monkeypatch):
    monkeypatch.setattr(ownership_reports, "MOST_AN_HOUR", 10**9)

    @settings(max_examples=proof_count(1000))
    @given(st.dictionaries(st.sampled_from([*filled_in(), "language"]), ANY_TEXT, max_size=9))
    def attempt(changes):
        answer = client.post(PAGE, {**filled_in(), **changes})
        assert answer.status_code in (200, 302, 422, 429)
        if answer.status_code == 302:
            ownership_reports.read(OwnershipReport.objects.latest("created_at"))

    attempt()
