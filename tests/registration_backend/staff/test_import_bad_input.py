"""No list, mapping file or choice of columns breaks the import: each is refused with a reason, or stored as text."""

from __future__ import annotations

import html
import io
import re

import hypothesis
import pytest
from django.contrib.auth.models import User
from django.core.files import temp
from hypothesis import strategies as st

from registrations import contacts
from registrations.imports.mapping import parse_mapping
from registrations.imports.writer import ListWriter
from registrations.models import Registration
from staff import import_holds
from tests.proof import proof_count
from tests.registration_backend.registrations.factories import canary
from tests.registration_backend.staff.importing import (
    HEADER,
    ROW,
    START,
    STEP,
    TOML,
    agency_pk,
    changed,
    counts_in,
    selected_in,
    text_of,
    ticket_in,
)

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.usefixtures("agency")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty"),
        (b"\xef\xbb\xbf\r\n", "The file is empty"),
        ("\n".join([HEADER, ROW]).encode("utf-16"), "not written in UTF-8"),
        (f"{HEADER}\n{changed(Owner='Ärzte')}".encode("cp1252"), "CSV UTF-8 (comma delimited)"),
        (b"PK\x03\x04rest", "This is a workbook"),
        (HEADER.encode(), "a header and no rows"),
        (f'{HEADER}\n"open'.encode(), "a quotation mark that nothing closes"),
        (",".join(map(str, range(301))).encode() + b"\n1", "more than 300 columns"),
        (b"x" * 10_000_001, "larger than 10 MB"),
        (b"x" * 12_000_000, "larger than 10 MB"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_what_to_do(importer, content, said):
    page = html.unescape(importer.upload(content=content))
    assert said in page
    assert "a file has to be chosen again" in page


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_and_a_byte_order_mark_are_recognised(importer, separator):
    content = ("\ufeff" + "\r\n".join([HEADER, ROW]).replace(",", separator)).encode()
    page = importer.upload(content=content)
    assert counts_in(importer.act("explain", **selected_in(page))) == [1, 0, 0, 0, 0]


def test_three_hundred_columns_and_a_name_that_occurs_twice_are_shown_and_explained(importer):
    header = ",".join([HEADER, "Owner", *(f"more {number}" for number in range(287))])
    page = importer.upload(ROW + "," * 288, header=header)
    assert "The list has 300 columns" in page
    assert "These names occur more than once in the header, so their columns cannot be chosen: Owner." in page
    assert counts_in(importer.act("explain", **selected_in(page))) == [1, 0, 0, 0, 0]


def test_formulas_html_and_expressions_are_stored_as_text(importer):
    nasty = ["=1+1", "+1", "-1", "@SUM(A1)", "<script>alert(1)</script>", "[% 1 + 1 %]"]
    page = importer.preview(*(changed(Form_no=str(number), Owner=text) for number, text in enumerate(nasty)))
    assert "<script>alert" not in page
    importer.act("import")
    assert sorted(contacts.read(each).name for each in Registration.objects.all()) == sorted(nasty)


def test_hostile_headers_are_escaped_and_survive_the_mapping_file(importer):
    header = HEADER.replace("Owner", '"<b>""=1+1""\\\u0007\u0000</b>"')
    page = importer.upload(ROW, header=header)
    assert "<b>" not in page.split("<form")[2]
    sent = {**selected_in(page), "name": "1"}
    assert counts_in(importer.act("explain", **sent)) == [1, 0, 0, 0, 0]
    mapping = importer.client.post(STEP, {**ticket_in(importer.page), "action": "mapping"}).content
    assert parse_mapping(mapping).contact["name"].column == '<b>"=1+1"\\\u0007\u0000</b>'


def test_the_downloaded_mapping_serves_for_the_next_list(importer):
    importer.preview(ROW)
    mapping = importer.client.post(STEP, {**ticket_in(importer.page), "action": "mapping"})
    assert mapping["Content-Disposition"] == 'attachment; filename="mapping.toml"'
    importer.act("import")
    assert counts_in(importer.upload(ROW, mapping=mapping.content)) == [0, 0, 1, 0, 0]


def test_a_column_of_names_taken_for_codes_does_not_put_names_into_the_mapping_file(importer):
    page = importer.upload(changed(Owner="Church"), changed(Form_no="2", Owner="Ada Example"))
    importer.act("explain", **{**selected_in(page), "premises": "1"})
    mapping = importer.client.post(STEP, {**ticket_in(importer.page), "action": "mapping"}).content.decode()
    assert "Ada" not in mapping
    assert '"Church" = "worship"' in mapping


def test_the_download_of_refused_rows_is_safe_in_a_spreadsheet(importer):
    importer.preview(ROW, changed(Form_no="2", Lat="nan"))
    answer = importer.client.post(STEP, {**ticket_in(importer.page), "action": "refused"})
    assert answer.content.decode("utf-8-sig").splitlines() == ["line,reason", "3,the coordinates are not numbers"]
    ticket = import_holds.hold(User.objects.get().pk, {"agency": agency_pk(), "refused": [[1, "=1+1"], [2, " @a"]]})
    answer = importer.client.post(STEP, {"held": ticket.name, "key": ticket.key, "action": "refused"})
    assert answer.content.decode("utf-8-sig").splitlines() == ["line,reason", "1,'=1+1", "2,' @a"]


def test_swapped_coordinates_are_suggested(importer):
    page = importer.preview(*(changed(Form_no=str(number), Lat="24.94", Lon="60.17") for number in range(3)))
    assert "3 of 3 positions lie more than 300 km" in page
    assert "3 of them would lie near it with longitude and latitude swapped" in page
    page = importer.act("explain_again")
    sent = selected_in(page)
    page = importer.act("explain", **{**sent, "latitude": sent["longitude"], "longitude": sent["latitude"]})
    assert "swapped" not in page


def test_a_site_of_more_than_a_hundred_cameras_is_refused_with_its_lines(importer):
    rows = [changed(Form_no=str(number), Notes="Mall") for number in range(101)]
    page = importer.upload(*rows)
    sent = {**selected_in(page), "group": "11", "access_notes": ""}
    page = importer.act("explain", **sent)
    assert counts_in(page) == [0, 0, 0, 101, 0]
    assert "its site has more than 100 cameras" in page


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        (b"", "lacks the part [source]"),
        (b"\xff", "not valid TOML|not written in UTF-8"),
        (b"a = " + b"[" * 5000, "not valid TOML"),
        (b"a = " + b"1" * 5000, "not valid TOML"),
        (TOML.replace(b"Owner", b"Proprietor"), "no column 'Proprietor'"),
        (TOML + b'[registration]\nconsent_on = { column = "Signed on", format = "%Y %Y" }', "format must be like"),
        (TOML + b'[registration]\nconsent_on = { column = "Signed on", format = "%" }', "format must be like"),
        (TOML.replace(b'y = "Lat"', b'y = "Lat"\ncrs = "+init=/etc/passwd:1"'), "crs is not known"),
        (TOML.replace(b'y = "Lat"', b'y = "Lat"\ncrs = "EPSG:5703"'), "crs is not known"),
        (TOML + b'[camera]\nrange_m = { column = "Faces", factor = 1' + b"0" * 400 + b" }", "factor"),
        (TOML + b'[camera]\nrange_m = { column = "Faces", factor = nan }', "factor must be a number"),
        (TOML.replace(b'"L"', b'"L"\nencoding = "undefined"'), "encoding is not known"),
        (TOML.replace(b'"L"', b'"L"\ndelimiter = ";"'), "set delimiter in the mapping"),
    ],
)
def test_a_wrong_mapping_file_is_refused_at_its_field(importer, mapping, said):
    page = html.unescape(importer.upload(ROW, mapping=mapping))
    assert re.search("|".join(map(re.escape, said.split("|"))), page)
    assert not Registration.objects.exists()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"latitude": ""}, "A place needs both"),
        ({"id": ""}, "This field is required"),
        ({"crs": "/etc/passwd"}, "Write it like EPSG:4326"),
        ({"crs": "EPSG:999999"}, "crs is not known"),
        ({"name": "999"}, "Select a valid choice"),
        ({"list_name": "a\0b"}, "Null characters are not allowed"),
        ({"latitude": "", "longitude": "", "address": ""}, "staff must find the place"),
        (
            dict.fromkeys(("name", "phone", "email", "address", "access_notes"), ""),
            "at least one column of the contact",
        ),
    ],
)
def test_wrong_columns_are_refused_at_their_field_and_what_was_chosen_stays(importer, values, said):
    page = importer.upload(ROW)
    page = html.unescape(importer.act("explain", **{**selected_in(page), "range_m": "9", **values}))
    assert said in page
    assert selected_in(page)["range_m"] == "9"


def test_an_import_that_fails_midway_says_so_and_logs_no_contact(importer, monkeypatch, caplog):
    importer.preview(ROW)
    secret = canary("planted")

    def fail(*_: object) -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr(ListWriter, "_create", fail)
    page = importer.act("import")
    assert "The work stopped with an error" in page
    assert page.rstrip().endswith("</html>")
    assert any(record.name == "staff.import_stream" for record in caplog.records)
    assert not Registration.objects.exists()


def test_progress_is_sent_while_the_work_goes_on(importer):
    page = importer.preview(*(changed(Form_no=str(number)) for number in range(450)))
    assert re.findall(r"(\d+) of 450 rows", page) == ["200", "400", "450"]


def test_every_answer_to_garbage_is_a_page(importer):
    client = importer.client
    cells = st.text(max_size=20) | st.sampled_from(["", "nan", "1e999", "60.1", "\0", '"', ",", ";", "\r", "=1", "<b>"])
    pk = str(agency_pk())

    @hypothesis.settings(max_examples=proof_count(2000, 30))
    @hypothesis.given(
        st.lists(st.lists(cells, min_size=1, max_size=14), min_size=1, max_size=4), st.booleans(), st.data()
    )
    def check(rows, with_header, data):
        content = "\n".join([*([HEADER] if with_header else []), *(",".join(row) for row in rows)])
        text = data.draw(st.booleans())
        raw = content.encode("utf-8", "surrogatepass") if text else data.draw(st.binary(max_size=99))
        answer = client.post(START, {"agency": pk, "list_file": io.BytesIO(raw)})
        assert answer.status_code == 200
        page = text_of(answer)
        if 'name="held"' in page:
            sent = selected_in(page)
            sent.update({data.draw(st.sampled_from(sorted(sent))): data.draw(cells | st.sampled_from("0123456789"))})
            answer = client.post(STEP, {**ticket_in(page), "action": "explain", **sent})
            assert answer.status_code == 200
            assert "The work stopped" not in text_of(answer)

    check()


def test_a_large_upload_is_written_to_no_disk_by_django(importer, monkeypatch):
    made = []
    real = temp.NamedTemporaryFile
    monkeypatch.setattr(temp, "NamedTemporaryFile", lambda *_, **__: made.append(1) or real())
    padding = "x" * 400
    page = importer.upload(*(changed(Form_no=str(number), Kind_of_place=padding) for number in range(9_000)))
    assert 'name="held"' in page
    assert made == []
