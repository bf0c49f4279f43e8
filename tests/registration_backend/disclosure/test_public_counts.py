"""The public counts name no square of few, say each month once, and give nothing to who subtracts."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from disclosure import public_counts
from disclosure.generalise import Cell, Grid
from disclosure.models import CountedMonth, PublicCount
from disclosure.public_counts import CELL_SIZE_M, STEP, count_month, secret_offset, shown_number
from registrations import services
from registrations.models import Agency, Registration
from registrations.services import SiteDetails
from tests.registration_backend.feed.world import CELL_CORNER, crowd, near
from tests.registration_backend.registrations.factories import make_agency, make_contact, make_registration

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
JUNE, JULY = date(2026, 6, 17), date(2026, 7, 3)
CELL = Cell(1000, int(CELL_CORNER[0] // 1000), int(CELL_CORNER[1] // 1000))
OFFSETS = range(STEP)


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    # A request leaves its language behind in the thread; a server's next request sets its own, a test does not.
    with translation.override("en"):
        yield


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    """An agency with 30 addresses in one square kilometre, 25 in its eastern and 19 in its northern neighbour."""
    made = make_agency()
    places = [near(5 + 8 * step, 60) for step in range(30)]
    places += [near(1005 + 8 * step, 60) for step in range(25)] + [near(5 + 8 * step, 1060) for step in range(19)]
    crowd(made, tmp_path, places)
    return made


def enrol(agency: Agency, count: int, east: float = 100, north: float = 100, **values: object) -> list[Registration]:
    """Publish `count` registrations of different people about one place."""
    return [
        make_registration(
            agency, site=SiteDetails("business", near(east + number, north), "owner_placed"), published=True, **values
        ).registration
        for number in range(count)
    ]


def surely(agency: Agency, steps: int = 1, cell: Cell = CELL) -> int:
    """Return how many registrations it takes for exactly so many steps of five to be shown in `cell`."""
    return steps * STEP + secret_offset(agency.code, Grid(agency.grid_srid), cell)


def shown(agency: Agency) -> dict[str, int]:
    newest = CountedMonth.objects.filter(agency=agency).first()
    return dict(newest.counts.values_list("cell", "n")) if newest else {}


def test_a_square_is_shown_from_its_threshold_on_and_not_one_registration_earlier(agency: Agency) -> None:
    enrol(agency, surely(agency) - 1)
    assert str(count_month(agency, JUNE)) == "2026-06"
    assert shown(agency) == {}
    enrol(agency, 1)
    count_month(agency, JULY)
    assert shown(agency) == {str(CELL): 5}
    assert PublicCount.objects.get().around == "Quay, Helsinki"


@given(count=st.integers(0, 60), offset=st.sampled_from(OFFSETS))
def test_what_is_shown_is_true_and_says_little(count: int, offset: int) -> None:
    n = shown_number(count, offset)
    assert n % STEP == 0
    assert n == 0 if count < STEP else n <= count <= n + 2 * STEP - 2


def test_a_month_is_never_counted_again_whoever_leaves_or_joins(agency: Agency) -> None:
    there = enrol(agency, surely(agency, 2))
    assert count_month(agency, JUNE) is not None
    before = list(PublicCount.objects.values())
    for registration in there[:8]:
        services.withdraw(registration)
    enrol(agency, 20, east=1100)
    assert count_month(agency, date(2026, 6, 30)) is None
    assert list(PublicCount.objects.values()) == before
    # A month without any square is as final.
    other = make_agency("ESP")
    count_month(other, JUNE)
    enrol(other, 12)
    assert count_month(other, JUNE) is None
    assert shown(other) == {}


def test_of_two_runs_at_one_time_one_publishes(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    enrol(agency, surely(agency))
    count = public_counts.counted_registrations

    def overtaken(asked: Agency) -> list[public_counts.Counted]:
        monkeypatch.setattr(public_counts, "counted_registrations", count)
        found = count(asked)
        enrol(asked, 10)
        assert count_month(asked, JUNE) is not None
        return found

    monkeypatch.setattr(public_counts, "counted_registrations", overtaken)
    assert count_month(agency, JUNE) is None
    assert list(shown(agency).values()) == [15]


def test_only_what_is_published_counts(agency: Agency) -> None:
    for registration in enrol(agency, 12):
        services.suspend(registration)
    for registration in enrol(agency, 12):
        services.protect(registration)
    for _ in range(12):
        make_registration(agency, site=SiteDetails("business", near(100, 100), "owner_placed"))
        make_registration(agency, site=SiteDetails())
    count_month(agency, JUNE)
    assert shown(agency) == {}


def test_five_sites_of_one_registrant_are_not_five_registrants(agency: Agency) -> None:
    enrol(agency, 12, contact=make_contact(email="Chain@example.org"))
    enrol(agency, STEP - 2)
    count_month(agency, JUNE)
    assert shown(agency) == {}
    enrol(agency, 1)
    count_month(agency, JULY)
    assert shown(agency) != {}


def test_a_square_of_fewer_than_twenty_addresses_is_never_shown(agency: Agency) -> None:
    enrol(agency, 15, north=1100)
    enrol(agency, 15)
    count_month(agency, JUNE)
    assert list(shown(agency)) == [str(CELL)]


def test_two_agencies_in_one_square_are_counted_apart(agency: Agency, tmp_path: Path) -> None:
    county = make_agency("COUNTY")
    crowd(county, tmp_path, [near(5 + 8 * step, 60) for step in range(30)])
    enrol(agency, 4)
    enrol(county, 4)
    count_month(agency, JUNE)
    count_month(county, JUNE)
    assert (shown(agency), shown(county)) == ({}, {})
    enrol(agency, surely(agency) - 4)
    count_month(agency, JULY)
    count_month(county, JULY)
    assert (shown(agency), shown(county)) == ({str(CELL): 5}, {})


def test_squares_of_all_months_are_the_same_even_after_the_agency_chose_another_grid(agency: Agency) -> None:
    enrol(agency, 15)
    count_month(agency, JUNE)
    june = set(shown(agency))
    agency.grid_srid = 32635
    agency.save()
    count_month(agency, JULY)
    assert set(shown(agency)) == june == {str(CELL)}
    assert set(CountedMonth.objects.values_list("grid_srid", flat=True)) == {3067}


@pytest.fixture
def two_squares(agency: Agency) -> Agency:
    enrol(agency, surely(agency, 3))
    enrol(agency, surely(agency, 2, Cell(1000, CELL.i + 1, CELL.j)), east=1100)
    count_month(agency, JUNE)
    assert sorted(shown(agency).values()) == [10, 15]
    return agency


def test_page_and_downloads_say_the_same_and_no_total(client: Client, two_squares: Agency) -> None:
    total = Registration.objects.count()
    page = client.get("/counts/HEL/").content.decode()
    words = re.sub(r"<[^>]*>", " ", page)
    assert re.findall(r"(\d+) or more", words) == ["15", "10"]
    rows = list(csv.DictReader(io.StringIO(client.get("/counts/HEL.csv").content.decode("utf-8-sig"))))
    features = json.loads(client.get("/counts/HEL.geojson").content)["features"]
    assert [(row["square"], int(row["at_least"])) for row in rows] == [
        (feature["id"], feature["properties"]["at_least"]) for feature in features
    ]
    assert {row["square"]: int(row["at_least"]) for row in rows} == shown(two_squares)
    for text in (words, client.get("/counts/HEL.csv").content.decode("utf-8-sig").replace("2026", "")):
        assert not {"25", str(total)} & set(re.findall(r"(?<![\d.])\d+(?![\d.])", text))


def test_the_outline_is_the_square(client: Client, two_squares: Agency) -> None:
    for feature in json.loads(client.get("/counts/HEL.geojson").content)["features"]:
        (ring,) = feature["geometry"]["coordinates"]
        assert ring[0] == ring[-1]
        x, y = Grid(3067).project(*zip(*ring[:-1]))
        _, i, j = (int(part) for part in feature["id"].split("/"))
        corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
        assert [(round(a / 1000, 4), round(b / 1000, 4)) for a, b in zip(x, y)] == corners
    row = next(csv.DictReader(io.StringIO(client.get("/counts/HEL.csv").content.decode("utf-8-sig"))))
    assert float(row["west"]) < float(row["longitude"]) < float(row["east"])
    assert float(row["south"]) < float(row["latitude"]) < float(row["north"])


def test_only_the_newest_month_is_shown(client: Client, two_squares: Agency) -> None:
    Registration.objects.all().delete()
    count_month(two_squares, JULY)
    page = client.get("/counts/HEL/").content.decode()
    assert "July 2026" in page
    assert "No square has enough registrations" in page
    assert "or more</td>" not in page
    assert json.loads(client.get("/counts/HEL.geojson").content)["features"] == []


def test_the_page_speaks_spanish_and_asks_nothing_of_elsewhere(client: Client, two_squares: Agency) -> None:
    response = client.get("/counts/HEL/", headers={"Accept-Language": "es"})
    page = response.content.decode()
    assert "15 o más" in page
    assert "junio de 2026" in page
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', page)
    assert "default-src 'self'" in response["Content-Security-Policy"]


def test_agencies_are_chosen_and_what_does_not_exist_is_not_found(client: Client, agency: Agency) -> None:
    assert client.get("/counts/")["Location"] == "/counts/HEL/"
    assert "has no counts yet" in client.get("/counts/HEL/").content.decode()
    make_agency("ESP", name="<b>Espoo</b>")
    page = client.get("/counts/").content.decode()
    assert 'href="/counts/ESP/"' in page
    assert "&lt;b&gt;Espoo" in page
    for path in ("/counts/NONE/", "/counts/HEL.csv", "/counts/HEL.geojson", "/counts/NONE.csv", "/counts/a%00b/"):
        assert client.get(path).status_code in (400, 404), path
    assert client.post("/counts/HEL/").status_code == 405


def test_a_street_that_looks_like_a_formula_stays_text(client: Client, tmp_path: Path) -> None:
    agency = make_agency()
    crowd(agency, tmp_path, [near(5 + 8 * step, 60) for step in range(30)])
    agency.addresses.update(street='=HYPERLINK("http://example.org")')
    enrol(agency, 15)
    count_month(agency, JUNE)
    (row,) = csv.DictReader(io.StringIO(client.get("/counts/HEL.csv").content.decode("utf-8-sig")))
    assert row["around"].startswith("'=HYPERLINK")
    assert "=HYPERLINK(&quot;" in client.get("/counts/HEL/").content.decode()


def test_the_command_counts_every_agency_once_and_says_so(agency: Agency) -> None:
    make_agency("ESP")
    out = io.StringIO()
    call_command("count_for_public", stdout=out)
    assert re.findall(r"(\w+): [\d-]+ is counted, 0 squares", out.getvalue()) == ["ESP", "HEL"]
    again = io.StringIO()
    call_command("count_for_public", agency="HEL", stdout=again)
    assert again.getvalue() == "HEL: this month is counted already and stays as it is.\n"
    with pytest.raises(CommandError, match="There is no agency"):
        call_command("count_for_public", agency="NONE")
    assert CountedMonth.objects.count() == 2


def test_places_beyond_the_grid_are_left_out(agency: Agency) -> None:
    beyond = [public_counts.Counted(24.9, -90.0, str(number)) for number in range(20)]
    inside = [public_counts.Counted(*near(100, 100), str(number)) for number in range(20)]
    assert set(public_counts.shown_counts("HEL", Grid(3067), beyond + inside)) >= {CELL}
    assert all(cell.size_m == CELL_SIZE_M for cell in public_counts.shown_counts("HEL", Grid(3067), beyond + inside))
