"""A database of the version before keeps what it holds when it is migrated."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from registrations import links
from tests.registration_backend.registrations.factories import canary

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
GIVEN_AT = datetime(2026, 1, 2, 23, 30, tzinfo=timezone.utc)


@pytest.fixture
def migrated_back():
    """Take the app back to before links and registrants, and forward again at the end."""

    def migrate(name: str):
        executor = MigrationExecutor(connection)
        executor.migrate([("registrations", name)])
        return executor.loader.project_state([("registrations", name)]).apps

    newest = max(
        name for app, name in MigrationExecutor(connection).loader.graph.leaf_nodes() if app == "registrations"
    )
    yield migrate
    migrate(newest)


def test_published_rows_are_confirmed_each_gets_a_registrant_and_old_links_work_for_a_while(migrated_back):
    old = migrated_back("0002_camera_number")
    agency = old.get_model("registrations", "Agency").objects.create(
        code="HEL", name="Helsinki", grid_srid=3067, map_longitude=24.9, map_latitude=60.1
    )
    token = canary("token")
    registrations = old.get_model("registrations", "Registration").objects
    common = {"agency": agency, "site": Point(24.9, 60.1, srid=4326), "consented_at": GIVEN_AT, "updated_on": GIVEN_AT}
    published = registrations.create(state="published", origin="web", manage_token_hash=links._hash(token), **common)
    pending = registrations.create(state="pending", origin="import", manage_token_hash=links._hash("x"), **common)
    new = migrated_back("0005_require_registrants").get_model("registrations", "Registration").objects
    first, second = new.get(pk=published.pk), new.get(pk=pending.pk)
    assert first.confirmed_on == GIVEN_AT.date()
    assert second.confirmed_on is None
    assert first.registrant_id != second.registrant_id
    assert [link.purpose for link in first.links.all()] == ["visit"]
    assert not second.links.exists()
    assert links.visited(token).pk == published.pk
