"""The feed describes itself as OGC API - Features 1.0 with a valid OpenAPI document that its answers obey."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from disclosure.redaction import FIELD_NAMES
from registrations.models import Agency
from tests.registration_backend.feed.world import CHANGES, ITEMS, ApiReader, enrol, near

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def api() -> dict[str, object]:
    answer = Client().get("/ogc/api")
    assert answer["Content-Type"] == "application/vnd.oai.openapi+json;version=3.0"
    return json.loads(answer.content)


def test_the_api_document_is_valid_and_names_every_field(db: None) -> None:
    document = api()
    validate(document)  # type: ignore[arg-type]
    camera = document["components"]["schemas"]["camera"]  # type: ignore[index]
    assert tuple(camera["properties"]["properties"]["properties"]) == FIELD_NAMES
    assert document["components"]["parameters"]["limit"]["schema"]["maximum"] == 10_000  # type: ignore[index]


def test_every_path_of_the_api_document_answers(agency: Agency, investigator: ApiReader) -> None:
    enrol(agency, near(40, 60), 1)
    camera_id = investigator.json(ITEMS)["features"][0]["id"]
    for path in api()["paths"]:  # type: ignore[attr-defined]
        assert investigator.get(path.replace("{featureId}", camera_id)).status_code == 200


@pytest.mark.parametrize(("path", "schema"), [(ITEMS, "cameras"), (CHANGES, "changes")])
@pytest.mark.parametrize("role", ["analyst", "investigator"])
def test_pages_obey_the_schemas_of_the_api_document(agency: Agency, path: str, schema: str, role: str) -> None:
    enrol(agency, near(40, 60), 2, direction_deg=12.5, area_viewed=("street",), mount="interior")
    enrol(agency, near(40, 60), 1)
    page = ApiReader(agency, role).json(path)
    assert len(page["features"]) == 3
    text = json.dumps(api())
    # OpenAPI 3.0 writes "or null" in its own way.
    document = json.loads(text, object_hook=_or_null)
    Draft202012Validator({**document, "$ref": f"#/components/schemas/{schema}"}).validate(page)


def _or_null(part: dict[str, object]) -> dict[str, object]:
    if part.pop("nullable", False):
        part["type"] = [part["type"], "null"]
    return part


def test_the_landing_page_leads_to_everything(agency: Agency, investigator: ApiReader) -> None:
    links = {link["rel"]: link["href"] for link in Client().get("/ogc/").json()["links"]}
    assert set(links) == {"self", "service-desc", "conformance", "data"}
    assert all(href.startswith("http://testserver/ogc/") for href in links.values())
    assert Client().get("/ogc").status_code == 200
    classes = Client().get(links["conformance"]).json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson" in classes
    (collection,) = investigator.json("/ogc/collections")["collections"]
    assert collection["id"] == "cameras"
    assert {link["rel"] for link in collection["links"]} == {"self", "items", "changes"}
