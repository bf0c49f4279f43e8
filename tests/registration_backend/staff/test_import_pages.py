"""Staff import lists after a preview without contacts; what is uploaded lies nowhere in clear, and soon nowhere."""

from __future__ import annotations

import base64
import logging
import os
import time

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session

from registrations import contacts, services
from registrations.models import Agency, Registration
from staff import import_holds
from staff.models import Membership
from staff.roles import ADMINISTRATOR, AUDITOR, VERIFIER
from tests.registration_backend.registrations.arcgis_server import feature, serving
from tests.registration_backend.registrations.factories import canary, make_agency
from tests.registration_backend.staff.importing import (
    ROW,
    START,
    STEP,
    agency_pk,
    changed,
    counts_in,
    selected_in,
    text_of,
    ticket_in,
)

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.usefixtures("agency")]


def test_a_list_goes_from_its_file_over_guessed_columns_and_a_preview_into_the_registry(importer):
    page = importer.preview(ROW, changed(Form_no="2", Lat="nan"), changed(Form_no="3", Signed_on=""))
    assert counts_in(page) == [2, 0, 0, 1, 0]
    assert "the coordinates are not numbers" in page
    assert "1 of 2 registrations in the list have no date of consent" in page
    assert not Registration.objects.exists()
    assert counts_in(importer.act("import")) == [2, 0, 0, 1, 0]
    stored = {each.state: each for each in Registration.objects.all()}
    assert set(stored) == {"published", "unconfirmed"}
    contact = contacts.read(stored["published"])
    assert (contact.name, contact.phone, contact.address) == ("Shop", "555 0100", "Example street 1")
    camera = stored["published"].cameras.get()
    assert (camera.retention_hours, camera.direction_deg) == (336.0, 315.0)
    assert (stored["published"].premises, stored["published"].site.coords) == ("business", (24.94, 60.17))


def test_the_same_list_again_creates_nothing_and_a_missing_row_is_counted_not_withdrawn(importer):
    importer.preview(ROW, changed(Form_no="2"))
    importer.act("import")
    page = importer.preview(ROW, changed(Form_no="2"))
    assert counts_in(page) == [0, 0, 2, 0, 0]
    assert "There is nothing to import" in page
    assert counts_in(importer.preview(changed(Telephone="555 0199"))) == [0, 1, 0, 0, 1]
    importer.act("import")
    assert Registration.objects.count() == 2


def test_rows_that_were_withdrawn_are_refused_in_the_preview_and_in_the_import(importer):
    importer.preview(ROW)
    importer.act("import")
    services.withdraw(Registration.objects.get())
    page = importer.preview(ROW, changed(Form_no="2", Street_address="Other street 9"))
    assert counts_in(page) == [1, 0, 0, 1, 0]
    assert "was withdrawn" in page
    assert counts_in(importer.act("import"))[:4] == [1, 0, 0, 1]


def test_neither_pages_nor_downloads_nor_logs_nor_the_change_log_show_a_contact(importer, caplog):
    caplog.set_level(logging.DEBUG)
    secret = {name: canary(name.split("_")[0]) for name in ("Owner", "Telephone", "Street_address", "Notes")}
    bad = [changed(Form_no=str(number), **secret, **cells) for number, cells in enumerate(BAD_CELLS, start=2)]
    pages = [importer.upload(changed(**secret), *bad)]
    pages.append(importer.act("explain", **selected_in(pages[0])))
    assert counts_in(pages[1])[:4] == [1, 0, 0, len(BAD_CELLS)]
    for name in ("refused", "mapping"):
        pages.append(text_of(importer.client.post(STEP, {**ticket_in(pages[1]), "action": name})))
    pages.append(importer.act("import"))
    assert Registration.objects.count() == 1
    for value in secret.values():
        assert value not in "".join(pages)
        assert value not in caplog.text
        assert value not in str(list(LogEntry.objects.values()))
    assert LogEntry.objects.get().change_message == "Imported a list: 1 created, 0 updated, 5 refused."


BAD_CELLS = ({"Lat": "x"}, {"Lat": "-120"}, {"Days_kept": "long"}, {"Signed_on": "soon"}, {"E-mail": "nobody"})


def test_what_is_uploaded_lies_nowhere_in_clear_and_after_the_import_nowhere_at_all(importer, settings):
    secret = canary("Owner")
    page = importer.preview(changed(Owner=secret))
    files = [path for path in settings.VAR_DIR.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert os.stat(files[0]).st_mode & 0o777 == 0o600
    held = files[0].read_bytes()
    for form in (secret, secret.encode("utf-16-le").hex(), base64.b64encode(secret.encode()).decode().rstrip("=")):
        assert form.encode() not in held
    key = base64.urlsafe_b64decode(ticket_in(page)["key"])
    assert len(key) == 32
    assert key not in held
    stored = str([session.get_decoded() for session in Session.objects.all()])
    assert secret not in stored
    assert ticket_in(page)["key"] not in stored
    importer.act("import")
    assert not list(settings.VAR_DIR.rglob("*.sealed"))


def test_after_an_import_only_numbers_and_reasons_of_refused_rows_are_held(importer, settings):
    importer.preview(ROW, changed(Form_no="2", Lat="nan"))
    page = importer.act("import")
    ticket = import_holds.Ticket(*ticket_in(page).values())
    assert import_holds.read(User.objects.get().pk, ticket) == {
        "agency": agency_pk(),
        "refused": [[3, "the coordinates are not numbers"]],
    }
    assert "no longer held" in importer.act("import")
    assert Registration.objects.count() == 1


def test_a_second_click_imports_nothing_twice(importer):
    importer.preview(ROW)
    before = importer.page
    importer.act("import")
    importer.page = before
    assert "no longer held" in importer.act("import")
    assert Registration.objects.count() == 1


def test_a_held_list_ends_after_an_hour_and_on_cancelling(importer, settings):
    importer.preview(ROW)
    for path in settings.VAR_DIR.rglob("*.sealed"):
        os.utime(path, (time.time() - 3601,) * 2)
    assert "no longer held" in importer.act("import")
    assert not list(settings.VAR_DIR.rglob("*.sealed"))
    importer.preview(ROW)
    answer = importer.client.post(STEP, {**ticket_in(importer.page), "action": "cancel"})
    assert answer["Location"] == START
    assert not list(settings.VAR_DIR.rglob("*.sealed"))
    assert not Registration.objects.exists()


@pytest.mark.parametrize("change", ["key", "held", "user"])
def test_a_held_list_opens_only_with_its_key_for_its_uploader(importer, sign_in, change):
    importer.preview(ROW)
    sent = {**ticket_in(importer.page), "action": "import"}
    if change == "user":
        sign_in(VERIFIER)
    else:
        sent[change] = {"key": base64.urlsafe_b64encode(bytes(32)).decode(), "held": "../../etc/passwd"}[change]
    assert "no longer held" in text_of(importer.client.post(STEP, sent))
    assert not Registration.objects.exists()


def test_a_person_has_three_lists_at_most(importer, settings):
    for _ in range(5):
        importer.upload(ROW)
    assert len(list(settings.VAR_DIR.rglob("*.sealed"))) == 3
    assert counts_in(importer.act("explain", **selected_in(importer.page))) == [1, 0, 0, 0, 0]


def test_a_layer_goes_the_same_way_and_its_token_is_used_once_and_kept_nowhere(importer, settings):
    settings.IMPORT_FROM_PRIVATE_ADDRESSES = True
    token = canary("token")
    with serving([feature(1), feature(2), feature(3, signed=10**30)]) as layer:
        sent = {"agency": agency_pk(), "layer_url": layer.url, "token": token}
        page = importer.page = text_of(importer.client.post(START, sent))
        assert {question["token"] for question in layer.asked} == {token}
        asked = len(layer.asked)
        assert token not in page
        held = import_holds.read(User.objects.get().pk, import_holds.Ticket(*ticket_in(page).values()))
        assert token not in str(held)
        page = importer.act("explain", **selected_in(page))
        assert "Object id" in page
        assert counts_in(page) == [2, 0, 0, 1, 0]
        assert counts_in(importer.act("import")) == [2, 0, 0, 1, 0]
        assert len(layer.asked) == asked, "what was previewed is imported"
        layer.change = lambda *_: {"error": {"code": 498}}
        page = text_of(importer.client.post(START, sent))
    assert "does not accept this one" in page
    assert token not in page
    assert [each.state for each in Registration.objects.all()] == ["published"] * 2


def test_the_preview_shows_what_an_agency_with_the_minimal_form_would_store_and_says_that_the_rest_goes(importer):
    Agency.objects.update(form_profile="minimal")
    page = importer.preview(ROW)
    assert "of 1 rows everything else was left out" in page
    shown = page.split("As they would be stored")[1]
    assert "Business" not in shown
    assert "315°" not in shown
    assert "of 1 rows everything else was left out" in importer.act("import")


@pytest.mark.parametrize("roles", [[VERIFIER], [ADMINISTRATOR]])
def test_verifiers_and_administrators_may_import(client, sign_in, roles):
    sign_in(*roles)
    assert client.get(START).status_code == 200
    assert START in client.get("/staff/registrations/registration/").content.decode()


@pytest.mark.parametrize("roles", [[], [AUDITOR]])
def test_others_may_not(client, sign_in, importer, roles):
    importer.preview(ROW)
    sent = {**ticket_in(importer.page), "action": "import"}
    sign_in(*roles)
    for answer in (client.get(START), client.post(START, {}), client.post(STEP, sent)):
        assert answer.status_code == 403
    client.logout()
    assert "/staff/login/" in client.get(START)["Location"]
    assert not Registration.objects.exists()


def test_an_agency_that_the_person_does_not_work_for_is_refused_at_both_ends(importer, agency):
    importer.preview(ROW)
    membership = Membership.objects.get(user__memberships__agency=agency)
    membership.agency = make_agency("XXX")
    membership.save()
    answer = importer.client.post(STEP, {**ticket_in(importer.page), "action": "import"})
    assert answer.status_code == 403
    assert "Select a valid choice" in importer.upload(ROW)
    membership.delete()
    assert "belongs to no agency yet" in importer.client.get(START).content.decode()
    assert not Registration.objects.exists()
