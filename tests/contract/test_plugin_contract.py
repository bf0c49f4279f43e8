"""The samples of the wire, read from the plugin's side."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from camera_registry_plugin.registry.errors import NotSignedIn
from camera_registry_plugin.registry.fields import FIELD_NAMES
from camera_registry_plugin.registry.policy import Grid, read_policy
from camera_registry_plugin.registry.record import read_feature
from camera_registry_plugin.sync.headless import plain_session
from camera_registry_plugin.sync.pull import pull
from camera_registry_plugin.sync.snapshot import SnapshotFolder
from camera_registry_plugin.sync.sources.registration_backend import RegistrationBackend, read_page
from camera_registry_plugin.sync.transport import Transport
from tests.camera_registry_plugin.sync.registry_server import Answer, listening, send

SAMPLES = Path(__file__).parent
Serve = Callable[[dict[str, tuple[int, str]]], RegistrationBackend]


def sample(name: str) -> dict[str, Any]:
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A source over a server that answers each start of a path with a status and a sample; the longest start wins."""
    with ExitStack() as stack:

        def build(answers: dict[str, tuple[int, str]]) -> RegistrationBackend:
            def handle(request: Any) -> None:
                start = max((start for start in answers if request.path.startswith(start)), key=len)
                status, name = answers[start]
                answer: Answer = (status, {"Content-Type": "application/json"}, (SAMPLES / name).read_bytes())
                send(request, answer)

            url = stack.enter_context(listening(handle))
            return RegistrationBackend(Transport(url, plain_session(url, "x" * 9)), page_features=1)

        yield build


@pytest.mark.parametrize(
    ("name", "role", "position"),
    [("feature_investigator.json", "investigator", "exact"), ("feature_analyst.json", "analyst", "generalised")],
)
def test_a_feature_is_read_and_the_analysts_stays_as_it_is(name: str, role: str, position: str) -> None:
    feature = sample(name)
    assert tuple(feature["properties"]) == FIELD_NAMES
    record = read_feature(feature, role, position)
    assert [record.lon, record.lat] == feature["geometry"]["coordinates"]
    assert record.row_version == feature["row_version"]
    assert record.camera_id == feature["id"]
    sent = {**feature["properties"]}
    sent["area_viewed"] = ",".join(sent["area_viewed"] or []) or None
    assert dict(zip(FIELD_NAMES, record.values)) == sent


def test_pages_are_read() -> None:
    page, last = read_page(sample("changes_page.json")), read_page(sample("changes_last_page.json"))
    assert page.more
    assert not last.more
    assert page.cursor != last.cursor
    assert len(last.digest) == 32


def test_the_pages_make_a_snapshot_whose_count_and_digest_agree(serve: Serve, tmp_path: Path) -> None:
    changes = "/ogc/collections/cameras/changes?limit=1"
    cursor = sample("changes_page.json")["cursor"]
    source = serve(
        {
            "/registry/policy": (200, "policy_analyst.json"),
            changes: (200, "changes_page.json"),
            f"{changes}&since={cursor}": (200, "changes_last_page.json"),
        }
    )
    report = pull(source, SnapshotFolder(tmp_path))
    last = sample("changes_last_page.json")
    assert report.refused_count == 0
    assert (report.snapshot.state.count, report.snapshot.state.digest) == (last["count"], last["digest"])


def test_policies_are_read() -> None:
    analyst = read_policy(sample("policy_analyst.json"))
    assert (analyst.role, analyst.position, analyst.agency) == ("analyst", "generalised", "HEL")
    assert analyst.grid == Grid("EPSG:3067", (0.0, 0.0), (250, 500, 1000, 2000))
    investigator = read_policy(sample("policy_investigator.json"))
    assert (investigator.role, investigator.position, investigator.grid) == ("investigator", "exact", None)


def test_an_error_becomes_a_sentence_for_the_user(serve: Serve) -> None:
    source = serve({"/": (401, "error_token_expired.json")})
    with pytest.raises(NotSignedIn, match="Fetch a new one"):
        source.policy()
