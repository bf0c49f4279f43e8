"""What an agency prints says what it should, its code leads to the web page, and its form can be imported."""

from __future__ import annotations

import csv
import shutil
import subprocess
import time
from datetime import date

import pytest
import zxingcpp
from django.core.management import call_command
from django.test import Client
from django.utils import translation
from PIL import Image

from registrations import contacts
from registrations.imports.mapping import read_mapping
from registrations.models import AgencyPage, Registration
from registrations.printables import fonts, paper_form
from scripts.backend_process import BACKEND

from .factories import canary, make_agency, make_contact, make_registration

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"]),
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed; run make setup"),
]
MAPPING = BACKEND / "registrations" / "imports" / "paper_form_mapping.toml"
PUBLIC = "https://cameras.example.org"


@pytest.fixture(autouse=True)
def public_address(settings):
    settings.PUBLIC_URL = f"{PUBLIC}/"


@pytest.fixture
def read(tmp_path):
    """Hand out a PDF to poppler's tools; the file is written once for each call."""

    def run(pdf: bytes, tool: str, *options: str) -> str:
        path = tmp_path / "printable.pdf"
        path.write_bytes(pdf)
        command = [tool, *options, str(path), *(["-"] if tool == "pdftotext" else [])]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        assert "Error" not in done.stderr
        return done.stdout

    return run


def pages(read, pdf: bytes) -> list[str]:
    """Return the words of each page, with every run of white space as one space."""
    return [" ".join(page.split()) for page in read(pdf, "pdftotext", "-layout").split("\f")[:-1]]


def leaflet(query: str = "", code: str = "HEL") -> bytes:
    answer = Client().get(f"/printables/{code}/leaflet.pdf{query}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    return answer.content


def sticker(query: str = "", code: str = "HEL") -> bytes:
    answer = Client().get(f"/printables/{code}/sticker.pdf{query}")
    assert answer.status_code == 200
    return answer.content


def codes_in(pdf: bytes, tmp_path) -> list[list[str]]:
    """Render every page at 150 dots an inch, as a phone may see it, and return what a reader finds on each."""
    (tmp_path / "pages").mkdir()
    path = tmp_path / "pages" / "printable.pdf"
    path.write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "150", "-png", path, path.with_suffix("")], check=True, timeout=60)
    found = []
    for picture in sorted(path.parent.glob("*.png")):
        with Image.open(picture) as image:
            found.append([code.text for code in zxingcpp.read_barcodes(image.convert("L"))])
    return found


@pytest.mark.parametrize("paper", ["letter", "a4"])
def test_the_code_on_both_sides_leads_to_the_agencys_form(client, tmp_path, paper):
    make_agency("ESP")
    make_agency()
    assert codes_in(leaflet(f"?paper={paper}"), tmp_path) == [[f"{PUBLIC}/register/?agency=HEL"]] * 2
    page = client.get("/register/?agency=HEL").content.decode()
    assert "Police of HEL" in page
    assert "id_consent" in page


def test_without_a_public_address_the_code_leads_to_where_the_leaflet_was_asked_for(settings, tmp_path):
    settings.PUBLIC_URL = ""
    make_agency()
    assert codes_in(leaflet(), tmp_path)[0] == ["http://testserver/register/?agency=HEL"]


def test_one_side_is_english_the_other_spanish_and_both_say_who_promises_what(read):
    make_agency(public_phone="+1 202 555 0100", public_email="cameras@example.org", public_address="1 Main St\nTown")
    english, spanish = pages(read, leaflet())
    for side in (english, spanish):
        for said in ("Police of HEL", "+1 202 555 0100", "cameras@example.org", "1 Main St Town", PUBLIC, "2026-1"):
            assert said in side
    assert "Registering is voluntary and free." in english
    assert "The law or a court may require" in english
    assert "Registrarse es voluntario y gratuito." in spanish
    assert "I have read the promise" in english
    assert "He leído la promesa" in spanish


def test_every_column_stands_on_both_sides_beside_its_question(read):
    make_agency()
    for language, side in zip(("en", "es"), pages(read, leaflet()), strict=True):
        words = set(side.replace(":", " ").split())
        assert set(paper_form.COLUMNS) <= words
        with translation.override(language):
            for column in paper_form.CHOICES:
                for word in paper_form.words(column):
                    assert word.replace(" ", "") in side.replace(" ", ""), (column, word)


def test_the_mapping_reads_exactly_the_columns_and_words_of_the_form():
    mapping = read_mapping(MAPPING)
    assert mapping.columns() == set(paper_form.COLUMNS)
    values = {**mapping.registration, **mapping.camera}
    for language in ("en", "es"):
        with translation.override(language):
            for column in paper_form.CHOICES:
                for word in paper_form.words(column):
                    assert word in values[column].values, (language, column, word)
                    assert word.lower() in values[column].values
            assert set(paper_form.directions()) <= set(values["direction_deg"].values)


@pytest.mark.parametrize("language", ["en", "es"])
def test_forms_that_were_typed_in_become_the_registrations_that_were_meant(tmp_path, capsys, language):
    agency = make_agency()
    with translation.override(language):
        said = {column: paper_form.words(column) for column in paper_form.CHOICES}
        west = paper_form.directions()[5:]
    person = {
        "name": "Ñandú Łódź",
        "phone": "+1 202 555 0123",
        "email": "a@example.org",
        "address": "1 Main St",
        "unit": "4",
    }
    form = {**dict.fromkeys(paper_form.COLUMNS, ""), **person, "form_no": "17", "premises": said["premises"][2]}
    form |= {"signed_on": "2026-03-31", "promise_version": "2026-1"}
    rows = [
        {**form, "camera_no": "17-1", "camera_type": said["camera_type"][3], "mount": said["mount"][1],
         "area_viewed": f"{said['area_viewed'][0]}, {said['area_viewed'][6]}", "direction": west[0],
         "recording": said["recording"][1], "days_kept": "14"},
        {**form, "camera_no": "17-2", "direction": west[1], "recording": said["recording"][3], "days_kept": "9"},
        {**form, "camera_no": "18-1", "form_no": "18", "name": "B Person", "premises": "", "direction": west[2]},
    ]  # fmt: skip
    table = tmp_path / "forms.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, paper_form.COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    call_command("import_registrations", table, mapping=MAPPING, agency="HEL")
    assert capsys.readouterr().out == "3 created, 0 updated, 0 unchanged, 0 refused\n"
    by_name = {contacts.read(each).name: each for each in Registration.objects.filter(agency=agency)}
    first, second = by_name["Ñandú Łódź"], by_name["B Person"]
    contact = contacts.read(first)
    assert {name: getattr(contact, name) for name in person} == person
    assert (first.premises, second.premises) == ("business", "other")
    assert (first.state, first.consent_version, first.confirmed_on) == ("pending", "2026-1", date(2026, 3, 31))
    assert first.consented_at.date() == date(2026, 3, 31)
    doorbell, live = first.cameras.order_by("number")
    assert (doorbell.camera_type, doorbell.mount, doorbell.recording) == ("doorbell", "interior_facing_out", "motion")
    assert (doorbell.area_viewed, doorbell.direction_deg, doorbell.retention_hours) == (
        ["park", "street"],
        225.0,
        336.0,
    )
    assert (live.recording, live.direction_deg, live.retention_hours, live.mount) == ("live_only", 270.0, None, None)
    assert second.cameras.get().direction_deg == 315.0


def test_an_agencys_own_promise_is_printed_with_its_version(read):
    agency = make_agency()
    AgencyPage.objects.create(
        agency=agency, kind="promise", language="en", version=1, body="Our **own** <words> & more"
    )
    english, spanish = pages(read, leaflet())
    assert "Our own <words> & more" in english
    assert "Registering is voluntary" not in english
    assert "HEL-promise-en-1" in english
    assert "solo en este idioma: English" in spanish


@pytest.mark.parametrize("part", ["many words ", "x", "- item\n", "> quote\n\n", "# heading\n\n", "\n\n    code"])
def test_a_promise_of_twenty_thousand_characters_is_printed_whole_at_the_end(read, part):
    agency = make_agency()
    body = f"first {part * (19_960 // len(part))}\n\nthe last words"
    AgencyPage.objects.create(agency=agency, kind="promise", language="en", version=1, body=body)
    begun = time.monotonic()
    printed = pages(read, leaflet())
    assert time.monotonic() - begun < 30
    assert "stands in full at the end" in printed[0]
    assert len(printed) > 2
    assert "the last words" in printed[-1]


@pytest.mark.parametrize("name", ["Ñandú", "Łódź", "Přerov – “quotes”", "Αθήνα", "Москва", "N\u0303andu\u0301"])
def test_names_in_letters_that_the_font_has_are_printed(read, name):
    agency = make_agency(name=name)
    shown = fonts.name_of(agency)
    assert shown in pages(read, leaflet())[0]
    assert shown in pages(read, sticker())[0]
    assert "NotDef" not in read(leaflet(), "pdffonts")


@pytest.mark.parametrize("name", ["市警察局", "الشرطة", "משטרה", "पुलिस", "👮 Police", "\u200f"])
def test_a_name_that_cannot_be_printed_gives_way_to_the_code_but_stays_in_the_title(read, name):
    make_agency(name=name)
    for pdf in (leaflet(), sticker()):
        assert "HEL" in pages(read, pdf)[0]
        title = next(line for line in read(pdf, "pdfinfo").splitlines() if line.startswith("Title:"))
        assert title.endswith(name.strip())


@pytest.mark.parametrize("make", [leaflet, sticker])
def test_a_file_has_a_title_a_language_embedded_fonts_and_the_asked_size(read, make):
    make_agency()
    letter, a4 = make(), make("?paper=a4")
    assert b"/Lang (en)" in letter
    facts = read(letter, "pdfinfo")
    assert "Police of HEL" in facts
    assert "612 x 792 pts (letter)" in facts
    assert "(A4)" in read(a4, "pdfinfo")
    rows = read(letter, "pdffonts").splitlines()[2:]
    assert rows
    assert all(row.split()[-5] == "yes" for row in rows), "every font is embedded"


@pytest.mark.parametrize(("size", "count"), [("small", 10), ("medium", 6), ("large", 2)])
def test_a_sheet_is_full_of_stickers_in_both_languages(read, size, count):
    make_agency(name="W" * 120)
    (sheet,) = pages(read, sticker(f"?size={size}"))
    assert sheet.count("Camera in use") == sheet.count("Cámara en uso") == count
    assert sheet.count("W") == 2 * count * 120
    plain = "".join(sheet.split())
    assert "Policecannotlookthroughit" in plain


def test_nothing_of_a_registrant_is_on_a_printable():
    contact = make_contact()
    made = make_registration(make_agency(), contact=contact)
    for pdf in (leaflet(), sticker()):
        for value in (*vars(contact).values(), str(made.registration.pk)):
            assert not value or value.encode() not in pdf


def test_a_printable_may_be_cached_by_anyone_and_is_made_anew_when_the_agency_changes(client):
    agency = make_agency()
    first = client.get("/printables/HEL/leaflet.pdf", headers={"Accept-Language": "es"})
    assert first["Cache-Control"] == "public, max-age=3600"
    assert "Vary" not in first
    assert not first.cookies
    assert first.content == Client().get("/printables/HEL/leaflet.pdf").content
    unchanged = client.get("/printables/HEL/leaflet.pdf", headers={"If-None-Match": first["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    agency.public_phone = canary("phone")
    agency.save()
    changed = client.get("/printables/HEL/leaflet.pdf", headers={"If-None-Match": first["ETag"]})
    assert (changed.status_code, changed["ETag"] != first["ETag"]) == (200, True)


def test_the_paper_of_the_agencys_printer_is_the_default(settings, read):
    make_agency()
    settings.PAPER = "a4"
    assert "(A4)" in read(leaflet(), "pdfinfo")
    assert "(letter)" in read(leaflet("?paper=letter"), "pdfinfo")


@pytest.mark.parametrize("query", ["leaflet.pdf?paper=a5", "sticker.pdf?size=huge", "sticker.pdf?paper=../x"])
def test_what_is_not_offered_is_not_found(client, query):
    make_agency()
    assert client.get(f"/printables/HEL/{query}").status_code == 404
    assert client.get("/printables/NONE/leaflet.pdf").status_code == 404
    assert client.post("/printables/HEL/leaflet.pdf").status_code == 405


def test_where_the_law_allows_no_more_the_form_asks_for_no_details_of_cameras(read):
    make_agency(form_profile="minimal")
    english = pages(read, leaflet())[0]
    assert "How many cameras?" in english
    assert "days_kept" not in english
