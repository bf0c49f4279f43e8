"""A phone registers cameras: with a tap on the map, and without any script; nothing is asked of another server."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.registration_backend.registrations.browser import newest_link

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed"),
]
CENTRE = (24.9414, 60.1719)


def send(page) -> None:
    page.get_by_role("button", name="Register", exact=True).last.click()


def no_sideways_scrolling(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_three_cameras_are_registered_with_a_tap_confirmed_changed_and_deleted(phone, backend):
    page = phone()
    assert no_sideways_scrolling(page)
    page.get_by_label("Your name").fill("Demo <b>Person</b>")
    page.get_by_label("E-mail").fill("three.cameras@example.org")
    page.locator(".map").scroll_into_view_if_needed()
    page.locator(".map").tap(position={"x": 160, "y": 190})
    page.get_by_label("What kind of camera?").select_option("dome")
    page.get_by_label("Which way does it look?").fill("SW")
    page.get_by_label("Recordings are kept for").fill("14")
    page.get_by_role("button", name="Add one like the last").click()
    page.get_by_role("button", name="Add another camera").click()
    # The new camera is where one goes on; the script that moves the focus runs after the page is there.
    page.wait_for_function("document.activeElement.id === 'camera-3'")
    assert abs(float(page.get_by_label("Latitude").input_value()) - CENTRE[1]) < 0.002
    assert abs(float(page.get_by_label("Longitude").input_value()) - CENTRE[0]) < 0.002
    assert page.locator("img.leaflet-marker-icon").count() == 1, "the pin is still on the map"
    assert "OpenStreetMap contributors" in page.locator(".map").inner_text()
    # Names that fade out while the map settles stand beside those that fade in.
    page.locator(".street-name").first.wait_for()
    assert set(page.locator(".street-name").all_inner_texts()) == {"Demo <img src=x> street"}
    page.get_by_label("I have read the promise").check()
    send(page)
    page.wait_for_url("**/registration/**")
    receipt = page.locator("main").inner_text()
    assert "Demo <b>Person</b>" in receipt
    assert receipt.count("225°") == 2
    assert receipt.count("14 days") == 2
    assert "Camera 3" in receipt
    assert "One more step: confirm it" in receipt
    assert no_sideways_scrolling(page)
    page.goto(newest_link(backend))
    assert no_sideways_scrolling(page)
    page.get_by_role("button", name="Yes, confirm it").click()
    assert "Your registration is confirmed" in page.locator("main").inner_text()
    assert "Waiting to be checked" in page.locator("main").inner_text()
    link = page.url
    page.get_by_role("link", name="Change this registration").click()
    page.get_by_label("Phone", exact=True).fill("+1 202 555 0199")
    page.get_by_role("button", name="Remove camera 2").click()
    assert page.locator("img.leaflet-marker-icon").count() == 1, "the stored pin is on the map"
    assert no_sideways_scrolling(page)
    page.get_by_role("button", name="Store the changes").last.click()
    changed = page.locator("main").inner_text()
    assert "Your changes are stored" in changed
    assert "0199" in changed
    assert "Camera 3" not in changed
    with page.expect_download() as download:
        page.get_by_role("link", name="Download everything").click()
    assert len(json.loads(download.value.path().read_text(encoding="utf-8"))["cameras"]) == 2
    page.get_by_role("button", name="Delete this registration").click()
    page.get_by_role("button", name="Yes, delete it").click()
    assert "Your registration is deleted" in page.locator("h1").inner_text()
    assert page.goto(link).status == 404


def test_without_scripts_an_address_is_enough_and_cameras_can_be_added_and_removed(phone):
    page = phone(scripts=False)
    assert not page.locator(".map").is_visible()
    page.get_by_label("Your name").fill("Demo Person")
    page.get_by_label("E-mail").fill("demo.person@example.org")
    page.get_by_label("Address of the cameras").fill("Example street 1")
    for _ in range(2):
        page.get_by_role("button", name="Add another camera").click()
    page.get_by_label("Which way does it look?").nth(2).fill("90")
    page.get_by_role("button", name="Remove camera 2").click()
    page.get_by_label("I have read the promise").check()
    send(page)
    receipt = page.locator("main").inner_text()
    assert "Staff will place it on the map from the address" in receipt
    assert "90°" in receipt
    assert "Camera 2" in receipt
    assert "Camera 3" not in receipt


def test_a_mistake_moves_the_focus_to_the_summary_and_a_link_leads_to_the_field(phone):
    page = phone()
    page.get_by_label("Your name").fill("Demo Person")
    send(page)
    page.wait_for_selector("#summary")
    assert page.evaluate("document.activeElement.id") == "summary"
    page.locator("#summary a[href='#id_address']").click()
    assert page.evaluate("document.activeElement.id") == "id_address"
    described = page.locator("#id_address").get_attribute("aria-describedby").split()
    assert "type the address" in page.locator(f"#{described[-1]}").inner_text()
    assert page.get_by_label("Your name").input_value() == "Demo Person"


def test_enter_in_a_field_sends_the_form_and_removes_no_camera(phone):
    page = phone()
    page.get_by_role("button", name="Add another camera").click()
    page.get_by_label("Your name").fill("Demo Person")
    page.get_by_label("Your name").press("Enter")
    page.wait_for_selector("#summary")
    assert page.locator("section.camera").count() == 2


def test_what_is_touched_is_large_enough_for_a_thumb(phone):
    page = phone()
    page.get_by_role("button", name="Add another camera").click()
    small = page.evaluate(
        """[...document.querySelectorAll('button, select, input:not([type=hidden]), summary, .leaflet-bar a')]
           .filter(e => e.checkVisibility() && !e.classList.contains('hidden'))
           .map(e => [e.outerHTML.slice(0, 80), (e.closest('label') || e).getBoundingClientRect().height])
           .filter(([html, height]) => height < 44)"""
    )
    assert small == []
