"""What a later list lacks leaves the feed of every audience in the moment it is withdrawn, and not before."""

from __future__ import annotations

import pytest

from registrations.models import Agency, Camera, Registration
from tests.registration_backend.feed.world import CHANGES, ITEMS, ApiReader, Copy, near
from tests.registration_backend.registrations.lists import GROUPED, import_list, of_row, row, withdraw

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

LON, LAT = (str(round(degrees, 7)) for degrees in near(40, 60))
HERE = {"lon": LON, "lat": LAT}
ROWS = [row(1, **HERE), row(2, **HERE), *(row(number, site="Mall", **HERE) for number in (3, 4)), row(5, **HERE)]


@pytest.fixture(params=["analyst", "investigator"])
def copy(request: pytest.FixtureRequest, agency: Agency, tmp_path) -> Copy:
    """The copy of a reader who pulled when all five rows were registered."""
    import_list(tmp_path, *ROWS, source=GROUPED)
    held = Copy(ApiReader(agency, request.param))
    held.pull()
    assert len(held.features) == 5
    return held


def ids(*registrations: Registration) -> set[str]:
    return {str(key) for key in Camera.objects.filter(registration__in=registrations).values_list("pk", flat=True)}


def test_a_missing_row_stays_in_the_feed_until_its_withdrawal_is_asked_for(copy, tmp_path):
    for options in ({}, {"dry_run": True}, {"dry_run": True, "withdraw_missing": True}):
        import_list(tmp_path, ROWS[0], *ROWS[2:], source=GROUPED, **options)
        assert copy.pull() == 0


def test_missing_registrations_and_cameras_leave_items_and_are_listed_as_withdrawn(copy, tmp_path):
    kept = [ROWS[0], ROWS[2], ROWS[4]]
    first, alone, mall = of_row(1), of_row(2), of_row(3)
    gone = ids(alone) | {str(mall.cameras.get(number=2).pk)}
    import_list(tmp_path, *kept, source=GROUPED, withdraw_missing=True)
    changes = copy.reader.json(CHANGES, since=copy.cursor)
    assert set(changes["withdrawn"]) == gone
    assert len(gone) == 2
    assert {feature["id"] for feature in changes["features"]} == set()
    shown = {feature["id"] for page in copy.reader.pages(ITEMS) for feature in page["features"]}
    assert shown == ids(*Registration.objects.all())
    assert ids(first) < shown
    copy.pull()
    assert set(copy.features) == shown
    assert copy.last["digest"] == copy.digest()
    import_list(tmp_path, *ROWS, source=GROUPED)
    assert copy.pull() == 0, "the old list brings nobody back"


def test_who_signed_later_is_in_the_feed_again_under_a_new_id(copy, tmp_path):
    withdraw(of_row(1))
    copy.pull()
    before = set(copy.features)
    import_list(tmp_path, row(1, signed="2025-03-11", **HERE), *ROWS[1:], source=GROUPED)
    copy.pull()
    assert set(copy.features) - before == ids(of_row(1))
