"""The change feed leads every reader to exactly what it may see, whatever was written in whichever order."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from feed import pages
from feed.models import FeedState, PublishedCamera, WithdrawnCamera
from feed.publishing import publish
from registrations import services
from registrations.enumerations import State
from registrations.models import Agency, Camera, Registration
from registrations.services import CameraDetails, SiteDetails
from tests.proof import proof_count
from tests.registration_backend.feed.world import CHANGES, ApiReader, Copy, crowd, enrol, move_camera, near

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

SITE = near(40, 60)
PLACES = {"cell": SITE, "same cell": near(120, 130), "next cell": near(320, 60), "nowhere": near(9_000, 9_000)}


def register(agency: Agency, pick: random.Random) -> None:
    enrol(
        agency, pick.choice(list(PLACES.values())), pick.randint(1, 4), direction_deg=pick.choice([None, 10.0, 200.0])
    )


def alter(agency: Agency, pick: random.Random) -> None:
    registration = pick.choice(list(Registration.objects.filter(agency=agency)))
    camera = pick.choice(list(registration.cameras.all()))
    details = CameraDetails(direction_deg=pick.choice([None, 5.0, 15.0, 95.0]), mount=pick.choice([None, "exterior"]))
    services.change(registration, cameras=[(camera.pk, details)])


def move(agency: Agency, pick: random.Random) -> None:
    registration = pick.choice(list(Registration.objects.filter(agency=agency)))
    services.change(registration, site=SiteDetails("business", pick.choice(list(PLACES.values())), "owner_placed"))


def add_or_drop_a_camera(agency: Agency, pick: random.Random) -> None:
    registration = pick.choice(list(Registration.objects.filter(agency=agency)))
    if registration.cameras.count() > 1 and pick.random() < 0.5:
        registration.cameras.first().delete()
        publish([registration.pk])
    else:
        services.change(registration, cameras=[(None, CameraDetails())])


def switch(agency: Agency, pick: random.Random) -> None:
    registration = pick.choice(list(Registration.objects.filter(agency=agency)))
    if registration.state == State.PUBLISHED:
        services.suspend(registration)
    else:
        services.publish(registration)


def withdraw(agency: Agency, pick: random.Random) -> None:
    services.withdraw(pick.choice(list(Registration.objects.filter(agency=agency))))


STEPS: tuple[Callable[[Agency, random.Random], None], ...] = (
    register,
    alter,
    move,
    add_or_drop_a_camera,
    switch,
    withdraw,
)


@settings(max_examples=proof_count(1000))
@given(steps=st.lists(st.sampled_from(STEPS), min_size=3, max_size=14), seed=st.integers(0, 2**32))
def test_after_any_writes_count_and_digest_are_those_of_what_the_reader_holds(
    agency: Agency, steps: list[Callable[[Agency, random.Random], None]], seed: int
) -> None:
    pick = random.Random(seed)
    # It lies outside the database, and would be ahead of one that was rolled back.
    django_settings.WITHDRAWAL_JOURNAL.unlink(missing_ok=True)
    with transaction.atomic():
        copies = {role: Copy(ApiReader(agency, role), limit=pick.randint(1, 5)) for role in ("analyst", "investigator")}
        register(agency, pick)
        for step in steps:
            if Registration.objects.exists() or step is register:
                step(agency, pick)
            if pick.random() < 0.5:
                copies["analyst"].pull()
        for role, copy in copies.items():
            copy.pull()
            fresh = Copy(copy.reader)
            fresh.pull()
            assert copy.features == fresh.features
            assert {
                str(one) for one in PublishedCamera.objects.filter(audience=role).values_list("camera_id", flat=True)
            } == set(copy.features)
            for held in (copy, fresh):
                assert held.last["digest"] == held.digest()
                assert held.last["count"] == len(held.features)
        transaction.set_rollback(True)


@settings(max_examples=proof_count(500))
@given(east=st.floats(1, 249), north=st.floats(1, 249), camera=st.booleans())
def test_a_move_within_a_cell_never_shows_to_an_analyst(
    agency: Agency, east: float, north: float, camera: bool
) -> None:
    with transaction.atomic():
        registration = enrol(agency, SITE, 2)
        held = Copy(ApiReader(agency, "analyst"))
        held.pull()
        before = list(PublishedCamera.objects.filter(audience="analyst").order_by("pk").values())
        if camera:
            move_camera(registration.cameras.first(), near(east, north))
        else:
            services.change(registration, site=SiteDetails("business", near(east, north), "owner_placed"))
        digest = held.last["digest"]
        assert list(PublishedCamera.objects.filter(audience="analyst").order_by("pk").values()) == before
        assert held.pull() == 0
        assert held.last["digest"] == digest
        transaction.set_rollback(True)


def test_a_pull_without_a_cursor_tells_nothing_of_what_was_withdrawn_before(
    agency: Agency, investigator: ApiReader
) -> None:
    services.withdraw(enrol(agency, SITE, 2))
    kept = enrol(agency, SITE, 1)
    page = investigator.json(CHANGES)
    assert page["withdrawn"] == []
    assert [feature["properties"]["registration_id"] for feature in page["features"]] == [str(kept.pk)]


def test_what_is_written_between_two_pages_of_a_first_pull_is_not_lost(agency: Agency, investigator: ApiReader) -> None:
    delivered, waiting, later = enrol(agency, SITE, 2), enrol(agency, SITE, 2), enrol(agency, SITE, 2)
    copy = Copy(investigator)
    page = investigator.json(CHANGES, limit=2)
    assert page["more"]
    assert "digest" not in page
    assert page["links"][0]["rel"] == "next"
    copy.features = {feature["id"]: feature for feature in page["features"]}
    copy.cursor = page["cursor"]
    assert {feature["properties"]["registration_id"] for feature in page["features"]} == {str(delivered.pk)}
    services.withdraw(delivered)
    services.withdraw(waiting)
    services.change(later, site=SiteDetails("school", SITE, "owner_placed"))
    enrol(agency, SITE, 1)
    copy.pull()
    assert len(copy.features) == 3
    assert (copy.last["count"], copy.last["digest"]) == (3, copy.digest())


def test_a_page_is_not_the_last_when_something_was_written_while_it_was_read(
    agency: Agency, investigator: ApiReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(agency, SITE, 2)
    real, wrote = pages.rows_of, []

    def write_while_reading(reader: object) -> object:
        rows = real(reader)  # type: ignore[arg-type]
        if not wrote:
            wrote.append(enrol(agency, SITE, 1))
        return rows

    monkeypatch.setattr(pages, "rows_of", write_while_reading)
    page = investigator.json(CHANGES)
    assert wrote
    assert page["more"] is True
    assert "digest" not in page
    assert "count" not in page
    assert len(page["features"]) == 2
    following = investigator.json(CHANGES, since=page["cursor"])
    assert following["more"] is False
    assert (len(following["features"]), following["count"]) == (1, 3)


def test_a_cursor_older_than_the_tombstones_starts_over(agency: Agency, investigator: ApiReader) -> None:
    leaving = enrol(agency, SITE, 1)
    enrol(agency, SITE, 1)
    old = Copy(investigator)
    old.pull()
    services.withdraw(leaving)
    recent = Copy(investigator)
    recent.pull()
    WithdrawnCamera.objects.update(recorded_at=timezone.now() - timedelta(days=91))
    answer = investigator.get(CHANGES, since=old.cursor)
    assert (answer.status_code, answer.json()["code"]) == (410, "start_over")
    # The next withdrawal drops the old tombstones; the answers stay the same.
    services.withdraw(enrol(agency, SITE, 1))
    assert not WithdrawnCamera.objects.filter(recorded_at__lt=timezone.now() - timedelta(days=90)).exists()
    assert investigator.get(CHANGES, since=old.cursor).status_code == 410
    assert recent.pull() >= 0
    assert recent.last["digest"] == recent.digest()


def test_a_cursor_from_a_database_that_was_restored_starts_over(agency: Agency, investigator: ApiReader) -> None:
    enrol(agency, SITE, 1)
    copy = Copy(investigator)
    copy.pull()
    FeedState.objects.update(sequence=0)
    assert investigator.get(CHANGES, since=copy.cursor).status_code == 410


def test_a_cursor_serves_only_the_view_it_was_given_to(
    agency: Agency, analyst: ApiReader, investigator: ApiReader
) -> None:
    enrol(agency, SITE, 1)
    copy = Copy(investigator)
    copy.pull()
    answer = analyst.get(CHANGES, since=copy.cursor)
    assert (answer.status_code, answer.json()["code"]) == (410, "start_over")


@pytest.mark.parametrize("cut", [0, 1, 5, -1])
def test_a_forged_or_garbled_cursor_is_refused(agency: Agency, investigator: ApiReader, cut: int) -> None:
    enrol(agency, SITE, 1)
    copy = Copy(investigator)
    copy.pull()
    assert copy.cursor
    garbled = copy.cursor[:cut] + ("A" if copy.cursor[cut] != "A" else "B") + copy.cursor[cut:][1:]
    for cursor in (garbled, copy.cursor[:-2], "", "x", "../..", "\x00", "é" * 40):
        answer = investigator.get(CHANGES, since=cursor)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor"), cursor


def test_an_address_register_that_grows_publishes_what_was_held_back(
    agency: Agency, analyst: ApiReader, tmp_path: Path
) -> None:
    enrol(agency, PLACES["nowhere"], 2)
    copy = Copy(analyst)
    copy.pull()
    assert copy.features == {}
    crowd(agency, tmp_path, [near(9_000 + step, 9_000) for step in range(20)])
    copy.pull()
    assert len(copy.features) == 2
    crowd(agency, tmp_path, [near(9_000 + step, 9_000) for step in range(19)])
    copy.pull()
    assert copy.features == {}
    assert copy.last["digest"] == "0" * 32
    assert Camera.objects.count() == 2
