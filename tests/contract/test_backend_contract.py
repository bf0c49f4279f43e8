"""The backend's answers have the members, order and types of the samples that the plugin reads."""

from __future__ import annotations

import json
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from feed.publishing import publish
from registrations import services
from registrations.models import Agency, Camera, Registration
from registrations.services import CameraDetails, SiteDetails
from tests.registration_backend.feed.world import CHANGES, ITEMS, ApiReader, crowd
from tests.registration_backend.registrations.factories import make_agency, make_registration

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

SAMPLES = Path(__file__).parent
CAMERA_ID = "00000000-0000-4000-8000-000000001001"
REGISTRATION_ID = "00000000-0000-4000-8000-000000002000"
SITE = (24.9414217, 60.1718712)


def sample(name: str) -> dict[str, Any]:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def shape(value: Any) -> Any:
    """Return the members of a value in their order, and the JSON type of each."""
    if isinstance(value, dict):
        return [(name, shape(member)) for name, member in value.items()]
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if type(value) in (int, float) else type(value).__name__


@pytest.fixture
def agency(db: None, tmp_path: Path) -> Agency:
    made = make_agency("HEL")
    crowd(made, tmp_path, [(SITE[0] + 1e-6 * step, SITE[1]) for step in range(-12, 13)], ["business", "school"])
    return made


@pytest.fixture
def registration(agency: Agency) -> Registration:
    """The registration that the samples show, in its third version."""
    details = CameraDetails(
        "exterior", "dome", ("street", "entrance"), 230.0, 90.0, 25.0, 720.0, "motion", "1080p", "yes"
    )
    draft = Registration(
        id=uuid.UUID(REGISTRATION_ID), agency=agency, site=None, origin="web", updated_on=date(2026, 5, 9)
    )
    made = make_registration(agency, site=SiteDetails("business", SITE, "owner_placed"), cameras=[details]).registration
    for field in ("premises", "site", "site_source", "state", "consented_at"):
        setattr(draft, field, getattr(made, field))
    camera = made.cameras.get()
    draft.state, draft.confirmed_on = "published", date(2026, 3, 14)
    draft.save(force_insert=True)
    camera.pk, camera.registration, camera.updated_on = uuid.UUID(CAMERA_ID), draft, date(2026, 5, 9)
    camera.save(force_insert=True)
    services.withdraw(made)
    publish([draft.pk])
    for premises in ("school", "business"):
        Registration.objects.filter(pk=draft.pk).update(premises=premises)
        Camera.objects.filter(pk=CAMERA_ID).update(mount="interior" if premises == "school" else "exterior")
        publish([draft.pk])
    return draft


def test_an_investigators_feature_is_the_sample(registration: Registration, agency: Agency) -> None:
    (feature,) = ApiReader(agency, "investigator").json(ITEMS)["features"]
    assert feature == sample("feature_investigator")
    assert shape(feature) == shape(sample("feature_investigator"))


def test_an_analysts_feature_is_the_sample_but_for_the_point_in_the_cell(
    registration: Registration, agency: Agency
) -> None:
    (feature,) = ApiReader(agency, "analyst").json(ITEMS)["features"]
    expected = sample("feature_analyst")
    assert shape(feature) == shape(expected)
    # The sample's point was made under another key.
    assert {**feature, "geometry": None} == {**expected, "geometry": None}


def test_pages_of_changes_have_the_members_of_the_samples(registration: Registration, agency: Agency) -> None:
    reader = ApiReader(agency, "analyst")
    leaving = make_registration(agency, site=SiteDetails("school", SITE, None), published=True).registration
    start = reader.json(CHANGES)
    services.withdraw(leaving)
    make_registration(agency, site=SiteDetails("school", SITE, None), cameras=[CameraDetails()], published=True)
    page = reader.json(CHANGES, limit=1)
    assert page["more"] is True
    assert shape({**page, "withdrawn": []}) == shape(sample("changes_page"))
    last = reader.json(CHANGES, since=start["cursor"])
    assert last["more"] is False
    expected = sample("changes_last_page")
    # The sample's camera has an unknown position source, as ours has.
    assert shape(last) == shape(expected)
    assert last["features"][0]["properties"]["position_source"] is None


@pytest.mark.parametrize("role", ["analyst", "investigator"])
def test_the_policy_has_the_members_of_the_sample(agency: Agency, role: str) -> None:
    make_registration(agency, site=SiteDetails("business", (SITE[0] + 0.2, SITE[1]), None), published=True)
    policy = ApiReader(agency, role).json("/registry/policy")
    expected = sample(f"policy_{role}")
    assert shape(policy) == shape(expected)
    assert {**policy, "not_published": {}} == {**expected, "not_published": {}}


def test_an_error_has_the_members_of_the_sample(agency: Agency) -> None:
    from django.utils import timezone

    from disclosure.models import AccessToken

    reader = ApiReader(agency, "analyst")
    AccessToken.objects.update(expires_at=timezone.now())
    answer = reader.get(ITEMS)
    assert answer.status_code == 401
    assert answer.json() == sample("error_token_expired")
