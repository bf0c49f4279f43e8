"""Nobody sees anything of an agency that they do not work for, and no page shows a contact unasked."""

from __future__ import annotations

import re
import uuid

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction

from registrations.models import Agency, Registration
from staff.models import StaffAct, StaffContactView
from staff.roles import ADMINISTRATOR, AUDITOR, VERIFIER
from tests.registration_backend.registrations.factories import make_agency, make_contact, make_registration
from tests.registration_backend.staff.conftest import LIST, make_person, page_of, values_of

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.usefixtures("agency")]
RECORDS = ("/staff/staff/staffcontactview/", "/staff/staff/staffact/")


@pytest.fixture
def other_agency() -> Agency:
    return make_agency("OTH", name="Another police")


@pytest.fixture
def foreign(other_agency) -> Registration:
    return make_registration(other_agency).registration


@pytest.mark.parametrize(
    ("roles", "superuser"), [([VERIFIER], False), ([VERIFIER], True), ([VERIFIER, ADMINISTRATOR], False)]
)
def test_a_verifier_reaches_nothing_of_another_agency(client, sign_in, agency, foreign, roles, superuser):
    own = make_registration(agency).registration
    sign_in(*roles, agencies=[agency], superuser=superuser)
    for address in (
        LIST,
        f"{LIST}?q={str(foreign.pk)[:8]}",
        f"{LIST}?agency__id__exact={foreign.agency_id}",
        "/staff/queue/",
    ):
        page = client.get(address)
        assert str(foreign.pk) not in page.text
        assert "Another police" not in page.text
    assert str(own.pk) in client.get(LIST).text
    sent = {"reason": "call", "identity_check": "saw_id", "form_date": "2026-01-01", "premises": "school"}
    for name in ("change", "delete", "history"):
        assert client.get(page_of(foreign, name)).status_code == 404
    for name in ("change", "delete", "contact", "change-contact", "confirm", "paper-form"):
        assert client.post(page_of(foreign, name), sent).status_code == 404
    for action in ("publish", "suspend", "withdraw"):
        chosen = {"action": action, "_selected_action": [foreign.pk], "confirmed": "1", "identity_check": "saw_id"}
        client.post(LIST, chosen)
    client.post("/staff/queue/", {"publish": str(foreign.pk)})
    foreign.refresh_from_db()
    assert (foreign.state, foreign.premises) == ("pending", "business")
    assert not StaffContactView.objects.exists()
    assert not StaffAct.objects.exists()


def test_an_own_registration_links_to_no_duplicate_of_another_agency(client, sign_in, agency, other_agency):
    contact = make_contact()
    own = make_registration(agency, contact=contact).registration
    twin = make_registration(other_agency, contact=contact).registration
    sign_in(VERIFIER, agencies=[agency])
    for address in (page_of(own), "/staff/queue/"):
        assert str(twin.pk)[:8] not in client.get(address).text
    sign_in(VERIFIER, agencies=[agency, other_agency])
    for address in (page_of(own), "/staff/queue/"):
        assert str(twin.pk)[:8] in client.get(address).text


@pytest.mark.parametrize(
    ("roles", "superuser"), [([VERIFIER], False), ([ADMINISTRATOR], False), ([AUDITOR], False), ([], True)]
)
def test_without_a_membership_nothing_is_listed(client, sign_in, roles, superuser, agency):
    registration = make_registration().registration
    look = StaffContactView.objects.create(
        user=make_person(), registration_id=registration.pk, agency=agency, reason="place"
    )
    sign_in(*roles, agencies=[], superuser=superuser)
    for address in (LIST, "/staff/queue/", *RECORDS):
        assert str(look.registration_id) not in client.get(address).text
    assert client.get(page_of(registration)).status_code in (403, 404)


def test_an_auditor_reads_the_records_of_their_agencies_and_nothing_else(client, sign_in, agency, other_agency):
    registration = make_registration(agency).registration
    verifier, foreign_id = make_person(VERIFIER), uuid.uuid4()
    for of, pk in ((agency, registration.pk), (other_agency, foreign_id)):
        StaffContactView.objects.create(user=verifier, registration_id=pk, agency=of, reason="place")
        StaffAct.objects.create(user=verifier, registration_id=pk, agency=of, act="placed")
    sign_in(AUDITOR, agencies=[agency])
    for address in RECORDS:
        page = client.get(address).text
        assert str(registration.pk) in page
        assert verifier.username in page
        assert str(foreign_id) not in page
        assert str(registration.pk) in client.get(f"{address}?q={str(registration.pk)[:8]}").text
    for address in (LIST, page_of(registration), "/staff/queue/", "/staff/auth/user/", "/staff/registrations/agency/"):
        assert client.get(address).status_code == 403


@pytest.mark.parametrize("number", ["9" * 9, "9" * 10, "9" * 19, "9" * 30, "0", "-1"])
def test_a_number_that_no_row_can_have_is_not_found(client, sign_in, number):
    sign_in(VERIFIER, ADMINISTRATOR, superuser=True)
    for address in (f"/staff/r/1/{number}/", f"/staff/r/{number}/1/", f"/staff/r/{number}/{number}/"):
        assert client.get(address).status_code == 404
    for kind in ("registrations/agency", "auth/user", "auth/group", "staff/staffact", "staff/staffcontactview"):
        assert client.get(f"/staff/{kind}/{number}/change/").status_code in (302, 404)
    assert client.get(f"{LIST}{number}/change/").status_code == 404
    for query in (f"agency__id__exact={number}", f"p={number}", f"q={number}"):
        assert client.get(f"{LIST}?{query}").status_code in (200, 302)
    assert client.get(f"/staff/queue/?page={number}&show={number}").status_code == 200


def links_of(page: str) -> set[str]:
    found = {link.replace("&amp;", "&") for link in re.findall(r'href="([^"#]+)"', page)}
    return {link for link in found if link.startswith(("/staff/", "?"))}


@pytest.mark.parametrize(
    ("roles", "superuser"),
    [([VERIFIER], False), ([ADMINISTRATOR], False), ([AUDITOR], False), ([VERIFIER, ADMINISTRATOR], True), ([], True)],
)
def test_no_page_that_is_only_looked_at_shows_a_contact(client, sign_in, roles, superuser, agency):
    all_contacts = [make_contact() for _ in range(3)]
    made = [
        make_registration(contact=all_contacts[0], confirmed_on=None),
        make_registration(contact=all_contacts[1]),
        make_registration(contact=all_contacts[2], published=True),
    ]
    user = sign_in(*roles, superuser=superuser)
    StaffAct.objects.create(user=user, registration_id=made[0].registration.pk, agency=agency, act="placed")
    StaffContactView.objects.create(user=user, registration_id=made[0].registration.pk, agency=agency, reason="place")
    canaries = [value for contact in all_contacts for value in values_of(contact)]
    to_see = {"/staff/", "/staff/queue/"} | {page_of(one.registration) for one in made}
    seen: set[str] = set()
    while to_see and len(seen) < 90:
        address = to_see.pop()
        seen.add(address)
        answer = client.get(address)
        if answer.status_code != 200 or "html" not in answer["Content-Type"]:
            continue
        assert not [value for value in canaries if value in answer.text], address
        base = address.partition("?")[0]
        found = {base + link if link.startswith("?") else link for link in links_of(answer.text)}
        # Two filters at once show no more than each of them.
        to_see |= {link for link in found if "logout" not in link and link.count("=") < 2} - seen
    assert len(seen) > 8


def test_an_auditor_is_neither_investigator_nor_verifier(client, sign_in, agency):
    Group.objects.get_or_create(name="investigator")
    ids = {group.name: group.pk for group in Group.objects.all()}
    sign_in(ADMINISTRATOR)
    person = make_person(VERIFIER)
    page = f"/staff/auth/user/{person.pk}/change/"
    inline = {f"memberships-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    sent = {"username": person.username, "is_staff": "on", "is_active": "on", **inline}
    for other in ("verifier", "investigator"):
        refused = client.post(page, {**sent, "groups": [ids["auditor"], ids[other]]})
        assert refused.status_code == 200
        assert f"auditor and {other} at once" in refused.text
    assert [group.name for group in person.groups.all()] == ["verifier"]
    assert client.post(page, {**sent, "groups": [ids["auditor"], ids["administrator"]]}).status_code == 302
    assert {group.name for group in person.groups.all()} == {"auditor", "administrator"}


def test_a_script_cannot_combine_them_either():
    person, auditor = make_person(VERIFIER), Group.objects.get(name=AUDITOR)
    with pytest.raises(ValidationError, match="auditor and verifier at once"), transaction.atomic():
        person.groups.add(auditor)
    with pytest.raises(ValidationError, match="auditor and verifier at once"), transaction.atomic():
        auditor.user_set.add(person)
    person.groups.set([auditor])
    assert [group.name for group in person.groups.all()] == [AUDITOR]


def test_an_administrator_gives_people_roles_and_agencies_but_not_themself(client, sign_in, agency, other_agency):
    user = sign_in(ADMINISTRATOR, agencies=[agency])
    verifier = Group.objects.get(name=VERIFIER)
    colleague, superuser = make_person(agencies=[]), make_person(superuser=True, agencies=[])

    def give(person) -> int:
        inline = {"memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0"}
        new = {"memberships-0-agency": other_agency.pk, "memberships-0-user": person.pk}
        sent = {"username": person.username, "is_staff": "on", "is_active": "on", "is_superuser": "on"}
        page = f"/staff/auth/user/{person.pk}/change/"
        return client.post(
            page, {**sent, "groups": [verifier.pk], "user_permissions": ["1"], **inline, **new}
        ).status_code

    assert give(colleague) == 302
    colleague.refresh_from_db()
    assert (list(colleague.groups.all()), colleague.is_superuser) == ([verifier], False)
    assert not colleague.user_permissions.exists()
    assert [one.agency for one in colleague.memberships.all()] == [other_agency]
    give(user)
    assert [group.name for group in user.groups.all()] == [ADMINISTRATOR]
    assert [one.agency for one in user.memberships.all()] == [agency]
    assert give(superuser) == 403
    assert client.get(f"/staff/auth/user/{superuser.pk}/password/").status_code == 403
