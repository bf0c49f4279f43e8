"""Letters and call lists: looks on record first, the day's limit for the whole batch, and what stands on the paper."""

from __future__ import annotations

import shutil
import subprocess
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
import zxingcpp
from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from PIL import Image

from registrations import contacts, keystore, services
from registrations.models import Agency, Registration
from staff import looks
from staff.models import StaffContactView
from staff.roles import VERIFIER
from tests.registration_backend.registrations.factories import make_contact, make_registration
from tests.registration_backend.staff.conftest import make_person, values_of
from tests.registration_backend.staff.test_round import LISTS, due

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"]),
    pytest.mark.usefixtures("agency"),
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed; run make setup"),
]
ASK = LISTS[0]
BUTTONS = ["letters", "call_list"]


@pytest.fixture
def read(tmp_path):
    """Hand out a PDF to a real reader, and return the words of each page or what another tool says."""

    def run(pdf: bytes, tool: str = "pdftotext", *options: str) -> str:
        path = tmp_path / "paper.pdf"
        path.write_bytes(pdf)
        command = [tool, *options, str(path), *(["-"] if tool == "pdftotext" else [])]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        assert "Error" not in done.stderr
        return done.stdout

    return run


def pages(read, pdf: bytes, *options: str) -> list[str]:
    return [" ".join(page.split()) for page in read(pdf, "pdftotext", "-layout", *options).split("\f")[:-1]]


def in_order(read, pdf: bytes) -> str:
    """Return all letters as they were set, cell by cell, without white space: narrow cells break long words."""
    return squeezed(read(pdf, "pdftotext", "-raw"))


def squeezed(text: str) -> str:
    return "".join(text.split())


def sent(button: str, *chosen: Registration) -> dict[str, object]:
    return {button: "1", "ticked": [str(one.pk) for one in chosen]}


def pdf_of(client, button: str, *chosen: Registration) -> bytes:
    answer = client.post(ASK, sent(button, *chosen))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    return answer.content


def test_each_contact_on_paper_is_a_look_that_its_registrant_is_told_of(client, sign_in, agency, monkeypatch):
    user = sign_in(VERIFIER)
    made = [due(), due(), due()]
    for button in BUTTONS:
        answer = client.post(ASK, sent(button, *made[:2]))
        assert "no-store" in answer["Cache-Control"]
        assert answer["Content-Disposition"].startswith("inline")
    seen = StaffContactView.objects.values_list("user", "registration_id", "agency", "reason")
    assert sorted(seen, key=str) == sorted([(user.pk, one.pk, agency.pk, "round") for one in made[:2] * 2], key=str)
    later = timezone.now() + timedelta(days=7, seconds=5)
    monkeypatch.setattr(looks, "clock", SimpleNamespace(now=lambda: later))
    told = looks.looks_to_tell(made[0])
    assert {one.reason for one in told} == {"To ask whether the registration is still right"}


@pytest.mark.parametrize("button", BUTTONS)
def test_a_batch_bigger_than_what_is_left_opens_nothing(client, sign_in, settings, monkeypatch, button):
    settings.STAFF_CONTACT_LIMIT_A_DAY = 3
    sign_in(VERIFIER)
    made = [due() for _ in range(5)]
    assert client.post(ASK, sent(button, made[0])).status_code == 200
    decrypted = []
    monkeypatch.setattr(contacts, "read", lambda *_: decrypted.append(1))
    page = client.post(ASK, sent(button, *made[1:4]), follow=True).text
    assert "You have opened 1 contacts today, and 3 a day is the limit. You asked for 3 more, and 2 are left." in page
    assert "Nothing was opened." in page
    for count in ("3", "9" * 30):
        page = client.post(ASK, {f"next_{button}": "1", "count": count}, follow=True).text
        assert "You can open 2 more contacts today. Nothing was opened." in page
    assert decrypted == []
    assert StaffContactView.objects.count() == 1
    monkeypatch.undo()
    settings.STAFF_CONTACT_LIMIT_A_DAY = 3
    # What was opened today counts once, so that a jammed printer costs nothing.
    assert client.post(ASK, sent(button, *made[:3])).status_code == 200
    assert client.post(ASK, sent(button, *made[:3])).status_code == 200
    assert "0 a day" not in client.get(ASK).text
    assert client.post(ASK, sent(button, made[3])).status_code == 302


@pytest.mark.django_db(transaction=True, databases=["default", "keys"])
@pytest.mark.parametrize("button", BUTTONS)
def test_all_records_are_committed_before_anything_is_decrypted(client, sign_in, monkeypatch, button):
    sign_in(VERIFIER)
    made = [due(), due(), due()]
    seen, read = [], contacts.read

    def watch(one):
        seen.append((connection.in_atomic_block, StaffContactView.objects.count()))
        return read(one)

    monkeypatch.setattr(looks.contacts, "read", watch)
    assert client.post(ASK, sent(button, *made)).status_code == 200
    assert seen == [(False, 3)] * 3


def test_nothing_is_decrypted_when_one_look_cannot_be_recorded(client, sign_in, monkeypatch):
    sign_in(VERIFIER)
    made = [due(), due()]
    decrypted, create = [], StaffContactView.objects.create

    def fail_the_second(**values):
        if StaffContactView.objects.exists():
            raise RuntimeError("planted")
        return create(**values)

    monkeypatch.setattr(StaffContactView.objects, "create", fail_the_second)
    monkeypatch.setattr(looks.contacts, "read", lambda *_: decrypted.append(1))
    client.raise_request_exception = False
    assert client.post(ASK, sent("letters", *made)).status_code == 500
    assert decrypted == []
    assert not StaffContactView.objects.exists()


@pytest.mark.parametrize("button", BUTTONS)
def test_a_contact_whose_key_is_gone_is_named_and_left_out(client, sign_in, read, button):
    sign_in(VERIFIER)
    kept, lost = make_contact(email=""), make_contact(email="")
    first, second = due(contact=kept), due(contact=lost)
    keystore.destroy_key(second.pk)
    pdf = pdf_of(client, button, first, second)
    printed, everything = pages(read, pdf), in_order(read, pdf)
    assert kept.name in everything
    assert squeezed(f"{str(second.pk)[:8]}: Its contact cannot be read") in everything
    if button == "letters":
        assert "Not for posting" in printed[0]
        assert len(printed) == 2
    # Only who stands on a paper can be noted with one press.
    page = client.get(ASK).text.partition("Printed today")[2].partition("</section>")[0]
    assert str(first.pk) in page
    assert str(second.pk) not in page
    alone = client.post(ASK, sent(button, second), follow=True).text
    assert "Its contact cannot be read" in alone
    assert StaffContactView.objects.filter(registration_id=second.pk).count() == 2, "each try is on record"


def test_who_has_no_postal_address_gets_no_letter_and_is_not_opened(client, sign_in, read):
    sign_in(VERIFIER)
    posted, called = due(), due(contact=make_contact(email="", address="", unit=""))
    printed = pages(read, pdf_of(client, "letters", posted, called))
    assert f"{str(called.pk)[:8]}: It has no postal address" in printed[0]
    assert [look.registration_id for look in StaffContactView.objects.all()] == [posted.pk]
    assert "No postal address: call." in client.get(ASK).text
    silent = due(contact=make_contact(email="", phone=""))
    assert "has no phone number" in " ".join(pages(read, pdf_of(client, "call_list", called, silent)))


def test_a_letter_says_what_is_registered_and_how_to_answer(client, sign_in, read):
    Agency.objects.update(public_phone="+1 202 555 0100", public_address="1 Main St\nTown", suspend_after_days=60)
    sign_in(VERIFIER)
    contact = make_contact(email="", address="12 Elm St, Springfield, IL 62701", unit="Apt 3", access_notes="Beware")
    registration = due(contact=contact)
    (letter,) = pages(read, pdf_of(client, "letters", registration))
    answer_by = timezone.now().date() + timedelta(days=60)
    for said in (
        f"{contact.name} ",
        "12 Elm St, Apt 3",
        "Springfield, IL 62701",
        "Police of HEL",
        "+1 202 555 0100",
        "1 Main St Town",
        "Is your camera registration still right?",
        "2 cameras, Business, last confirmed on",
        date_format(answer_by, "DATE_FORMAT"),
        "Please keep my registration.",
        "Please delete my registration for good.",
        "Signature and date",
        str(registration.pk)[:8],
    ):
        assert said in letter
    for kept_out in (contact.phone, contact.access_notes, str(registration.pk), "is deleted for good"):
        assert kept_out not in letter


def test_a_letter_says_so_when_the_settings_delete_without_e_mail(client, sign_in, read):
    Agency.objects.update(purge_after_days=90, purge_without_email=True)
    sign_in(VERIFIER)
    (letter,) = pages(read, pdf_of(client, "letters", due()))
    assert "After 90 more days your registration is deleted for good." in letter


def test_who_registered_in_spanish_gets_a_spanish_letter(client, sign_in, read):
    Agency.objects.update(public_phone="+1 202 555 0100", purge_after_days=90, purge_without_email=True)
    sign_in(VERIFIER)
    english, spanish = due(), due(language="es", contact=make_contact(email="", name="Ñandú Peña"))
    printed = pages(read, pdf_of(client, "letters", english, spanish))
    letter = next(page for page in printed if "Ñandú Peña" in page)
    assert len(printed) == 2
    for said in ("¿Sigue siendo correcto", "2 cámaras, Negocio", "Firma y fecha", "90 días", "Referencia", " de 20"):
        assert said.lower() in letter.lower()
    for left in ("Please", "registration", "camera ", "Signature", "Answer"):
        assert left not in letter
    assert "Please keep" in next(page for page in printed if page != letter)
    assert 'lang="en' in client.get(ASK).text, "the page of staff stays English"


@pytest.mark.parametrize("paper", ["letter", "a4"])
def test_only_name_and_address_show_in_the_window_of_an_envelope(client, sign_in, read, settings, paper):
    settings.PAPER = paper
    Agency.objects.update(public_address="1 Main St, Town", public_phone="+1 202 555 0100", name="W" * 120)
    sign_in(VERIFIER)
    contact = make_contact(email="", name="N" * 120, address=f"{'S' * 150}, {'T' * 140}", unit="U" * 60)
    pdf = pdf_of(client, "letters", due(contact=contact))
    inch = 72
    # What the window may ever show (see reminder_letter), in points: x, y, width, height.
    window = {"-x": 0, "-y": 2.04 * inch, "-W": 5.4 * inch, "-H": (3.63 - 2.04) * inch}
    options = [str(part) for name, value in window.items() for part in (name, round(value))]
    (shown,) = pages(read, pdf, *options)
    assert shown.replace(" ", "") == f"{'N' * 120}{'S' * 150},{'U' * 60}{'T' * 140}"
    sure = {"-x": 0.9 * inch, "-y": 2.45 * inch, "-W": 3.5 * inch, "-H": 0.72 * inch}
    options = [str(part) for name, value in sure.items() for part in (name, round(value))]
    assert pages(read, pdf, *options) == [shown], "the block lies where each window shows it"


def test_the_code_leads_to_the_agencys_page(client, sign_in, settings, tmp_path):
    settings.PUBLIC_URL = "https://cameras.example.org"
    sign_in(VERIFIER)
    path = tmp_path / "letter.pdf"
    path.write_bytes(pdf_of(client, "letters", due()))
    subprocess.run(["pdftoppm", "-r", "150", "-png", path, path.with_suffix("")], check=True, timeout=60)
    with Image.open(next(tmp_path.glob("*.png"))) as image:
        found = [code.text for code in zxingcpp.read_barcodes(image.convert("L"))]
    assert found == ["https://cameras.example.org/about/HEL/contact/"]
    assert client.get("/about/HEL/contact/").status_code == 200


def test_a_call_list_has_what_a_caller_needs_and_room_for_the_answer(client, sign_in, read):
    sign_in(VERIFIER)
    hours = {"preferred_way": "text", "preferred_time": "after 6 pm"}
    contact = make_contact(email="", phone="+1 202 555 0123", access_notes="Beware", **hours)
    registration = due(contact=contact, language="es")
    page = in_order(read, pdf_of(client, "call_list", registration))
    for said in (
        str(registration.pk)[:8],
        contact.name,
        contact.phone,
        "Text message, after 6 pm",
        "Español",
        "Answer",
    ):
        assert squeezed(said) in page
    for kept_out in (contact.address, contact.access_notes, contact.unit):
        assert squeezed(kept_out) not in page


HOSTILE = [
    "<b>Bold</b> & <i>co</i>",
    '<img src="file:///etc/passwd"/>',
    "</para><para>",
    "&lt;font&gt; &#65;",
    "{{ 7*7 }} [% 1 %] %(agency)s %d",
    "=cmd()|'x'!A1",
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("button", BUTTONS)
def test_hostile_names_are_printed_as_they_are(client, sign_in, read, button, name):
    sign_in(VERIFIER)
    contact = make_contact(email="", name=name, address=f"{name} 1", phone=name[:40], preferred_time=name)
    printed = in_order(read, pdf_of(client, button, due(contact=contact)))
    assert squeezed(name) in printed
    assert "Leftout" not in printed


@pytest.mark.parametrize("name", ["الشرطة", "a\u202egpj.exe", "משה", "市", "👮 Police"])
def test_a_name_that_cannot_be_printed_gets_no_letter_that_would_be_lost(client, sign_in, read, name):
    sign_in(VERIFIER)
    registration, other = due(contact=make_contact(email="", name=name)), due()
    printed = pages(read, pdf_of(client, "letters", registration, other))
    assert f"{str(registration.pk)[:8]}: Its name or address has letters that cannot be printed here" in printed[0]
    assert len(printed) == 2
    (listed,) = pages(read, pdf_of(client, "call_list", registration))
    assert "\ufffd" in listed
    assert "\u202e" not in listed


def test_the_next_ones_are_the_longest_due_that_nobody_printed_today(client, sign_in, read):
    sign_in(VERIFIER)
    names = [make_contact(email="", **({"address": "", "unit": ""} if number == 1 else {})) for number in range(4)]
    for number, contact in enumerate(names):
        due(contact=contact, days=500 - number)

    def printed(button: str, count: str) -> list[int]:
        answer = client.post(ASK, {button: "1", "count": count})
        words = in_order(read, answer.content) if answer.status_code == 200 else ""
        return [number for number, contact in enumerate(names) if contact.name in words]

    assert printed("next_letters", "1") == [0]
    client.force_login(make_person(VERIFIER))
    assert "Printed today by" in client.get(ASK).text
    assert printed("next_letters", "2") == [2, 3], "without the one that a colleague printed, and the one to call"
    assert printed("next_call_list", "10") == [1]
    assert "nobody left" in client.post(ASK, {"next_call_list": "1", "count": "1"}, follow=True).text
    for wrong in ("0", "-1", "", "x", "9" * 5000, "1\0"):
        assert "Type a number" in client.post(ASK, {"next_letters": "1", "count": wrong}, follow=True).text


def test_what_was_printed_can_be_noted_with_one_press(client, sign_in):
    sign_in(VERIFIER)
    made = [due() for _ in range(3)]
    client.post(ASK, sent("letters", *made[:2]))
    client.post(ASK, sent("call_list", made[2]))
    panel = client.get(ASK).text.partition("Printed today")[2].partition("</section>")[0]
    assert [panel.count(f'value="{one.pk}" checked') for one in made] == [1, 1, 1]
    client.post(ASK, sent("note_letter", *made[:2]))
    services.confirm(made[2], timezone.now().date())
    assert "Printed today" not in client.get(ASK).text
    assert Registration.objects.exclude(reminded_on=None).count() == 2


def test_who_answered_meanwhile_stops_a_batch_before_anything_is_opened(client, sign_in):
    sign_in(VERIFIER)
    first, second = due(), due()
    services.confirm(second, timezone.now().date())
    for other in (second, make_registration().registration, due(email="a@example.org")):
        page = client.post(ASK, sent("letters", first, other), follow=True).text
        assert "1 of them is not to be asked any more" in page
    assert not StaffContactView.objects.exists()


def test_forty_letters_are_made_in_seconds_and_leave_nothing_behind(client, sign_in, read, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    sign_in(VERIFIER)
    contacts_of = [make_contact(email="") for _ in range(40)]
    for contact in contacts_of:
        due(contact=contact)
    begun = time.monotonic()
    answer = client.post(ASK, {"next_letters": "1", "count": "40"})
    assert time.monotonic() - begun < 30
    assert list(tmp_path.iterdir()) == []
    printed = pages(read, answer.content)
    assert len(printed) == 40
    assert all(any(contact.name in page for page in printed) for contact in contacts_of)
    rows = read(answer.content, "pdffonts").splitlines()[2:]
    assert rows
    assert all(row.split()[-5] == "yes" for row in rows), "every font is embedded"
    facts = read(answer.content, "pdfinfo")
    assert not [value for contact in contacts_of for value in values_of(contact) if value in facts]
    stored = client.session.items()
    assert not [value for contact in contacts_of for value in values_of(contact) if value in str(dict(stored))]
