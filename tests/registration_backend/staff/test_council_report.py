"""The council's report may be handed out: nothing in it, and no subtraction, gives a figure of few away."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from registrations import services
from registrations.models import Agency
from registrations.services import SiteDetails
from staff import monthly_figures
from staff.council_report import NO_DISTRICT, Recorded, council_report, shown
from staff.districts import district_finder
from staff.models import MonthlyFigures
from staff.monthly_figures import record_month
from staff.report_words import by_district, everything
from tests.proof import proof_count
from tests.registration_backend.feed.world import crowd, near
from tests.registration_backend.registrations.areas import make_area
from tests.registration_backend.registrations.factories import make_agency, make_registration

databases = pytest.mark.django_db(databases=["default", "keys"])
JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
Total = Callable[[Sequence[int]], int]


def report_of(*rows: tuple[str, int, int, int], month: date = JUNE):
    return council_report(Recorded(month, *row) for row in rows)


@given(st.integers(0, 10_000))
def test_a_figure_is_the_multiple_of_five_below_it(count):
    assert shown(count) % 5 == 0
    assert count - 4 <= shown(count) <= count


def possible_figures(districts: int, values: Iterable[tuple[int, ...]], total: Total) -> dict[tuple, list[set]]:
    """Return for each report that can be shown what each true figure may be, over all figures that there can be.

    An attacker who knows the code and the whole report knows exactly this.
    """
    found: defaultdict[tuple, list[set]] = defaultdict(list)
    for each in product(list(values), repeat=districts):
        columns = list(zip(*each))
        told = tuple((*map(shown, column), total(column)) for column in columns)
        sets = found[told] or [set() for _ in range(districts * len(columns))]
        for number, value in enumerate(value for column in columns for value in column):
            sets[number].add(value)
        found[told] = sets
    return found


def smallest_doubt(districts: int, values: Iterable[tuple[int, ...]], total: Total) -> int:
    found = possible_figures(districts, values, total)
    return min(len(figures) for sets in found.values() for figures in sets)


def sum_of_shown(counts: Sequence[int]) -> int:
    return sum(shown(count) for count in counts)


def test_the_total_adds_up_what_is_shown():
    (month,) = report_of(("A", 14, 9, 4), ("B", 14, 4, 4), ("C", 4, 4, 4)).months
    assert month.total == tuple(sum_of_shown(column) for column in ((14, 14, 4), (9, 4, 4), (4, 4, 4))) == (20, 5, 0)


@pytest.mark.parametrize("districts", [1, 2, 3])
def test_whatever_is_shown_every_figure_may_be_any_of_five(districts):
    assert smallest_doubt(districts, [(value,) for value in range(15)], sum_of_shown) == 5


@pytest.mark.parametrize("districts", [1, 2])
def test_registered_active_and_due_do_not_give_each_other_away(districts):
    nested = [(a, b, c) for a in range(10) for b in range(a + 1) for c in range(b + 1)]
    assert smallest_doubt(districts, nested, sum_of_shown) == 5


def test_a_true_or_rounded_total_would_give_figures_away():
    """Shows that the tests above can fail, and why the total is no more than a sum of what is shown."""
    assert smallest_doubt(2, [(value,) for value in range(10)], sum) == 1
    assert smallest_doubt(5, [(value,) for value in range(5)], lambda counts: shown(sum(counts))) == 1


def test_the_report_names_every_district_and_says_fewer_than_five_for_none_too():
    report = report_of(("Zoo", 4, 0, 0), ("", 7, 6, 5), ("alpha", 0, 0, 0), ("Beta", 39, 38, 10))
    (month,) = report.months
    assert report.districts == list(month.districts) == ["alpha", "Beta", "Zoo", NO_DISTRICT]
    assert [figures.words() for figures in month.districts.values()] == [
        ["fewer than 5"] * 3,
        [35, 35, 10],
        ["fewer than 5"] * 3,
        [5, 5, 5],
    ]
    assert month.total.words() == [40, 40, 15]


def test_months_stand_in_order_and_a_district_that_came_later_leaves_a_gap():
    rows = [Recorded(JULY, "B", 12, 12, 0), Recorded(JULY, "A", 20, 5, 5), Recorded(JUNE, "A", 3, 3, 3)]
    report = council_report(rows)
    assert [month.name for month in report.months] == ["2026-06", "2026-07"]
    assert by_district(report) == [["District", "2026-06", "2026-07"], ["A", "<5", 20], ["B", "–", 10]]
    assert everything(report)[:3] == [
        ["month", "district", "registered", "active", "due"],
        ["2026-06", "A", "fewer than 5", "fewer than 5", "fewer than 5"],
        ["2026-06", "All districts (at least)", "too few to say", "too few to say", "too few to say"],
    ]


@settings(max_examples=proof_count(3000))
@given(st.data())
def test_no_true_figure_that_was_not_rounded_gets_into_the_table(data):
    names = data.draw(st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=6))
    rows = [(name, *sorted(data.draw(st.tuples(*[st.integers(0, 99)] * 3)), reverse=True)) for name in names]
    table = everything(report_of(*rows))
    assert all(value % 5 == 0 and value for row in table for value in row if isinstance(value, int))
    assert all(
        value in ("fewer than 5", "too few to say") or isinstance(value, int) for row in table[1:] for value in row[2:]
    )


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    """An agency with two municipalities, ten kilometres apart, and one without registrations."""
    made = make_agency()
    crowd(
        made, tmp_path, [near(20 * step, 60) for step in range(5)] + [near(10_000 + 20 * step, 60) for step in range(5)]
    )
    east = made.addresses.filter(x__gt=390_000)
    east.update(municipality="Vantaa")
    east.filter(pk=east.first().pk).update(municipality="Sipoo")
    return made


def enrol(agency: Agency, east: float | None = 0, **values: object):
    site = SiteDetails() if east is None else SiteDetails("residence", near(east, 60), "owner_placed")
    return make_registration(agency, site=site, **values).registration


@databases
def test_a_month_is_recorded_once_by_district_and_state(agency):
    today = date(2026, 6, 20)
    fresh, old = today - timedelta(days=364), today - timedelta(days=365)
    enrol(agency, confirmed_on=old)
    enrol(agency, published=True, confirmed_on=fresh)
    enrol(agency, published=True, confirmed_on=old)
    enrol(agency, published=True)
    services.protect(enrol(agency, published=True))
    services.suspend(enrol(agency, 10_060, published=True))
    enrol(agency, None)
    enrol(make_agency("ESP"), published=True)
    assert record_month(agency, today)
    rows = list(MonthlyFigures.objects.values_list("month", "district", "registered", "active", "due"))
    assert rows == [
        (JUNE, "", 1, 0, 0),
        (JUNE, "Helsinki", 4, 3, 1),
        (JUNE, "Sipoo", 0, 0, 0),
        (JUNE, "Vantaa", 1, 0, 0),
    ]
    enrol(agency, published=True)
    assert not record_month(agency, date(2026, 6, 30))
    assert list(MonthlyFigures.objects.values_list("month", "district", "registered", "active", "due")) == rows
    assert record_month(agency, JULY)
    assert MonthlyFigures.objects.get(month=JULY, district="Helsinki").registered == 5


@databases
def test_the_districts_are_the_parts_of_the_agencys_area_once_it_is_loaded(agency):
    x, y = near(0, 60)
    make_area(agency, centre=(x, y), half=0.01, name="Harbour")
    make_area(agency, centre=(x + 1, y), half=0.01, name="Hills")
    enrol(agency, published=True)
    enrol(agency, None)
    record_month(agency, JUNE)
    assert list(MonthlyFigures.objects.values_list("district", "registered")) == [("", 1), ("Harbour", 1), ("Hills", 0)]


@databases
def test_nothing_of_a_person_is_kept(agency):
    registration = enrol(agency, published=True)
    record_month(agency, JUNE)
    kept = str(list(MonthlyFigures.objects.values()))
    assert {field.name for field in MonthlyFigures._meta.get_fields()} == {
        "id", "agency", "month", "district", "registered", "active", "due"
    }  # fmt: skip
    assert str(registration.pk) not in kept
    services.withdraw(registration)
    assert MonthlyFigures.objects.get(district="Helsinki").registered == 1


@databases
def test_a_month_that_cannot_be_recorded_whole_leaves_nothing(agency, monkeypatch):
    enrol(agency)

    def fail(*_):
        raise RuntimeError("planted")

    monkeypatch.setattr(monthly_figures, "districts_of", fail)
    with pytest.raises(RuntimeError):
        record_month(agency, JUNE)
    monkeypatch.undo()
    assert record_month(agency, JUNE)


@databases
def test_a_registration_lies_in_the_municipality_around_it_or_in_the_nearest(agency):
    district_of = district_finder(agency)
    assert district_of(enrol(agency, 10_000)) == "Vantaa", "beside an address of Sipoo, among more of Vantaa"
    assert district_of(enrol(agency, 9_700)) in ("Vantaa", "Sipoo")
    assert district_of(enrol(agency, 3_000)) == "Helsinki"
    assert district_of(enrol(agency, None)) == ""
    far = make_registration(agency, site=SiteDetails("residence", (-76.6, 39.3), "owner_placed")).registration
    assert district_of(far) == ""


@databases
def test_of_two_runs_at_one_time_one_records(agency, monkeypatch):
    enrol(agency)
    names = monthly_figures.districts_of

    def overtaken(asked: Agency) -> set[str]:
        monkeypatch.setattr(monthly_figures, "districts_of", names)
        assert record_month(asked, JUNE)
        return names(asked)

    monkeypatch.setattr(monthly_figures, "districts_of", overtaken)
    assert not record_month(agency, JUNE)
    assert MonthlyFigures.objects.get(district="Helsinki").registered == 1


@databases
def test_the_command_records_every_agency_and_says_what_it_did(agency):
    make_agency("ESP")
    out = io.StringIO()
    call_command("record_figures", agency="HEL", stdout=out)
    call_command("record_figures", stdout=out)
    said = [line.partition(": ")[::2] for line in out.getvalue().splitlines()]
    assert [code for code, _ in said] == ["HEL", "ESP", "HEL"]
    assert ["already" in what for _, what in said] == [False, False, True]


def test_every_row_of_the_table_can_be_written_as_csv():
    from registrations.spreadsheets import as_csv

    table = as_csv(everything(report_of(("=1+1", 9, 9, 9), ("@x", 9, 9, 9), ("-y", 1, 1, 1))))
    cells = [cell for row in csv.reader(io.StringIO(table.decode("utf-8-sig"), newline="")) for cell in row]
    assert "'=1+1" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
