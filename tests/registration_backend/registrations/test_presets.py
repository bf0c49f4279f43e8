"""Typical answers fill what is blank and nothing else, in the camera whose button was pressed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registrations.forms import CameraForm
from registrations.models import Registration
from registrations.presets import PRESETS, fill
from tests.proof import proof_count

from .factories import make_agency
from .test_pages import ANY_TEXT, NAMES, send, text_of

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture(autouse=True)
def agency():
    return make_agency()


@pytest.mark.parametrize("kind", PRESETS)
def test_every_preset_is_a_form_that_is_valid_and_guesses_neither_retention_nor_sound(kind):
    answers = fill({}, kind)
    form = CameraForm(answers)
    assert form.is_valid(), form.errors
    details = form.details()
    assert details.camera_type == kind
    assert details.retention_hours is None
    assert details.direction_deg is None
    assert details.audio == "unknown"
    assert set(answers) <= set(CameraForm.base_fields)


@pytest.mark.parametrize("blank", [None, "", "  ", [], "unknown"])
def test_only_what_is_blank_or_unknown_is_filled(blank):
    kept = {"mount": "interior", "area_viewed": ["street"], "field_of_view_deg": "no number"}
    filled = fill({**kept, "night_vision": blank, "recording": blank}, "doorbell")
    assert kept.items() <= filled.items()
    assert filled["night_vision"] == "yes"
    assert filled["recording"] == "motion"
    assert fill({"night_vision": "no", "camera_type": "fixed"}, "dome")["night_vision"] == "no"


def test_another_kind_replaces_what_the_first_filled_in_and_nothing_that_was_typed():
    typed = {"resolution": "1080p", "direction": "SW", "camera_id": "", "audio": "no"}
    doorbell = fill(typed, "doorbell")
    assert doorbell["recording"] == "motion"
    changed = {**doorbell, "mount": "interior_facing_out"}
    fixed = fill(changed, "fixed")
    assert typed.items() <= fixed.items(), "1080p is typical of a doorbell too, but it was there before"
    assert fixed["mount"] == "interior_facing_out"
    assert not {"recording", "area_viewed"} & set(fixed)
    assert (fixed["camera_type"], fixed["night_vision"], fixed["field_of_view_deg"]) == ("fixed", "yes", "90")
    back = fill(fill(fixed, "panning"), "doorbell")
    assert back == {**doorbell, "mount": "interior_facing_out", "filled": back["filled"]}
    assert fill(back, "doorbell") == back


@pytest.mark.parametrize("kind", PRESETS)
@pytest.mark.parametrize("other", PRESETS)
def test_a_camera_that_nobody_typed_in_is_after_two_presses_as_after_the_second(kind, other):
    assert fill(fill({}, other), kind) == fill({}, kind)


@pytest.mark.parametrize(
    "filled",
    ["", " ", "castle mount", "doorbell", "doorbell camera_id direction", "dome mount", "mount doorbell", None],
)
def test_a_forged_memory_of_what_was_filled_in_removes_nothing_that_was_typed(filled):
    typed = {"mount": "exterior", "direction": "SW", "camera_id": "1", "area_viewed": ["entrance"]}
    assert typed.items() <= fill({**typed, "filled": filled}, "panning").items()


def test_the_memory_of_what_was_filled_in_survives_other_buttons_a_copy_and_a_mistake(client):
    page = send(client, fill_camera="0-doorbell", **{"camera-0-resolution": "4k"})
    form = page.context["cameras"].forms[0]
    sent = {field.html_name: "" if field.value() is None else field.value() for field in form}
    assert 'value="doorbell mount' in text_of(page)
    mistaken = send(client, **sent, name="")
    assert mistaken.status_code == 422
    assert mistaken.context["cameras"].forms[0]["filled"].value() == form["filled"].value()
    copied = send(client, **sent, copy_camera="1").context["cameras"].forms[1]
    sent |= {copied[name].html_name: copied[name].value() or "" for name in form.fields}
    sent["camera-TOTAL_FORMS"] = "2"
    second = send(client, **sent, fill_camera="1-panning").context["cameras"].forms[1]
    assert not second["mount"].value()
    assert not second["recording"].value()
    assert (second["resolution"].value(), second["camera_type"].value()) == ("4k", "panning")


def test_a_press_fills_in_its_own_camera_keeps_everything_typed_and_stores_nothing(client):
    page = text_of(
        send(
            client,
            fill_camera="1-doorbell",
            name="Half done",
            **{"camera-TOTAL_FORMS": "2", "camera-0-direction": "SW", "camera-1-direction": "12.5"},
        )
    )
    first, second = page.split('id="camera-2"')
    assert 'value="Half done"' in first
    assert 'value="SW"' in first
    assert 'value="12.5"' in second
    assert 'value="doorbell" selected' in second
    assert 'value="140"' in second
    assert "The usual answers are filled in" in second
    assert 'value="doorbell" selected' not in first
    assert "The usual answers are filled in" not in first
    assert 'class="error"' not in page
    assert not Registration.objects.exists()


def test_the_buttons_offer_each_kind_and_check_nothing(client):
    page = text_of(client.get("/register/?agency=HEL"))
    buttons = re.findall(r'<button[^>]*name="fill_camera"[^>]*>', page)
    assert [re.search('value="([^"]*)"', button).group(1) for button in buttons] == [f"0-{kind}" for kind in PRESETS]
    assert all("formnovalidate" in button for button in buttons)
    assert "The usual answers are filled in" not in page


@pytest.mark.parametrize("button", ["", "-", "0", "0-", "0-castle", "7-dome", "-1-dome", "x-dome", "²-dome", "0-dome-"])
def test_a_button_that_does_not_exist_changes_nothing(client, button):
    response = send(client, fill_camera=button, **{"camera-0-direction": "SW"})
    assert response.status_code == 200
    assert 'value="SW"' in text_of(response)
    assert "The usual answers are filled in" not in text_of(response)


def test_no_press_whatever_it_holds_makes_the_server_fail(client):
    button = ANY_TEXT | st.builds("{}-{}".format, ANY_TEXT | st.integers(), ANY_TEXT | st.sampled_from(list(PRESETS)))

    @settings(max_examples=proof_count(500))
    @given(button, st.dictionaries(st.sampled_from(NAMES), ANY_TEXT, max_size=len(NAMES)))
    def press(button, changes):
        assert send(client, fill_camera=button, **changes).status_code == 200

    press()
