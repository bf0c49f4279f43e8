"""Lists are imported row by row: each refused row is named, the rest is stored, and nothing is stored twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from registrations import contacts, services
from registrations.imports.mapping import read_mapping
from registrations.imports.rows import ImportRow, RowReader
from registrations.models import Camera, ImportedRow, Registration
from tests.proof import proof_count

from .factories import canary, make_agency

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

ROOT = Path(__file__).resolve().parents[3]
HEADER = "id,name,phone,address,lon,lat,kind,signed,keeps,faces,sees,site"
GOOD = "1,Shop,555 0100,Example street 1,24.94,60.17,shop,2025-03-01,14,NW,street;park,"
MAPPING = {
    "source": {"name": "Paper forms", "id": "id"},
    "position": {"x": "lon", "y": "lat"},
    "contact": {"name": "name", "phone": "phone", "address": "address"},
    "registration": {
        "premises": {"column": "kind", "values": {"shop": "business", "home": "residence"}},
        "consent_on": {"column": "signed"},
    },
    "camera": {
        "camera_type": {"constant": "dome"},
        "retention_hours": {"column": "keeps", "factor": 24},
        "direction_deg": "faces",
        "area_viewed": {"column": "sees", "separator": ";"},
    },
}


@pytest.fixture(autouse=True)
def agency():
    return make_agency()


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items()) + " }"
    return json.dumps(value)


@pytest.fixture
def run(tmp_path, capsys):
    """Import rows of text with MAPPING, of which whole parts may be replaced; return the printed lines."""

    def import_rows(*rows: str, header: str = HEADER, encoding: str = "utf-8", dry_run: bool = False, **parts):
        parts = {**MAPPING, **parts}
        mapping = tmp_path / "mapping.toml"
        mapping.write_text("".join(f"{name} = {toml(part)}\n" for name, part in parts.items() if part is not None))
        table = tmp_path / "list.csv"
        table.write_bytes("\n".join([header, *rows, ""]).encode(encoding))
        options = {"mapping": mapping, "agency": "HEL", "dry_run": dry_run}
        call_command("import_registrations", table, **options)
        return capsys.readouterr().out.splitlines()

    return import_rows


def changed(**cells: str) -> str:
    """Return the good row with some cells replaced."""
    values = dict(zip(HEADER.split(","), GOOD.split(","), strict=True))
    return ",".join({**values, **cells}.values())


def test_a_complete_row_becomes_a_published_registration(run):
    assert run(GOOD) == ["1 created, 0 updated, 0 unchanged, 0 refused"]
    registration, camera = Registration.objects.get(), Camera.objects.get()
    assert (registration.state, registration.premises, registration.origin) == ("published", "business", "import")
    assert registration.site.coords == (24.94, 60.17)
    assert registration.site_source == "geocoded"
    assert (camera.camera_type, camera.retention_hours, camera.direction_deg) == ("dome", 336.0, 315.0)
    assert camera.area_viewed == ["park", "street"]
    assert contacts.read(registration).phone == "555 0100"


@pytest.mark.parametrize(("cells", "state"), [({"signed": ""}, "unconfirmed"), ({"lon": "", "lat": ""}, "pending")])
def test_a_row_without_consent_or_position_waits_for_staff(run, cells, state):
    run(changed(**cells))
    assert Registration.objects.get().state == state


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"id": ""}, "no id"),
        ({"lon": "nan"}, "not numbers"),
        ({"lon": "inf"}, "not numbers"),
        ({"lon": "here"}, "not numbers"),
        ({"lon": ""}, "not numbers"),
        ({"lon": "100", "lat": "91"}, "latitude must lie"),
        ({"lon": "181"}, "longitude must lie"),
        ({"lon": "39.3", "lat": "-120.5"}, "swapped"),
        ({"lon": "0", "lat": "0"}, "0, 0"),
        ({"lon": "", "lat": "", "address": ""}, "neither a position nor an address"),
        ({"name": "", "phone": "", "address": ""}, "no contact"),
        ({"name": "x" * 121}, "name: This is too long"),
        ({"name": "a\x07b"}, "name: This has a control character"),
        ({"name": "a\x00b"}, "name: This has a control character"),
        ({"address": "a\u202eb"}, "address: This has a hidden character"),
        ({"kind": "castle"}, "premises: its value is not in the mapping's table"),
        ({"signed": "1 March"}, "consent_on: it is not a date"),
        ({"signed": "2999-01-01"}, "consent_on: it lies in the future"),
        ({"keeps": "long"}, "retention_hours: it cannot be read"),
        ({"keeps": "-1"}, "retention_hours: it does not lie between"),
        ({"faces": "79;230"}, "direction_deg: it cannot be read"),
        ({"faces": "304-14"}, "direction_deg: it cannot be read"),
        ({"sees": "street;moon"}, "area_viewed: its value is not one of the codes"),
        ({"site": "a,b"}, "another number of columns"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_reason_and_the_rest_is_imported(run, cells, reason):
    printed = run(GOOD, changed(**{"id": "2", **cells}), changed(id="3"))
    assert printed[0].startswith("line 3: refused, ")
    assert reason in printed[0]
    assert printed[1:] == ["2 created, 0 updated, 0 unchanged, 1 refused"]
    assert Registration.objects.count() == 2


def test_no_message_repeats_a_contact(run):
    secret = canary("secret")
    rows = [
        changed(id=str(number), name=secret, **{key: secret}) for number, key in enumerate(("lon", "kind", "keeps"))
    ]
    rows += [changed(id="9", name=f"{secret}\u202e"), changed(id="9", name=secret)]
    printed = run(*rows)
    assert printed[-1].endswith("5 refused")
    assert secret not in "\n".join(printed)


def test_an_id_that_occurs_twice_is_refused_the_second_time(run):
    printed = run(GOOD, changed(name="Other"))
    assert printed == [
        "line 3: refused, its id occurs earlier in the list",
        "1 created, 0 updated, 0 unchanged, 1 refused",
    ]


def test_line_numbers_count_the_lines_inside_quoted_cells(run):
    printed = run(changed(name='"Two\nlines"'), changed(id="2", lon="nan"))
    assert [line.split(":")[0] for line in printed[:2]] == ["line 2", "line 4"]


def test_the_same_list_again_changes_nothing(run):
    rows = [changed(id=str(number)) for number in range(5)]
    run(*rows)
    before = list(Registration.objects.order_by("id").values()), list(Camera.objects.order_by("id").values())
    assert run(*rows) == ["0 created, 0 updated, 5 unchanged, 0 refused"]
    assert before == (list(Registration.objects.order_by("id").values()), list(Camera.objects.order_by("id").values()))


def test_a_changed_row_updates_its_registration_and_keeps_its_ids(run):
    run(GOOD, changed(id="2"))
    ids = set(Camera.objects.values_list("id", "registration_id"))
    printed = run(changed(phone="555 0199", keeps="30", lon="24.95"), changed(id="2"))
    assert printed == ["0 created, 1 updated, 1 unchanged, 0 refused"]
    assert set(Camera.objects.values_list("id", "registration_id")) == ids
    registration = Camera.objects.get(retention_hours=720.0).registration
    assert contacts.read(registration).phone == "555 0199"
    assert registration.site.x == 24.95


def test_a_later_consent_publishes_what_was_waiting(run):
    run(changed(signed=""))
    run(GOOD)
    assert Registration.objects.get().state == "published"


def test_a_pin_that_staff_checked_outlives_a_new_import(run):
    run(GOOD)
    services.place(Registration.objects.get(), (24.9, 60.2))
    run(changed(keeps="7"))
    registration = Registration.objects.get()
    assert registration.site.coords == (24.9, 60.2)
    assert registration.cameras.get().retention_hours == 168.0


def test_an_old_list_does_not_bring_back_what_its_registrant_withdrew(run):
    run(GOOD)
    services.withdraw(Registration.objects.get())
    printed = run(GOOD)
    assert printed[0].startswith("line 2: refused, its registration was withdrawn on ")
    assert printed[0].endswith("; it is let in only with a later consent date")
    assert not Registration.objects.exists()


def test_a_dry_run_counts_and_stores_nothing(run):
    printed = run(GOOD, changed(id="2", lat="nan"), dry_run=True)
    assert printed[-1] == "Dry run, nothing is stored: 1 created, 0 updated, 0 unchanged, 1 refused"
    assert not Registration.objects.exists()
    assert not ImportedRow.objects.exists()


def test_rows_of_one_site_become_cameras_of_one_registration(run):
    source = {**MAPPING["source"], "group": "site"}
    rows = [changed(id=str(number), site="Mall", keeps=str(number + 1)) for number in range(3)] + [changed(id="9")]
    assert run(*rows, source=source)[-1] == "4 created, 0 updated, 0 unchanged, 0 refused"
    assert sorted(each.cameras.count() for each in Registration.objects.all()) == [1, 3]
    more = [*rows[:2], changed(id="2", site="Mall", keeps="9"), changed(id="5", site="Mall"), rows[3]]
    assert run(*more, source=source)[-1] == "1 created, 1 updated, 3 unchanged, 0 refused"
    assert sorted(each.cameras.count() for each in Registration.objects.all()) == [1, 4]
    assert run(*more, source=source)[-1] == "0 created, 0 updated, 5 unchanged, 0 refused"


def test_a_site_of_more_than_a_hundred_rows_is_refused_whole(run):
    rows = [changed(id=str(number), site="Mall") for number in range(101)]
    printed = run(*rows, source={**MAPPING["source"], "group": "site"})
    assert printed[-1] == "0 created, 0 updated, 0 unchanged, 101 refused"


def test_a_byte_order_mark_other_encodings_and_delimiters_are_read(run):
    assert run(GOOD, encoding="utf-8-sig")[-1].startswith("1 created")
    source = {"name": "Old list", "id": "id", "encoding": "cp1252", "delimiter": ";"}
    printed = run(
        changed(id="7", name="Ärzte", sees="street").replace(",", ";"),
        header=HEADER.replace(",", ";"),
        encoding="cp1252",
        source=source,
    )
    assert printed[-1].startswith("1 created")
    assert "Ärzte" in {contacts.read(each).name for each in Registration.objects.all()}


@pytest.mark.parametrize(("order", "wkt"), [("lat lon", "POINT (60.17 24.94)"), ("lon lat", "Point(24.94 60.17)")])
def test_wkt_is_read_in_the_stated_order(run, order, wkt):
    run(changed(lon=wkt), position={"wkt": "lon", "axis_order": order})
    assert Registration.objects.get().site.coords == (24.94, 60.17)


def test_coordinates_in_feet_are_turned_into_degrees(run):
    run(changed(lon="1420000", lat="590000"), position={"x": "lon", "y": "lat", "crs": "EPSG:2248"})
    longitude, latitude = Registration.objects.get().site.coords
    assert (round(longitude, 2), round(latitude, 2)) == (-76.62, 39.29)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"source": {"name": "x"}}, r"\[source\] needs id"),
        ({"source": {**MAPPING["source"], "encoding": "klingon"}}, "encoding is not known"),
        ({"source": {**MAPPING["source"], "delimiter": ";;"}}, "one character"),
        ({"source": {"name": "x", "id": "number"}}, "has no column 'number'"),
        ({"position": {"x": "lon"}}, "either x and y, or wkt"),
        ({"position": {"wkt": "lon"}}, "axis_order"),
        ({"position": {"x": "lon", "y": "lat", "crs": "EPSG:1"}}, "crs is not known"),
        ({"position": None, "contact": {"name": "name"}}, "Give a \\[position\\]"),
        ({"contact": {}}, "names no column"),
        ({"contact": {"nickname": "name"}}, "unknown entry nickname"),
        ({"camera": {"mount": {"constant": "roof"}}}, "codes to choose from"),
        ({"camera": {"mount": {"column": "kind", "values": {"shop": "roof"}}}}, "codes to choose from"),
        ({"camera": {"mount": {"column": "kind", "constant": "exterior"}}}, "write mount ="),
        ({"registration": {"consent_on": {"constant": "March"}}}, "must be a date"),
        ({"weather": {}}, "unknown entry weather"),
    ],
)
def test_a_bad_mapping_stops_the_import_with_one_clear_line(run, parts, message):
    with pytest.raises(CommandError, match=message) as caught:
        run(GOOD, **parts)
    assert "\n" not in str(caught.value)
    assert not Registration.objects.exists()


def test_files_that_cannot_be_read_stop_the_import_with_one_clear_line(run, tmp_path):
    with pytest.raises(CommandError, match="not written in utf-8"):
        run(changed(name="Ärzte"), encoding="cp1252")
    with pytest.raises(CommandError, match="cannot be opened"):
        call_command("import_registrations", tmp_path / "none.csv", mapping=tmp_path / "mapping.toml", agency="HEL")
    with pytest.raises(CommandError, match=r"There is no agency XX\. Known agencies: HEL"):
        call_command("import_registrations", tmp_path / "none.csv", mapping=tmp_path / "mapping.toml", agency="XX")
    (tmp_path / "mapping.toml").write_text("not = [toml")
    with pytest.raises(CommandError, match="not valid TOML"):
        call_command("import_registrations", tmp_path / "list.csv", mapping=tmp_path / "mapping.toml", agency="HEL")


def test_a_real_list_with_a_byte_order_mark_is_imported_whole_and_only_once(shared_data, capsys):
    mapping = ROOT / "tests" / "end_to_end" / "mappings" / "detroit.toml"
    table = shared_data / "detroit_green_light.csv"
    call_command("import_registrations", table, mapping=mapping, agency="HEL")
    assert capsys.readouterr().out == "766 created, 0 updated, 0 unchanged, 0 refused\n"
    assert Registration.objects.filter(state="published").count() == 766
    call_command("import_registrations", table, mapping=mapping, agency="HEL")
    assert capsys.readouterr().out == "0 created, 0 updated, 766 unchanged, 0 refused\n"


def test_the_explained_example_is_a_working_mapping(tmp_path, capsys):
    folder = ROOT / "registration_backend" / "registrations" / "imports"
    table = tmp_path / "list.csv"
    table.write_text(
        "form_no,site_no,longitude,latitude,owner,telephone,street_address,kind,signed_on,camera_type,sees,faces,"
        "days_kept,records\n1,A,24.94,60.17,Shop,555 0100,Street 1,Shop,31.03.2025,Dome,Road;Door,NW,14,Motion\n"
    )
    call_command("import_registrations", table, mapping=folder / "example_mapping.toml", agency="HEL")
    assert capsys.readouterr().out.startswith("1 created")
    assert Camera.objects.get().area_viewed == ["entrance", "street"]


CELLS = st.text(max_size=30) | st.sampled_from(
    ["", "nan", "1e999", "POINT (1 2)", "POINT(nan nan)", "60,17", "-0", "2025-02-30", "0000-01-01", "1", "NW", ";;"]
)


def test_whatever_a_row_holds_it_is_imported_or_refused_with_a_reason(tmp_path):
    mapping_file = tmp_path / "mapping.toml"
    parts = {**MAPPING, "position": {"wkt": "lon", "axis_order": "lat lon", "crs": "EPSG:2248"}}
    mapping_file.write_text("".join(f"{name} = {toml(part)}\n" for name, part in parts.items()))
    reader = RowReader(read_mapping(mapping_file))

    @settings(max_examples=proof_count(5000))
    @given(st.fixed_dictionaries(dict.fromkeys(HEADER.split(","), CELLS)))
    def attempt(cells):
        row = reader.read(2, cells)
        assert isinstance(row, ImportRow) or str(row)

    attempt()
