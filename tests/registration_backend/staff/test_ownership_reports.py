"""A verifier opens a report on the record, deals with what is registered at the address, and closes it."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User

from registrations import ownership_reports
from registrations.models import OwnershipReport, Registration, RegistrationKey
from registrations.ownership_reports import ReportDetails
from staff import ownership_admin
from staff.models import StaffAct, StaffContactView
from staff.roles import ADMINISTRATOR, VERIFIER
from tests.registration_backend.registrations.factories import canary, make_agency, make_contact, make_registration

from .people import sign_in

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
LIST = "/staff/registrations/ownershipreport/"


@pytest.fixture
def contact():
    return make_contact()


@pytest.fixture
def details(contact):
    told = {name: canary(name) for name in ("name", "phone", "email")}
    return ReportDetails(contact.address, "moved", unit=contact.unit, note=f"<b>{canary('note')}", **told)


@pytest.fixture
def report(details):
    return ownership_reports.create(make_agency(), details)


def page_of(report: OwnershipReport) -> str:
    return f"{LIST}{report.pk}/change/"


def act(client, report, action: str, registration: Registration | None = None, **more: str):
    which = {"registration": str(registration.pk)} if registration else {}
    return client.post(f"{LIST}{report.pk}/act/", {"action": action, **which, **more})


def values_of(details: ReportDetails) -> list[str]:
    return [value for name, value in vars(details).items() if name != "problem"]


def test_the_list_and_the_first_page_tell_that_there_are_reports_and_nothing_of_them(client, report, details):
    sign_in(client, VERIFIER)
    assert "1 report waits" in client.get("/staff/").text
    for address in (LIST, page_of(report), "/staff/"):
        page = client.get(address)
        assert page.status_code == 200
        for value in values_of(details):
            assert value not in page.text
    assert str(report.pk)[:8] in client.get(LIST).text
    assert not StaffContactView.objects.exists()
    ownership_reports.close(report)
    assert "report waits" not in client.get("/staff/").text


def test_a_verifier_with_a_reason_reads_it_beside_what_is_registered_there_and_it_is_recorded(
    client, report, details, contact
):
    user = sign_in(client, VERIFIER)
    there = make_registration(contact=contact).registration
    elsewhere = make_registration().registration
    page = client.post(page_of(report), {"reason": "check"})
    for value in values_of(details):
        assert value.replace("<b>", "&lt;b&gt;") in page.text
    assert str(there.pk) in page.text
    assert str(elsewhere.pk) not in page.text
    assert contact.name not in page.text
    assert contact.phone not in page.text
    assert "no-store" in page["Cache-Control"]
    look = StaffContactView.objects.get()
    assert (look.user, look.registration_id, look.reason) == (user, report.pk, "check")


@pytest.mark.parametrize("role", [ADMINISTRATOR, None])
def test_nobody_but_a_verifier_opens_or_closes_a_report(client, report, details, role):
    user = sign_in(client, *[role] if role else [])
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    for answer in (client.get(page_of(report)), client.post(page_of(report), {"reason": "check"})):
        assert answer.status_code == 403
        assert details.address not in answer.text
    assert act(client, report, "close").status_code == 403
    assert "report waits" not in client.get("/staff/").text
    assert OwnershipReport.objects.exists()
    assert not StaffContactView.objects.exists()


def test_a_verifier_of_another_agency_sees_that_there_is_nothing(client, report, details):
    sign_in(client, VERIFIER, agencies=[make_agency("VAN")])
    assert "waits" not in client.get("/staff/").text
    assert str(report.pk)[:8] not in client.get(LIST).text
    for answer in (client.get(page_of(report)), client.post(page_of(report), {"reason": "check"})):
        assert answer.status_code == 404
    assert act(client, report, "close").status_code == 404
    assert OwnershipReport.objects.exists()


def test_opening_reports_counts_against_the_days_limit(client, report, details, settings):
    settings.STAFF_CONTACT_LIMIT_A_DAY = 1
    sign_in(client, VERIFIER)
    other = ownership_reports.create(report.agency, ReportDetails(canary("Street "), "moved"))
    assert client.post(page_of(other), {"reason": "check"}).status_code == 200
    refused = client.post(page_of(report), {"reason": "check"})
    assert "1 a day is the limit" in refused.text
    assert details.address not in refused.text
    assert StaffContactView.objects.count() == 1


def test_without_a_reason_or_without_a_record_nothing_is_decrypted(client, report, monkeypatch):
    sign_in(client, VERIFIER)
    read = []
    monkeypatch.setattr(ownership_admin.ownership_reports, "read", lambda *_: read.append(1))
    assert client.post(page_of(report), {"reason": "because"}).status_code == 400

    def fail(**_):
        raise RuntimeError("planted")

    monkeypatch.setattr(StaffContactView.objects, "create", fail)
    client.raise_request_exception = False
    assert client.post(page_of(report), {"reason": "check"}).status_code == 500
    assert read == []


def test_a_registration_at_the_address_is_suspended_or_withdrawn_after_one_question(client, report, contact):
    sign_in(client, VERIFIER)
    there = make_registration(contact=contact, published=True).registration
    assert act(client, report, "suspend", there).status_code == 302
    there.refresh_from_db()
    assert (there.state, there.suspended_because) == ("suspended", "staff")
    assert "Yes, withdraw" in act(client, report, "withdraw", there).text
    assert Registration.objects.exists()
    assert act(client, report, "withdraw", there, confirmed="yes").status_code == 302
    assert not Registration.objects.exists()
    assert set(StaffAct.objects.values_list("act", "registration_id")) == {
        ("suspended", there.pk),
        ("withdrew", there.pk),
    }
    assert set(RegistrationKey.objects.values_list("pk", flat=True)) == {report.pk}


def test_a_report_reaches_no_registration_at_another_address(client, report):
    sign_in(client, VERIFIER)
    elsewhere = make_registration(published=True).registration
    for action in ("withdraw", "suspend"):
        assert act(client, report, action, elsewhere, confirmed="yes").status_code == 404
    elsewhere.refresh_from_db()
    assert elsewhere.state == "published"
    assert client.post(f"{LIST}{uuid.uuid4()}/act/", {"action": "close"}).status_code == 404
    assert client.get(f"{LIST}{report.pk}/act/").status_code == 405


def test_closing_deletes_the_report_with_its_key_and_logs_no_contents(client, report, details):
    sign_in(client, VERIFIER)
    assert act(client, report, "close")["Location"] == LIST
    assert not OwnershipReport.objects.exists()
    assert not RegistrationKey.objects.exists()
    logged = str(list(LogEntry.objects.values()))
    assert "Closed" in logged
    assert all(value not in logged for value in values_of(details))


def test_a_report_that_nobody_can_read_can_be_closed(client, report):
    sign_in(client, VERIFIER)
    RegistrationKey.objects.all().delete()
    assert "can no longer be read" in client.post(page_of(report), {"reason": "check"}).text
    assert act(client, report, "withdraw", None).status_code == 404
    assert act(client, report, "close").status_code == 302
    assert not OwnershipReport.objects.exists()
