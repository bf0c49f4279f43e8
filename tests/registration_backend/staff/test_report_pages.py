"""The council's report on the staff pages, as CSV and as PDF: who may read it, for which months, and how it is set."""

from __future__ import annotations

import base64
import csv
import io
import re
import zlib
from datetime import date

import pytest
from django.contrib.auth.models import Group, User

from registrations.models import Agency
from staff.council_report import Recorded, council_report
from staff.models import MonthlyFigures
from staff.report_chart import chart_of
from staff.roles import ADMINISTRATOR, AUDITOR, VERIFIER
from tests.registration_backend.registrations.factories import canary, make_agency

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
PAGE = "/staff/staff/monthlyfigures/"
CSV, PDF = f"{PAGE}report.csv", f"{PAGE}report.pdf"
FIGURES = {"": (3, 0, 0), "Helsinki": (137, 123, 41), "=cmd()": (58, 57, 1)}


@pytest.fixture(autouse=True)
def agency() -> Agency:
    made = make_agency(name="Police <b>of</b> Łódź")
    record(made, "2026-05", {"Helsinki": (131, 117, 2)})
    record(made, "2026-06", FIGURES)
    return made


def record(agency: Agency, month: str, figures: dict[str, tuple[int, int, int]]) -> None:
    MonthlyFigures.objects.bulk_create(
        MonthlyFigures(
            agency=agency,
            month=date.fromisoformat(f"{month}-01"),
            district=district,
            registered=registered,
            active=active,
            due=due,
        )
        for district, (registered, active, due) in figures.items()
    )


@pytest.fixture
def sign_in(client):
    def as_role(*roles: str) -> None:
        user = User.objects.create(username=canary("user"), is_staff=True)
        user.groups.set(Group.objects.filter(name__in=roles))
        assert user.groups.count() == len(roles)
        client.force_login(user)

    return as_role


def text_of(pdf: bytes) -> str:
    """Return the text of a PDF, as far as it is ASCII: the order of the characters is that in which they were set."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        if stream.strip().endswith(b"~>"):
            content = zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>")))
            # A line of text is set in pieces: one for each stretch of letters that one part of a font has.
            for line in re.findall(rb"BT(.*?)ET", content, re.DOTALL):
                found.append(b"".join(re.findall(rb"\((.*?)(?<!\\)\) Tj", line, re.DOTALL)))
    return re.sub(r"\\([()\\])", r"\1", b"\n".join(found).decode("latin-1"))


@pytest.mark.parametrize("role", [VERIFIER, ADMINISTRATOR, AUDITOR])
def test_verifiers_administrators_and_auditors_read_the_report(client, sign_in, role):
    sign_in(role)
    assert "Council report" in client.get("/staff/").content.decode()
    for address in (PAGE, CSV, PDF):
        assert client.get(address).status_code == 200


def test_nobody_else_does(client, sign_in):
    for address in (PAGE, CSV, PDF):
        assert "/staff/login/" in client.get(address)["Location"]
    sign_in()
    for address in (PAGE, CSV, PDF):
        assert client.get(address).status_code == 403


def test_an_auditor_sees_no_registration(client, sign_in):
    sign_in(AUDITOR)
    assert client.get("/staff/registrations/registration/").status_code == 403
    assert client.get("/staff/registrations/agency/").status_code == 403


def test_the_recorded_figures_have_no_page_of_their_own(client, sign_in):
    sign_in(VERIFIER, ADMINISTRATOR)
    row = MonthlyFigures.objects.get(registered=137)
    for address in ("add/", f"{row.pk}/", f"{row.pk}/change/", f"{row.pk}/history/", f"{row.pk}/delete/"):
        assert client.get(f"{PAGE}{address}").status_code == 404
    assert client.post(PAGE, {"action": "delete_selected", "_selected_action": [row.pk]}).status_code == 405


def test_page_csv_and_pdf_hold_the_rounded_figures_and_no_true_one(client, sign_in):
    sign_in(AUDITOR)
    page = client.get(PAGE).content.decode()
    table = client.get(CSV).content.decode("utf-8-sig")
    pdf = text_of(client.get(PDF).content)
    words = re.sub(r"<[^>]*>", " ", page[page.index('id="content-start"') :])
    for text in (words, table, pdf):
        numbers = set(re.findall(r"\d+", text))
        assert {"135", "120", "40", "55"} <= numbers
        assert not {"137", "123", "41", "58", "57", "131", "117", "198", "180", "42"} & numbers
        assert "fewer than 5" in text
        assert "Not placed yet" in text
    rows = list(csv.reader(io.StringIO(table, newline="")))
    assert [row for row in rows if row[:2] == ["2026-06", "Helsinki"]] == [["2026-06", "Helsinki", "135", "120", "40"]]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert "'=cmd()" in table


def test_the_page_runs_under_the_content_policy(client, sign_in):
    sign_in(AUDITOR)
    response = client.get(PAGE)
    page = response.content.decode()
    main = page[page.index('id="content-start"') :]
    assert "<svg" in main
    assert main.count("<polyline") == 3
    assert not re.findall(r"\sstyle=|<style|<script", main)
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', page)
    assert "default-src 'self'" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("query", "months"),
    [
        ("", ["2026-05", "2026-06"]),
        ("first=2026-06", ["2026-06"]),
        ("last=2026-05", ["2026-05"]),
        ("first=2026-05&last=2026-06", ["2026-05", "2026-06"]),
        ("agency=HEL&first=2026-06&last=2026-06", ["2026-06"]),
    ],
)
def test_the_months_are_those_that_were_asked_for(client, sign_in, query, months):
    sign_in(VERIFIER)
    rows = list(csv.reader(io.StringIO(client.get(f"{CSV}?{query}").content.decode("utf-8-sig"), newline="")))
    assert sorted({row[0] for row in rows[1:]}) == months
    page = client.get(f"{PAGE}?{query}").content.decode()
    assert [month for month in ("2026-05", "2026-06") if f'<th scope="row">{month}</th>' in page] == months


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("first=2026-06&last=2026-05", "Swap the two"),
        ("first=NaN", "Write the month as in 2026-11"),
        ("last=2026-13", "Write the month as in 2026-11"),
        ("first=%3Cscript%3E", "Write the month as in 2026-11"),
        ("first=99999-01", "Write the month as in 2026-11"),
        ("agency=NONE", "Select a valid choice"),
        ("agency=", "This field is required"),
    ],
)
def test_a_wrong_answer_is_refused_at_its_field(client, sign_in, query, said):
    sign_in(VERIFIER)
    response = client.get(f"{PAGE}?{query}")
    assert response.status_code == 422
    assert said in response.content.decode()
    assert "<script>" not in response.content.decode().partition('id="content"')[2].partition("</form>")[0]
    for download in (CSV, PDF):
        assert client.get(f"{download}?{query}")["Location"].startswith(f"{PAGE}?")


def test_where_nothing_is_recorded_the_page_says_what_to_do(client, sign_in):
    sign_in(VERIFIER)
    MonthlyFigures.objects.all().delete()
    assert "record_figures" in client.get(PAGE).content.decode()
    assert client.get(PDF).status_code == 302
    Agency.objects.all().delete()
    assert client.get(PAGE).status_code == 422


def test_one_agencys_report_holds_nothing_of_another(client, sign_in):
    record(make_agency("ESP"), "2026-06", {"Espoo": (790, 790, 0)})
    sign_in(VERIFIER)
    ours, theirs = (client.get(f"{CSV}?agency={code}").content for code in ("HEL", "ESP"))
    assert b"Espoo" not in ours
    assert b"Helsinki" not in theirs


@pytest.mark.parametrize(("paper", "size"), [("letter", (612, 792)), ("a4", (595, 842))])
def test_the_pdf_has_its_paper_a_title_and_a_number_on_every_page(client, sign_in, settings, agency, paper, size):
    settings.PAPER = paper
    for year in (2024, 2025):
        for month in range(1, 13):
            record(agency, f"{year}-{month:02d}", {f"District {number:02d}": (90, 80, 70) for number in range(50)})
    sign_in(VERIFIER)
    response = client.get(PDF)
    assert response["Content-Type"] == "application/pdf"
    assert 'filename="council-report-HEL-2024-01-2026-06.pdf"' in response["Content-Disposition"]
    boxes = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", response.content)
    assert len(boxes) > 2
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {size}
    text = text_of(response.content)
    assert re.findall(r"Page (\d+) of (\d+)", text) == [(str(n), str(len(boxes))) for n in range(1, len(boxes) + 1)]
    assert text.count("Registered cameras: report to the council") >= len(boxes) + 1
    assert "District 49" in text
    assert b"/Title" in response.content
    assert b"/Lang (en-US)" in response.content


def test_names_are_text_in_the_pdf_and_on_the_page(client, sign_in, agency):
    record(agency, "2026-07", {"<b>Bold</b> & <script>": (50, 50, 50), "<para>": (50, 50, 50)})
    sign_in(VERIFIER)
    text = text_of(client.get(PDF).content)
    assert "<b>Bold</b> & <script>" in text
    assert "<para>" in text
    assert "Police <b>of</b>" in text
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; &lt;script&gt;" in client.get(PAGE).content.decode()


@pytest.mark.parametrize("highest", [0, 4, 5, 24, 25, 26, 137, 999, 123_456])
def test_the_chart_holds_every_point_and_a_scale_of_few_round_numbers(agency, highest):
    assert chart_of(council_report([])) is None
    report = council_report(
        [
            _recorded("2026-05", highest),
            _recorded("2026-06", highest // 2),
            _recorded("2026-07", highest),
        ]
    )
    chart = chart_of(report)
    for line in chart.lines:
        assert all(chart.left <= x <= chart.right and chart.top <= y <= chart.bottom for x, y in line.points)
    assert chart.up[0].text == "0"
    assert 2 <= len(chart.up) <= 7
    assert [tick.text for tick in chart.across] == ["2026-05", "2026-06", "2026-07"]
    one = chart_of(council_report([_recorded("2026-05", highest)]))
    assert [len(line.points) for line in one.lines] == [1, 1, 1]


def _recorded(month: str, count: int) -> Recorded:
    return Recorded(date.fromisoformat(f"{month}-01"), "A", count, count, count // 3)
