"""The address register: what is refused, what is counted, and that loading it twice changes nothing."""

from __future__ import annotations

import io
import random
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from disclosure.addresses import AddressFileError, import_addresses, recount
from disclosure.generalise import CELL_SIZES_M, Grid
from disclosure.models import Address, AddressCount
from disclosure.placement import nearest_municipality, places
from registrations.models import Agency
from tests.proof import proof_count
from tests.registration_backend.registrations.factories import make_agency

pytestmark = pytest.mark.django_db

HEADER = "street,number,municipality,premises,lon,lat\n"
GOOD = "Quay,1,Helsinki,business,24.95,60.16\n"


@pytest.fixture
def agency(db: None) -> Agency:
    return make_agency()


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "register.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",1,Helsinki,business,24.9,60.1", "street is missing"),
        ("Quay,,Helsinki,business,24.9,60.1", "number is missing"),
        ("Quay,2,  ,business,24.9,60.1", "municipality is missing"),
        ("Quay,2,Helsinki,shop,24.9,60.1", "premises must be one of: residence, apartment"),
        ("Quay,2,Helsinki,business,east,60.1", "lon is not a number"),
        ("Quay,2,Helsinki,business,nan,60.1", "lon must lie between"),
        ("Quay,2,Helsinki,business,24.9,91", "lat must lie between"),
        ("Quay,2,Helsinki,business", "lon is not a number"),
        (f"{'Q' * 121},2,Helsinki,business,24.9,60.1", "longer than 120"),
        ("quay,1,HELSINKI,residence,24.9,60.1", "already on line 2"),
    ],
)
def test_a_row_that_cannot_be_used_is_reported_with_its_line(
    agency: Agency, tmp_path: Path, row: str, reason: str
) -> None:
    report = import_addresses(agency, write(tmp_path, HEADER + GOOD + row + "\n" + GOOD.replace(",1,", ",3,")))
    assert report.imported == 2
    ((line, said),) = report.refused
    assert line == 3
    assert reason in said


@pytest.mark.parametrize(
    "text", ["", "\n", "street,number\nQuay,1\n", HEADER, HEADER + "Quay,1,Helsinki,shop,24.9,60.1\n", "PK\x03\x04"]
)
def test_a_file_that_is_no_register_leaves_the_old_one(agency: Agency, tmp_path: Path, text: str) -> None:
    import_addresses(agency, write(tmp_path, HEADER + GOOD))
    with pytest.raises(AddressFileError, match="register"):
        import_addresses(agency, write(tmp_path, text))
    assert Address.objects.count() == 1


def test_a_file_in_another_encoding_and_one_that_is_not_there_are_refused(agency: Agency, tmp_path: Path) -> None:
    with pytest.raises(AddressFileError, match="UTF-8"):
        import_addresses(agency, write(tmp_path, HEADER + GOOD.replace("Quay", "Itäkatu"), "latin-1"))
    with pytest.raises(AddressFileError, match="cannot be read"):
        import_addresses(agency, tmp_path / "missing.csv")
    with pytest.raises(AddressFileError, match="cannot be read"):
        import_addresses(agency, tmp_path)


def test_a_byte_order_mark_and_other_columns_are_taken_in_stride(agency: Agency, tmp_path: Path) -> None:
    text = "\ufeffid,street,number,municipality,premises,lon,lat\r\n7,Itäkatu,1 B,Helsinki,apartment,24.9,60.1\r\n"
    assert import_addresses(agency, write(tmp_path, text)).imported == 1
    assert str(Address.objects.get()) == "Itäkatu 1 B, Helsinki"


def test_counts_are_those_of_a_plain_count_and_a_second_import_changes_none(agency: Agency, tmp_path: Path) -> None:
    pick = random.Random(3)
    lines = [
        f"Street {number % 50},{number},Helsinki,{pick.choice(['business', 'residence'])},"
        f"{pick.uniform(24.9, 24.95)},{pick.uniform(60.15, 60.18)}\n"
        for number in range(proof_count(20_000))
    ]
    path = write(tmp_path, HEADER + "".join(lines))
    for _ in range(2):
        assert import_addresses(agency, path).imported == len(lines)
        expected: Counter[tuple[str, str]] = Counter()
        for address in Address.objects.all():
            for cell in Grid(3067).candidates(address.x, address.y):
                expected[str(cell), address.premises] += 1
        found = {(one.cell, one.premises): one.n for one in AddressCount.objects.filter(agency=agency)}
        assert found == dict(expected)
        assert {int(cell.split("/")[0]) for cell, _ in found} == set(CELL_SIZES_M)


def test_every_chosen_cell_holds_twenty_addresses(agency: Agency, tmp_path: Path) -> None:
    pick = random.Random(5)
    spots = [(pick.gauss(24.94, 0.01), pick.gauss(60.17, 0.005)) for _ in range(600)]
    lines = [f"Street,{n},Helsinki,business,{lon},{lat}\n" for n, (lon, lat) in enumerate(spots)]
    import_addresses(agency, write(tmp_path, HEADER + "".join(lines)))
    x, y = Grid(3067).project(*zip(*spots))
    sites = {n: (pick.gauss(24.94, 0.02), pick.gauss(60.17, 0.01)) for n in range(proof_count(5_000))}
    chosen = places(agency, sites)
    assert set(chosen) == set(sites)
    for number, place in chosen.items():
        site_x, site_y = Grid(3067).project([sites[number][0]], [sites[number][1]])
        around = Grid(3067).candidates(float(site_x[0]), float(site_y[0]))
        held = {}
        for cell in around:
            i, j = Grid(3067).cells(x, y, cell.size_m)
            held[cell] = int(((i == cell.i) & (j == cell.j)).sum())
        enough = [cell for cell in around if held[cell] >= 20]
        assert (place.cell if place else None) == (enough[0] if enough else None)
    assert {place.cell.size_m for place in chosen.values() if place} > {250, 500}


def test_one_agencys_register_does_not_hide_anothers_cameras(agency: Agency, tmp_path: Path) -> None:
    lines = [f"Street,{number},Helsinki,business,24.94,60.17\n" for number in range(30)]
    import_addresses(agency, write(tmp_path, HEADER + "".join(lines)))
    assert places(agency, {1: (24.94, 60.17)})[1] is not None
    assert places(make_agency("ESP"), {1: (24.94, 60.17)})[1] is None


def test_the_nearest_municipality_is_named(agency: Agency, tmp_path: Path) -> None:
    rows = "A,1,Helsinki,business,24.94,60.17\nB,1,Espoo,business,24.65,60.20\nC,1,Helsinki,business,24.945,60.17\n"
    import_addresses(agency, write(tmp_path, HEADER + rows))
    assert nearest_municipality(agency, (24.80, 60.17)) == "Helsinki"
    assert nearest_municipality(agency, (24.70, 60.20)) == "Espoo"
    assert nearest_municipality(agency, (-76.6, 39.3)) == ""


def test_an_address_beyond_the_grid_is_kept_but_not_counted(agency: Agency, tmp_path: Path) -> None:
    import_addresses(agency, write(tmp_path, HEADER + GOOD + "Pole,1,Nowhere,other,24.9,-90\n"))
    recount(agency)
    assert Address.objects.count() == 2
    assert sum(AddressCount.objects.filter(cell__startswith="250/").values_list("n", flat=True)) in (1, 2)


def test_a_register_of_fifty_thousand_addresses_is_loaded_and_counted(agency: Agency, tmp_path: Path) -> None:
    pick = random.Random(1)
    lines = [
        f"Street {number % 500},{number},Helsinki,business,{pick.uniform(24.8, 25.1)},{pick.uniform(60.1, 60.3)}\n"
        for number in range(proof_count(50_000))
    ]
    path = write(tmp_path, HEADER + "".join(lines))
    assert import_addresses(agency, path).imported == len(lines)
    assert sum(AddressCount.objects.filter(cell__startswith="250/").values_list("n", flat=True)) == len(lines)


def test_the_command_reports_lines_and_names_what_is_wrong(agency: Agency, tmp_path: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    path = write(tmp_path, HEADER + GOOD + "x\n")
    call_command("import_addresses", str(path), agency="HEL", stdout=out, stderr=err)
    assert out.getvalue() == "1 addresses in the register, 1 lines refused\n"
    assert err.getvalue().startswith("line 3: ")
    with pytest.raises(CommandError, match="There is no agency"):
        call_command("import_addresses", str(path), agency="NO")
    with pytest.raises(CommandError, match="lacks the column"):
        call_command("import_addresses", str(write(tmp_path, "a,b\n")), agency="HEL")


def test_the_agency_may_go_without_saying_only_where_there_is_one(tmp_path: Path) -> None:
    register = tmp_path / "addresses.csv"
    register.write_text(HEADER + GOOD)
    with pytest.raises(CommandError, match="--agency"):
        call_command("import_addresses", register)
    first = make_agency()
    call_command("import_addresses", register)
    assert Address.objects.get().agency == first
    make_agency(code="ESP")
    with pytest.raises(CommandError, match="--agency"):
        call_command("import_addresses", register)
