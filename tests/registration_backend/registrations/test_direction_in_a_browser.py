"""Arrows at the pin and direction fields follow each other, camera by camera; presets need no script."""

from __future__ import annotations

import math

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def form(phone):
    """A form with two cameras and a pin in the middle of the map."""
    page = phone()
    page.get_by_role("button", name="Add another camera").click()
    page.locator("section.camera").nth(1).wait_for()
    page.wait_for_load_state("load")
    page.locator(".map").scroll_into_view_if_needed()
    page.locator(".map").tap(position={"x": 165, "y": 192})
    return page


def handle(page, number: int):
    return page.get_by_role("slider", name=f"Direction of camera {number}")


def field(page, number: int):
    return page.locator(f"#id_camera-{number - 1}-direction")


def middle(box: dict[str, float]) -> tuple[float, float]:
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def pin_tip(page) -> tuple[float, float]:
    box = page.locator("img.leaflet-marker-icon").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"]


def seen_bearing(page, number: int) -> float:
    """Degrees clockwise from north, on the screen, from the tip of the pin to the handle."""
    (x, y), (east, south) = pin_tip(page), middle(handle(page, number).bounding_box())
    return math.degrees(math.atan2(east - x, y - south)) % 360


def apart(one: float, other: float) -> float:
    return abs((one - other + 180) % 360 - 180)


def drag(page, number: int, bearing: float) -> None:
    handle(page, number).scroll_into_view_if_needed()
    page.mouse.move(*middle(handle(page, number).bounding_box()))
    page.mouse.down()
    x, y = pin_tip(page)
    turn = math.radians(bearing)
    page.mouse.move(x + 110 * math.sin(turn), y - 110 * math.cos(turn), steps=12)
    page.mouse.up()


@pytest.mark.parametrize("bearing", [30, 135, 225, 300])
def test_dragging_a_handle_around_the_pin_writes_the_direction(form, bearing):
    pin = (form.get_by_label("Latitude").input_value(), form.get_by_label("Longitude").input_value())
    drag(form, 1, bearing)
    assert apart(float(field(form, 1).input_value()), bearing) <= 10
    assert apart(seen_bearing(form, 1), bearing) <= 10
    assert field(form, 1).input_value().isdecimal(), "whole degrees"
    assert pin == (form.get_by_label("Latitude").input_value(), form.get_by_label("Longitude").input_value())


def test_a_finger_turns_an_arrow_too(form):
    handle(form, 1).scroll_into_view_if_needed()
    x, y = pin_tip(form)
    start = middle(handle(form, 1).bounding_box())
    touches = form.context.new_cdp_session(form)
    path = [start, (x + 60, y - 60), (x + 90, y), (x + 70, y + 70)]
    for kind, points in [("touchStart", path[:1]), *(("touchMove", [at]) for at in path[1:]), ("touchEnd", [])]:
        touches.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at[0], "y": at[1]} for at in points]}
        )
    assert apart(float(field(form, 1).input_value()), 135) <= 10


def test_keys_turn_an_arrow_by_exact_steps(form):
    slider = handle(form, 1)
    assert slider.get_attribute("aria-valuetext") == "not set"
    slider.focus()
    for key, degrees in [
        ("Home", "0"),
        ("ArrowRight", "5"),
        ("ArrowUp", "10"),
        ("PageUp", "55"),
        ("ArrowLeft", "50"),
        ("PageDown", "5"),
        ("ArrowDown", "0"),
        ("ArrowDown", "355"),
        ("PageUp", "40"),
    ]:
        slider.press(key)
        assert field(form, 1).input_value() == degrees
        assert slider.get_attribute("aria-valuenow") == degrees
    assert (slider.get_attribute("aria-valuemin"), slider.get_attribute("aria-valuemax")) == ("0", "359")
    assert apart(seen_bearing(form, 1), 40) < 2


@pytest.mark.parametrize(
    ("typed", "degrees", "words"),
    [
        ("NE", 45, "45 degrees, NE"),
        ("south-west", 225, "225 degrees, SW"),
        ("270,4°", 270, "270 degrees, W"),
        ("360", 0, "0 degrees, N"),
        ("-5", None, "not set"),
        ("361", None, "not set"),
        ("up", None, "not set"),
        ("", None, "not set"),
    ],
)
def test_typing_turns_the_arrow(form, typed, degrees, words):
    field(form, 1).fill("100")
    field(form, 1).fill(typed)
    assert handle(form, 1).get_attribute("aria-valuetext") == words
    if degrees is not None:
        assert handle(form, 1).get_attribute("aria-valuenow") == str(degrees)
        assert apart(seen_bearing(form, 1), degrees) < 2


def test_each_camera_has_an_arrow_of_its_own_and_the_one_in_hand_is_highlighted(form):
    field(form, 1).fill("W")
    field(form, 2).fill("W")
    assert "active" in handle(form, 2).get_attribute("class").split()
    drag(form, 2, 90)
    assert field(form, 1).input_value() == "W"
    assert apart(float(field(form, 2).input_value()), 90) <= 10
    form.get_by_label("What kind of camera?").first.focus()
    assert "active" in handle(form, 1).get_attribute("class").split()
    assert "active" not in handle(form, 2).get_attribute("class").split()


def test_a_button_in_the_camera_leads_to_its_arrow_and_back(form):
    form.get_by_role("button", name="Set the direction on the map").nth(1).click()
    assert form.evaluate("document.activeElement.getAttribute('aria-label')") == "Direction of camera 2"
    form.keyboard.press("Home")
    assert field(form, 2).input_value() == "0"
    form.get_by_role("button", name="Go to camera 2").click()
    assert form.evaluate("document.activeElement.matches('#camera-2 [data-turn] button')")


def test_without_a_pin_there_is_no_arrow_and_the_button_says_what_is_missing(form):
    form.get_by_role("button", name="Remove the pin").click()
    assert handle(form, 1).count() == 0
    assert form.locator(".directions").is_hidden()
    form.get_by_role("button", name="Set the direction on the map").first.click()
    assert "First tap the map" in form.locator("[data-status]").inner_text()


def test_the_handles_are_large_enough_for_a_thumb_and_follow_the_zoom(form):
    field(form, 1).fill("135")
    form.locator(".leaflet-control-zoom-in").click()
    form.wait_for_function("!document.querySelector('.leaflet-zoom-anim .leaflet-zoom-animated.leaflet-anim')")
    form.wait_for_timeout(600)
    for number in (1, 2):
        box = handle(form, number).bounding_box()
        assert min(box["width"], box["height"]) >= 44
    (x, y), (east, south) = pin_tip(form), middle(handle(form, 1).bounding_box())
    assert math.hypot(east - x, south - y) == pytest.approx(76, abs=3)
    assert apart(seen_bearing(form, 1), 135) < 3


def test_all_handles_are_seen_even_when_the_pin_was_set_in_a_corner(form):
    form.get_by_role("button", name="Remove the pin").click()
    form.wait_for_timeout(400)  # ms; taps that follow each other faster zoom in
    form.locator(".map").tap(position={"x": 300, "y": 340})
    form.wait_for_function(
        """() => {
          const box = (selector) => document.querySelector(selector).getBoundingClientRect();
          return box('img.leaflet-marker-icon').bottom < box('.map').bottom - 130;
        }"""
    )
    for bearing in range(0, 360, 45):
        field(form, 2).fill(str(bearing))
        x, y = middle(handle(form, 2).bounding_box())
        around = form.locator(".map").bounding_box()
        assert around["x"] < x < around["x"] + around["width"]
        assert around["y"] < y < around["y"] + around["height"]


def test_the_arrows_of_a_stored_registration_are_turned_and_stored(form):
    form.get_by_label("Your name").fill("Demo Person")
    form.get_by_label("Phone", exact=True).fill("+1 202 555 0123")
    field(form, 1).fill("NE")
    form.get_by_label("I have read the promise").check()
    form.get_by_role("button", name="Register", exact=True).last.click()
    form.wait_for_url("**/registration/**")
    form.get_by_role("link", name="Change this registration").click()
    assert handle(form, 1).get_attribute("aria-valuetext") == "45 degrees, NE"
    assert handle(form, 2).get_attribute("aria-valuetext") == "not set"
    pin = form.get_by_label("Longitude").input_value()
    drag(form, 2, 180)
    handle(form, 1).press("PageUp")
    turned = field(form, 2).input_value()
    assert apart(float(turned), 180) <= 10
    assert form.get_by_label("Longitude").input_value() == pin
    form.get_by_role("button", name="Store the changes").last.click()
    form.wait_for_url("**?changed")
    receipt = form.locator("main").inner_text()
    assert "90°" in receipt
    assert f"{turned}°" in receipt


def test_arrows_speak_spanish_and_follow_spanish_words(phone):
    page = phone(locale="es-US", first="Registre sus cámaras")
    page.locator(".map").scroll_into_view_if_needed()
    page.locator(".map").tap(position={"x": 160, "y": 190})
    slider = page.get_by_role("slider", name="Dirección de la cámara 1")
    assert slider.get_attribute("aria-valuetext") == "sin indicar"
    for typed, degrees, words in [
        ("SO", "225", "225 grados, SO"),
        ("oeste", "270", "270 grados, O"),
        ("NW", "315", "315 grados, NO"),
        ("no sé", "0", "sin indicar"),
    ]:
        field(page, 1).fill(typed)
        assert slider.get_attribute("aria-valuetext") == words
        assert slider.get_attribute("aria-valuenow") == degrees


def test_another_preset_without_scripts_replaces_the_first_and_nothing_typed(phone):
    page = phone(scripts=False)
    page.get_by_role("button", name="Doorbell").click()
    assert page.get_by_label("Where is it?").input_value() == "exterior"
    page.get_by_label("Where is it?").select_option("interior_facing_out")
    page.get_by_role("button", name="Add another camera").click()
    page.get_by_role("button", name="Turns or pans").first.click()
    assert page.get_by_label("What kind of camera?").first.input_value() == "panning"
    assert page.get_by_label("Where is it?").first.input_value() == "interior_facing_out"
    assert page.get_by_label("When does it record?").first.input_value() == ""
    assert not page.get_by_label("Entrance").first.is_checked()
    assert page.get_by_label("How wide is its view").first.input_value() == ""
    assert page.get_by_label("Can it see in the dark?").first.input_value() == "yes"


def test_a_preset_without_scripts_keeps_what_was_typed(phone):
    page = phone(scripts=False)
    page.get_by_label("Your name").fill("Demo Person")
    page.get_by_label("Where is it?").select_option("interior_facing_out")
    page.get_by_label("Which way does it look?").fill("SW")
    page.get_by_role("button", name="Doorbell").click()
    assert page.get_by_label("Your name").input_value() == "Demo Person"
    assert page.get_by_label("Where is it?").input_value() == "interior_facing_out"
    assert page.get_by_label("Which way does it look?").input_value() == "SW"
    assert page.get_by_label("What kind of camera?").input_value() == "doorbell"
    assert page.get_by_label("When does it record?").input_value() == "motion"
    assert page.get_by_label("Recordings are kept for").input_value() == ""
    assert page.get_by_text("The usual answers are filled in.").is_visible()
    assert page.get_by_role("button", name="Set the direction on the map").is_hidden()
