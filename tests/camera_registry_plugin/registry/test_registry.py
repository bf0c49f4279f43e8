"""Policy, redaction, retention, digest and errors of the registry package."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from camera_registry_plugin.registry import digest
from camera_registry_plugin.registry.errors import BadResponse, MissingPackage
from camera_registry_plugin.registry.policy import read_policy
from camera_registry_plugin.registry.redaction import first_of_month, octant
from camera_registry_plugin.registry.retention import all_gone, overwrite_deadline

CONTRACT = Path(__file__).parents[2] / "contract"


def policy_sample() -> dict[str, Any]:
    return json.loads((CONTRACT / "policy_analyst.json").read_text())


@pytest.mark.parametrize(
    ("direction", "expected"),
    [(0.0, 0.0), (22.4, 0.0), (22.5, 45.0), (90.0, 90.0), (230.0, 225.0), (337.4, 315.0), (337.5, 0.0), (360.0, 0.0)],
)
def test_a_direction_becomes_one_of_eight(direction: float, expected: float) -> None:
    assert octant(direction) == expected


def test_a_date_becomes_the_first_of_its_month() -> None:
    assert first_of_month("2026-11-22") == "2026-11-01"


def test_footage_is_first_lost_at_start_plus_retention_and_gone_at_end_plus_retention() -> None:
    start = datetime(2026, 3, 1, 22, tzinfo=timezone.utc)
    end = datetime(2026, 3, 1, 23, tzinfo=timezone.utc)
    assert overwrite_deadline(start, 72.0) == datetime(2026, 3, 4, 22, tzinfo=timezone.utc)
    assert all_gone(end, 72.0) == datetime(2026, 3, 4, 23, tzinfo=timezone.utc)
    assert overwrite_deadline(start, None) is None


def test_the_digest_does_not_depend_on_the_order_and_forgets_what_was_taken_out() -> None:
    rows = [(f"00000000-0000-4000-8000-{n:012d}", n % 5 + 1) for n in range(50)]
    total = other = 0
    for row in rows:
        total = digest.add(total, *row)
    for row in reversed(rows):
        other = digest.add(other, *row)
    assert total == other
    assert digest.subtract(digest.add(total, "x", 1), "x", 1) == total
    assert digest.subtract(total, *rows[0]) != total
    assert len(digest.to_hex(1)) == 32


def test_a_policy_survives_being_written_and_read_again() -> None:
    policy = read_policy(policy_sample())
    assert read_policy(policy.as_dict()) == policy
    assert policy.withheld == 3
    assert "Helsinki" not in str(policy.as_dict())
    assert policy.grid is not None
    assert policy.grid.sizes_m == (250, 500, 1000, 2000)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("role", "auditor"),
        ("agency", "<b>HEL</b>"),
        ("agency", None),
        ("position", "nearly"),
        ("lease_hours", -1),
        ("lease_hours", float("nan")),
        ("lease_hours", 1e6),
        ("lease_hours", 10**400),
        ("cache_on_disk", "yes"),
        ("save_exports", None),
        ("not_published", ["Helsinki"]),
        ("not_published", {"Helsinki": "three"}),
        ("not_published", {"Helsinki": -1}),
        ("grid", {"crs": "PROJ:+proj=utm", "origin": [0, 0], "sizes_m": [250]}),
        ("grid", {"crs": "EPSG:3067", "origin": [0], "sizes_m": [250]}),
        ("grid", {"crs": "EPSG:3067", "origin": [0, 0], "sizes_m": ["250"]}),
    ],
)
def test_a_policy_that_cannot_be_right_is_refused_without_repeating_it(name: str, value: Any) -> None:
    with pytest.raises(BadResponse) as refusal:
        read_policy({**policy_sample(), name: value})
    assert str(value) not in refusal.value.message or value is None


def test_a_missing_package_is_named_with_the_way_to_install_it() -> None:
    assert "pip install shapely" in MissingPackage("shapely", "Drawing view sectors").message
