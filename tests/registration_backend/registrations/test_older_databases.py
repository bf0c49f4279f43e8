"""A database of an older version is migrated with everything in it, and still brings nobody back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import timezone as zone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.db import IntegrityError, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from registrations.imports.hashes import source_hash
from registrations.models import Agency, Registration, WithdrawnMark
from tests.registration_backend.registrations.factories import make_agency
from tests.registration_backend.registrations.lists import counts, import_list, row

# Row 1 is registered, rows 2 to 700 were withdrawn.
HASHES = [source_hash(Agency(code="HEL"), "Paper forms", str(number)) for number in range(1, 701)]


@dataclass(frozen=True)
class Migrated:
    """What the migrated database holds."""

    rows: list[dict[str, Any]]
    marks: list[dict[str, Any]]
    living: tuple[object, object]
    refuses_rows_without_registration: bool


@contextmanager
def empty_database(folder: Path) -> Iterator[None]:
    """Put an empty database of the same kind in the place of "default"."""
    tests_own = connections["default"]
    old = tests_own.copy()
    name = str(folder / "old.sqlite3") if old.vendor == "sqlite" else f"{old.settings_dict['NAME']}_old"
    old.settings_dict["TEST"]["NAME"] = name
    old.creation._create_test_db(verbosity=0, autoclobber=True, keepdb=False)
    try:
        old.settings_dict["NAME"] = name
        connections["default"] = old
        old.prepare_database()
        yield
    finally:
        connections["default"] = tests_own
        old.close()
        old.creation._destroy_test_db(name, verbosity=0)


def models_after(name: str) -> SimpleNamespace:
    """Migrate to `name` and return the models as they are then."""
    apps = MigrationExecutor(connections["default"]).migrate([("registrations", name)]).apps
    names = [model.__name__ for model in apps.get_app_config("registrations").get_models()]
    return SimpleNamespace(**{each: apps.get_model("registrations", each) for each in names})


@pytest.fixture(scope="module")
def migrated(django_db_setup, django_db_blocker, tmp_path_factory) -> Migrated:
    """Outside of any test's transaction, as a server is migrated."""
    with django_db_blocker.unblock(), empty_database(tmp_path_factory.mktemp("old")):
        old = models_after("0002_camera_number")
        agency = old.Agency(code="HEL", name="Old", grid_srid=3067, map_longitude=24.9, map_latitude=60.2)
        agency.save()
        living = old.Registration(agency=agency, origin="import", updated_on=date(2025, 1, 1))
        living.save()
        camera = old.Camera(registration=living, updated_on=date(2025, 1, 1))
        camera.save()
        registered = old.ImportedRow(
            source_hash=HASHES[0], content_hash="c" * 64, registration_id=living.pk, camera_id=camera.pk
        )
        withdrawn = [old.ImportedRow(source_hash=each, content_hash="") for each in HASHES[1:]]
        old.ImportedRow.objects.bulk_create([registered, *withdrawn])

        new = models_after("0006_withdrawn_marks")
        columns = ("source_hash", "content_hash", "registration_id", "camera_id", "list_hash", "address_lookup")
        rows = list(new.ImportedRow.objects.values(*columns))
        marks = list(new.WithdrawnMark.objects.values("mark_hash", "kind", "withdrawn_on"))
        try:
            with transaction.atomic():
                new.ImportedRow(source_hash="d" * 64).save()
            refuses = False
        except IntegrityError:
            refuses = True
        return Migrated(rows, marks, (living.pk, camera.pk), refuses)


def test_the_rows_of_the_living_stay_as_they_are_and_those_of_the_withdrawn_are_gone(migrated):
    assert [tuple(each.values()) for each in migrated.rows] == [(HASHES[0], "c" * 64, *migrated.living, "", "")]
    assert migrated.refuses_rows_without_registration


def test_each_withdrawn_row_left_a_mark_of_today_under_another_hash(migrated):
    assert len({mark["mark_hash"] for mark in migrated.marks} - set(HASHES)) == len(migrated.marks) == 699
    assert {mark["kind"] for mark in migrated.marks} == {"row"}
    (day,) = {mark["withdrawn_on"] for mark in migrated.marks}
    assert timezone.now().date() - timedelta(days=1) <= day <= timezone.now().date(), "midnight may pass meanwhile"


@pytest.mark.django_db(databases=["default", "keys"])
def test_the_marks_keep_the_old_list_from_bringing_anybody_back(migrated, tmp_path):
    make_agency()
    WithdrawnMark.objects.bulk_create(WithdrawnMark(**mark) for mark in migrated.marks)
    assert counts(import_list(tmp_path, *(row(number) for number in (1, 2, 700, 701)))) == [2, 0, 0, 2]
    assert Registration.objects.count() == 2


def test_published_rows_are_confirmed_each_gets_a_registrant_and_old_links_work_for_a_while(
    django_db_setup, django_db_blocker, tmp_path
):
    given_at = datetime(2026, 1, 2, 23, 30, tzinfo=zone.utc)
    with django_db_blocker.unblock(), empty_database(tmp_path):
        old = models_after("0002_camera_number")
        agency = old.Agency(code="HEL", name="Old", grid_srid=3067, map_longitude=24.9, map_latitude=60.2)
        agency.save()
        site = Point(24.9, 60.2, srid=4326)
        common = {"agency": agency, "site": site, "consented_at": given_at, "updated_on": given_at.date()}
        published = old.Registration(state="published", origin="web", manage_token_hash="a" * 64, **common)
        listed = old.Registration(state="pending", origin="import", manage_token_hash="b" * 64, **common)
        published.save()
        listed.save()

        new = models_after("0005_require_registrants")
        first, second = new.Registration.objects.get(pk=published.pk), new.Registration.objects.get(pk=listed.pk)
        assert (first.confirmed_on, second.confirmed_on) == (given_at.date(), None)
        assert first.registrant_id != second.registrant_id
        (link,) = new.Link.objects.all()
        assert (link.registration_id, link.purpose, link.token_hash) == (published.pk, "visit", "a" * 64)
        assert timedelta(days=89) < link.expires_at - timezone.now() < timedelta(days=91)
        with pytest.raises(IntegrityError), transaction.atomic():
            new.Registration.objects.filter(pk=listed.pk).update(state="published")
