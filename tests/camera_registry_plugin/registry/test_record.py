"""A record from outside is stored only if every part of it may be; a refusal never repeats what was sent."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from camera_registry_plugin.registry.errors import RecordRefused
from camera_registry_plugin.registry.fields import COARSE_PREMISES, FIELD_NAMES, FIELDS, FINE_PREMISES
from camera_registry_plugin.registry.record import read_feature
from tests.proof import proof_count

CONTRACT = Path(__file__).parents[2] / "contract"
HOSTILE = "<img src=x onerror=alert(1)>'; DROP TABLE cameras; -- [% eval('1') %]"


def sample(role: str = "investigator") -> dict[str, Any]:
    return json.loads((CONTRACT / f"feature_{role}.json").read_text())


def changed(name: str, value: Any) -> dict[str, Any]:
    feature = sample()
    feature["properties"][name] = value
    return feature


def test_an_investigators_record_keeps_every_value_as_sent() -> None:
    record = read_feature(sample(), "investigator", "exact")
    values = dict(zip(FIELD_NAMES, record.values))
    assert values == {**sample()["properties"], "area_viewed": "street,entrance"}
    assert (record.lon, record.lat) == tuple(sample()["geometry"]["coordinates"])


def test_an_exact_row_is_refused_for_a_reader_of_generalised_positions() -> None:
    with pytest.raises(RecordRefused, match="exact position"):
        read_feature(sample(), "analyst", "generalised")


def test_the_plugin_coarsens_for_an_analyst_even_if_the_source_did_not() -> None:
    record = read_feature(sample(), "analyst", "exact", fine_premises_allowed=False)
    values = dict(zip(FIELD_NAMES, record.values))
    assert values["premises"] == "non_residential"
    assert values["direction_deg"] == 225.0
    assert values["confirmed_on"] == "2026-03-01"
    assert values["updated_on"] == "2026-05-01"


def test_fields_outside_the_allow_list_are_dropped() -> None:
    feature = sample()
    feature["properties"].update(name="A. Person", phone="555 0100", notes=HOSTILE)
    assert read_feature(feature, "investigator", "exact") == read_feature(sample(), "investigator", "exact")


@pytest.mark.parametrize("field", [field for field in FIELDS if field.kind != "number"], ids=lambda field: field.name)
def test_free_text_is_refused_in_every_field_and_not_repeated(field: Any) -> None:
    value: Any = [HOSTILE] if field.kind == "codes" else HOSTILE
    with pytest.raises(RecordRefused) as refusal:
        read_feature(changed(field.name, value), "investigator", "exact")
    assert field.name in refusal.value.message
    assert "img" not in refusal.value.message + refusal.value.details


@pytest.mark.parametrize("field", [field for field in FIELDS if field.kind == "number"], ids=lambda field: field.name)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1, 1e9, 10**400, "90", True, [90]])
def test_what_is_no_number_in_range_is_refused(field: Any, value: Any) -> None:
    with pytest.raises(RecordRefused, match=field.name):
        read_feature(changed(field.name, value), "investigator", "exact")


@pytest.mark.parametrize(
    "coordinates",
    [[math.nan, 60.0], [24.0, math.inf], [181.0, 60.0], [24.0, -90.5], ["24", "60"], [24.0], [], None, [True, 60.0]],
)
def test_coordinates_that_are_no_place_on_earth_are_refused(coordinates: Any) -> None:
    feature = sample()
    feature["geometry"]["coordinates"] = coordinates
    with pytest.raises(RecordRefused, match="record's"):
        read_feature(feature, "investigator", "exact")


@pytest.mark.parametrize("row_version", [0, -3, 1.0, "3", None, True, 2**53])
def test_a_row_version_that_is_no_count_is_refused(row_version: Any) -> None:
    with pytest.raises(RecordRefused, match="row_version"):
        read_feature({**sample(), "row_version": row_version}, "investigator", "exact")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@hypothesis_settings(max_examples=proof_count(10_000, at_least=200))
@given(st.sampled_from(["geometry", "properties", "row_version", *FIELD_NAMES]), json_values)
def test_any_json_in_any_place_is_read_or_refused_and_never_stored_as_it_came(name: str, value: Any) -> None:
    feature = copy.deepcopy(sample())
    if name in FIELD_NAMES:
        feature["properties"][name] = value
    else:
        feature[name] = value
    try:
        record = read_feature(feature, "investigator", "exact")
    except RecordRefused:
        return
    for field, stored in zip(FIELDS, record.values):
        if field.kind == "code":
            assert stored is None or stored in (field.codes or {})
        if field.kind == "codes":
            assert stored is None or set(stored.split(",")) <= set(field.codes or {})
        if field.kind == "number":
            assert stored is None or field.lowest <= stored <= field.highest


def test_every_fine_premises_has_a_coarse_one() -> None:
    feature = sample()
    for code in FINE_PREMISES:
        feature["properties"]["premises"] = code
        record = read_feature(feature, "analyst", "exact", fine_premises_allowed=False)
        assert record.values[FIELD_NAMES.index("premises")] in COARSE_PREMISES
