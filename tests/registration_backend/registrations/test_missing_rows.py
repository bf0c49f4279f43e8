"""Rows that a later file lacks are reported, and withdrawn only when that is asked for."""

from __future__ import annotations

from functools import partial

import pytest
from django.core.management import CommandError

from registrations import contacts
from registrations.models import Camera, ImportedRow, Registration, WithdrawnMark
from tests.registration_backend.registrations.factories import make_agency
from tests.registration_backend.registrations.lists import GROUPED, address, counts, import_list, of_row, row

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture(autouse=True)
def agency():
    return make_agency()


@pytest.fixture
def run(tmp_path):
    """Import rows and return the printed lines."""
    return partial(import_list, tmp_path)


def test_missing_rows_are_reported_and_stay(run):
    run(row(1), row(2))
    gone = of_row(2).pk
    assert run(row(1)) == [
        f"registration {gone}: 1 of its 1 rows are not in the file",
        "1 of 2 known rows are not in the file",
        "0 created, 0 updated, 1 unchanged, 0 refused",
    ]
    assert Registration.objects.count() == 2


def test_missing_registrations_are_withdrawn_and_missing_cameras_removed(run):
    rows = [row(1), row(2), row(3, site="Mall"), row(4, site="Mall"), row(5)]
    run(*rows, source=GROUPED)
    mall, gone = of_row(3), of_row(2).pk
    kept = [rows[0], rows[2], rows[4]]
    rehearsed = run(*kept, source=GROUPED, withdraw_missing=True, dry_run=True)
    assert (Registration.objects.count(), Camera.objects.count()) == (4, 5)
    printed = run(*kept, source=GROUPED, withdraw_missing=True)
    assert [line.removeprefix("Dry run, nothing is stored: ") for line in rehearsed] == printed != rehearsed
    assert printed[-2:] == [
        "1 registrations withdrawn, 1 cameras removed",
        "0 created, 0 updated, 3 unchanged, 0 refused",
    ]
    assert not Registration.objects.filter(pk=gone).exists()
    assert mall.cameras.count() == 1
    assert run(*kept, source=GROUPED)[-1] == "0 created, 0 updated, 3 unchanged, 0 refused"
    assert counts(run(*rows, source=GROUPED)) == [0, 0, 3, 2]


def test_a_refused_row_is_not_missing(run):
    run(row(1), row(2))
    printed = run(row(1), row(2, lon="nan"), withdraw_missing=True)
    assert printed[-2] == "0 registrations withdrawn, 0 cameras removed"
    assert Registration.objects.count() == 2


@pytest.mark.parametrize("broken", [row(2, id=""), row(2, site="a,b"), row(2, id="x" * 201)])
def test_a_row_without_a_readable_id_forbids_to_withdraw_what_is_missing(run, broken):
    run(row(1), row(2), row(3))
    with pytest.raises(CommandError, match=r"no readable id.*Nothing was changed"):
        run(row(1), row(3, phone="555 0199"), broken, withdraw_missing=True, even_most=True)
    assert Registration.objects.count() == 3
    assert contacts.read(of_row(3)).phone == "555 0100"


def test_a_file_that_lacks_most_rows_withdraws_only_when_told_even_most(run):
    run(row(1), row(2), row(3))
    with pytest.raises(CommandError, match=r"lacks 2 of 3 known rows, more than half\. Nothing was changed"):
        run(row(1), row(4), withdraw_missing=True)
    assert Registration.objects.count() == 3
    with pytest.raises(CommandError, match="only together"):
        run(row(1), even_most=True)
    run(row(1), withdraw_missing=True, even_most=True)
    assert [address(each) for each in Registration.objects.all()] == ["Example street 1"]


def test_a_row_of_an_older_version_is_known_as_missing_once_an_import_has_seen_it(run):
    run(row(1), row(2))
    ImportedRow.objects.update(list_hash="")
    assert len(run(row(1), dry_run=True)) == 1
    assert not ImportedRow.objects.exclude(list_hash="").exists()
    assert len(run(row(1), row(2))) == 1
    assert run(row(1))[-2] == "1 of 2 known rows are not in the file"


def test_a_list_that_changed_its_ids_takes_nobody_away_whom_it_cannot_bring_back(run):
    run(row(1))
    options = {"withdraw_missing": True, "even_most": True}
    run(row(11, address="Example street 1"), **options)
    known = of_row(1).pk
    assert run(row(21, address="Example street 1"), **options)[-3:] == [
        f"registration {known}: not withdrawn, a row at its address was refused and may be a missing one",
        "0 registrations withdrawn, 0 cameras removed",
        "0 created, 0 updated, 0 unchanged, 1 refused",
    ]
    assert Registration.objects.get().pk == known


def test_what_one_list_lacks_is_not_missing_from_another(run):
    other = {"name": "Other list", "id": "id"}
    run(row(1), row(2))
    run(row(3), row(4), source=other)
    assert run(row(1), row(2), withdraw_missing=True)[0] == "0 registrations withdrawn, 0 cameras removed"
    assert run(row(3), source=other)[-2] == "1 of 2 known rows are not in the file"
    assert Registration.objects.count() == 4


def test_of_a_missing_camera_the_address_is_marked_only_when_its_site_has_it_no_more(run):
    rows = [row(1, site="Mall"), row(2, site="Mall", address="Example street 1"), row(3, site="Mall")]
    run(*rows, source=GROUPED)
    run(rows[0], source=GROUPED, withdraw_missing=True, even_most=True)
    assert sorted(WithdrawnMark.objects.values_list("kind", flat=True)) == ["address", "row", "row"]
    assert counts(run(row(4, address="Example street 1"), row(5, address="Example street 3"))) == [1, 0, 0, 1]
