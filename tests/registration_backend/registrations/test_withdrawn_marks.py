"""What a withdrawal leaves keeps old lists from bringing anybody back, and tells nothing to who reads it."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connection

from registrations import contacts, services
from registrations.models import Camera, Contact, ImportedRow, Registration, WithdrawnMark
from tests import byte_search
from tests.registration_backend.registrations.factories import canary, make_agency, make_contact, make_registration
from tests.registration_backend.registrations.lists import GROUPED, counts, import_list, of_row, row, withdraw

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

LATER = "was withdrawn on 2025-03-10; it is let in only with a later consent date"
REFUSED = f"refused, its registration {LATER}"


@pytest.fixture(autouse=True)
def agency():
    return make_agency()


@pytest.fixture
def run(tmp_path):
    """Import rows and return the printed lines."""
    return partial(import_list, tmp_path)


@pytest.mark.parametrize(("signed", "refused"), [("2025-03-09", 1), ("2025-03-10", 1), ("2025-03-11", 0), ("", 1)])
def test_only_a_consent_of_a_later_day_counts(run, signed, refused):
    run(row(1))
    withdraw(of_row(1))
    printed = run(row(1, signed=signed))
    assert counts(printed)[3] == refused == printed.count(f"line 2: {REFUSED}")
    assert WithdrawnMark.objects.filter(kind="row").count() == refused
    assert WithdrawnMark.objects.filter(kind="address").count() == 1, "somebody else may have withdrawn there"
    assert Registration.objects.count() == 1 - refused


@pytest.mark.parametrize(
    ("cells", "refused"),
    [
        ({"address": "main st 5", "sees": "unit 2"}, 1),
        ({"address": " MAIN  ST.5 ", "sees": "Unit #2"}, 1),
        ({"address": "main st 5", "sees": "unit 3"}, 0),
        ({"address": "main st 5", "sees": ""}, 0),
        ({"address": "main st 55", "sees": "unit 2"}, 0),
    ],
)
def test_the_address_of_a_web_registration_is_refused_however_it_is_spelled_but_not_its_neighbours(run, cells, refused):
    made = make_registration(contact=make_contact(address="Main St. 5", unit="Unit 2"))
    withdraw(made.registration)
    assert counts(run(row(9, **cells))) == [1 - refused, 0, 0, refused]


def test_marks_of_one_agency_and_of_one_list_do_not_count_for_another(run):
    make_agency("TKU")
    run(row(1, address=""))
    withdraw(*Registration.objects.all())
    assert counts(run(row(1), source={"name": "Other list", "id": "id"})) == [1, 0, 0, 0]
    withdraw(of_row(1))
    assert counts(run(row(1), agency="TKU")) == [1, 0, 0, 0]
    assert counts(run(row(1), source={"name": "Third list", "id": "id"})) == [0, 0, 0, 1]


def test_a_neighbour_who_stays_at_a_withdrawn_address_is_still_updated(run):
    run(row(1), row(2, address="Example street 1"))
    kept = Camera.objects.get(pk=ImportedRow.objects.last().camera_id).registration
    withdraw(Registration.objects.exclude(pk=kept.pk).get())
    assert counts(run(row(1), row(2, address="Example street 1", phone="555 0199"))) == [0, 1, 0, 1]
    assert contacts.read(kept).phone == "555 0199"


def test_a_new_neighbour_without_a_unit_is_told_what_helps(run):
    run(row(1))
    withdraw(of_row(1))
    neighbour = {"address": "Example street 1", "name": "Neighbour"}
    assert run(row(2, **neighbour))[0] == f"line 2: refused, a registration at its address {LATER}"
    assert counts(run(row(2, **neighbour, signed="2025-03-11"))) == [1, 0, 0, 0]
    assert counts(run(row(2, **neighbour, signed="2025-03-11", phone="555 0199"))) == [0, 1, 0, 0]


def test_who_signs_again_opens_the_address_for_nobody_else(run):
    run(row(1), row(2, address="Example street 1"))
    withdraw(*Registration.objects.all())
    again = row(1, signed="2025-03-11")
    assert counts(run(again, row(2, address="Example street 1"))) == [1, 0, 0, 1]
    assert counts(run(again, row(3, address="Example street 1"))) == [0, 0, 1, 1]


def test_a_site_that_nobody_registers_any_more_comes_back_whole_or_not_at_all(run):
    rows = [row(1, site="Mall"), row(2, site="Mall", address="")]
    run(rows[0], source=GROUPED)
    withdraw(*Registration.objects.all())
    assert run(*rows, source=GROUPED)[:2] == [
        f"line 2: {REFUSED}",
        f"line 3: refused, another row of its site {LATER}",
    ]
    half = row(1, site="Mall", signed="2025-03-11")
    assert counts(run(half, rows[1], source=GROUPED)) == [0, 0, 0, 2]
    whole = row(2, site="Mall", address="", signed="2025-03-11")
    assert counts(run(half, whole, source=GROUPED)) == [2, 0, 0, 0]


def test_who_registers_again_on_the_web_is_left_alone_by_the_old_list(run):
    run(row(1), row(2))
    withdraw(of_row(1))
    again = make_registration(contact=make_contact(address="Example street 1", unit="")).registration
    assert counts(run(row(1), row(2))) == [0, 0, 1, 1]
    run(row(2), withdraw_missing=True)
    assert {each.pk for each in Registration.objects.all()} == {again.pk, of_row(2).pk}
    withdraw(again)
    assert counts(run(row(9, address="example street 1"))) == [0, 0, 0, 1]


def test_an_old_list_is_known_by_the_address_that_it_has_and_not_only_by_the_last_one(run):
    run(row(1), row(2, site="Mall"), row(3, site="Mall"), source=GROUPED)
    services.change(of_row(1), contact=make_contact(address="New street 1"))
    withdraw(*Registration.objects.all())
    old = [row(number + 10, address=f"Example street {number}") for number in (1, 2, 3)]
    assert counts(run(*old)) == [0, 0, 0, 3]
    assert counts(run(row(14, address="new street 1", sees=""))) == [1, 0, 0, 0], "it had another unit"


def test_a_camera_that_its_registrant_removed_stays_removed(run):
    run(row(1, site="Mall"), row(2, site="Mall"), source=GROUPED)
    mall = of_row(1)
    removed = ImportedRow.objects.last().camera_id
    services.change(mall, removed_cameras=[removed])
    WithdrawnMark.objects.update(withdrawn_on="2025-03-10")
    printed = run(row(1, site="Mall"), row(2, site="Mall", phone="555 0199"), source=GROUPED)
    assert printed == [f"line 3: {REFUSED}", "0 created, 0 updated, 1 unchanged, 1 refused"]
    assert mall.cameras.count() == 1
    run(row(1, site="Mall"), row(2, site="Mall", signed="2025-03-11"), source=GROUPED)
    assert mall.cameras.count() == 2


def test_a_mark_needs_an_address(run):
    run(row(1, address=""))
    withdraw(*Registration.objects.all())
    assert list(WithdrawnMark.objects.values_list("kind", flat=True)) == ["row"]
    assert counts(run(row(1, address=""), row(2, address=""))) == [1, 0, 0, 1]


def test_a_dry_run_says_what_the_real_run_says_where_only_the_writing_finds_the_fault(run):
    run(row(1), row(2))
    without_place = row(1, lon="", lat="")
    rehearsed = run(without_place, row(2, phone="555 0199"), dry_run=True)
    assert contacts.read(of_row(2)).phone == "555 0100"
    printed = run(without_place, row(2, phone="555 0199"))
    assert printed[0].startswith("line 2: refused, This registration has no place yet")
    assert rehearsed == [printed[0], f"Dry run, nothing is stored: {printed[1]}"]


def test_withdrawing_twice_leaves_the_same_marks(run):
    run(row(1))
    registration = of_row(1)
    services.withdraw(registration)
    before = list(WithdrawnMark.objects.order_by("id").values())
    services.withdraw(registration)
    assert list(WithdrawnMark.objects.order_by("id").values()) == before
    assert not ImportedRow.objects.exists()


def test_a_failed_withdrawal_leaves_no_mark(run, monkeypatch):
    run(row(1))

    def fail(_registration_id):
        raise RuntimeError("the keys cannot be written")

    monkeypatch.setattr(services.keystore, "destroy_key", fail)
    with pytest.raises(RuntimeError):
        services.withdraw(of_row(1))
    assert not WithdrawnMark.objects.exists()
    assert ImportedRow.objects.count() == 1


def test_a_dump_of_the_database_holds_no_withdrawn_address_nor_the_look_ups_of_the_living(run, tmp_path):
    planted = canary("Canarystreet ")
    run(row(1, address=planted, id=canary("form")))
    remembered = [ImportedRow.objects.get().source_hash, Contact.objects.get().address_lookup]
    dump = tmp_path / "dump"
    dump.mkdir()

    def write_dump() -> None:
        with connection.cursor() as cursor:
            rows = [
                cursor.execute(f'SELECT * FROM "{table}"').fetchall()
                for table in connection.introspection.django_table_names(only_existing=True)
            ]
        (dump / "dump.txt").write_text(repr(rows))

    write_dump()
    assert byte_search.find([dump], remembered), "the search is not blind"
    withdraw(*Registration.objects.all())
    write_dump()
    marks = WithdrawnMark.objects.values_list("mark_hash", flat=True)
    assert len(byte_search.find([dump], marks)) >= 2
    assert byte_search.find([dump], [planted, *remembered]) == []
