"""A phone finds its address with a button, with scripts and without; the map shows the pin of the place it chose."""

from __future__ import annotations

import contextlib
import os
import shutil

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

from scripts.backend_process import running_backend

from .conftest import CENTRE, PHONE
from .geocoder_server import geocoder_server, nominatim_reply
from .test_accessible import Checker
from .test_in_a_browser import no_sideways_scrolling, send

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed"),
]
PICTURES = os.environ.get("CAMERA_REGISTRY_PICTURES", "")


@pytest.fixture(scope="module")
def geocoding_backend(tmp_path_factory):
    """A backend whose environment turns on a Nominatim of the agency's own, and nobody else's environment."""
    with contextlib.ExitStack() as stack:
        geocoder = stack.enter_context(geocoder_server())
        geocoder.answers(nominatim_reply(("9, Oak Lane, Springfield", "24.9399", "60.1702")))
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("CAMERA_REGISTRY_GEOCODER", "nominatim")
            environment.setenv("CAMERA_REGISTRY_GEOCODER_URL", geocoder.url)
            environment.setenv("NO_PROXY", "127.0.0.1")
            backend = stack.enter_context(running_backend(tmp_path_factory.mktemp("geocoding")))
            place = (f"--longitude={CENTRE[0]}", f"--latitude={CENTRE[1]}", "--zoom=16")
            backend.manage("add_agency", "--code=HEL", "--name=Helsinki test", "--grid-crs=EPSG:3067", *place)
        yield backend, geocoder


def picture(page, name: str) -> None:
    """Keep a picture of the page where somebody wants to look at it."""
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=name.endswith("whole"))


def fill_in(page) -> None:
    page.get_by_label("Your name").fill("Demo Person")
    page.get_by_label("Phone", exact=True).fill("+1 202 555 0123")
    page.get_by_label("I have read the promise").check()


@pytest.mark.parametrize("scripts", [False, True])
def test_an_address_is_found_and_chosen(phone, scripts):
    page = phone(scripts=scripts)
    fill_in(page)
    page.get_by_label("Address of the cameras").fill("12 example st")
    page.get_by_role("button", name="Find this address on the map").click()
    offered = page.locator("button[name=use_place]")
    assert offered.all_inner_texts() == [
        "Example Street 12, Greenville upon the Long River",
        "Example Street 12, Springfield",
    ]
    # One goes on where the places are: the address of the page leads there.
    assert page.url.endswith("#found")
    page.wait_for_timeout(400)
    assert page.get_by_label("Address of the cameras").bounding_box()["y"] > 0, "what was typed is still seen"
    assert offered.last.bounding_box()["y"] < 844
    assert min(button.bounding_box()["height"] for button in offered.all()) >= 44
    assert no_sideways_scrolling(page)
    picture(page, f"choose-{scripts}")
    picture(page, f"choose-{scripts}-whole")
    offered.last.click()
    assert "The pin is set: Example Street 12, Springfield." in page.locator("#found").inner_text()
    assert page.get_by_label("Latitude").input_value() == "60.1719000"
    assert page.get_by_label("Longitude").input_value() == "24.9412000"
    assert page.get_by_label("Your name").input_value() == "Demo Person"
    if scripts:
        page.locator("img.leaflet-marker-icon").wait_for()
    page.wait_for_timeout(400)
    picture(page, f"chosen-{scripts}")
    assert no_sideways_scrolling(page)
    send(page)
    assert "60.171900, 24.941200" in page.locator("main").inner_text()


def test_an_address_that_is_not_found_is_left_to_staff_and_an_exact_one_is_not(phone):
    page = phone(scripts=False)
    fill_in(page)
    page.get_by_label("Address of the cameras").fill("99 Nowhere Road")
    page.get_by_role("button", name="Find this address on the map").click()
    assert "This address was not found." in page.locator("#found").inner_text()
    picture(page, "not-found")
    send(page)
    assert "Staff will place it on the map from the address" in page.locator("main").inner_text()
    page = phone(scripts=False)
    fill_in(page)
    page.get_by_label("Address of the cameras").fill("11 Example Street, Springfield")
    send(page)
    assert "60.171900, 24.941100" in page.locator("main").inner_text()


def test_the_keyboard_alone_finds_and_chooses(phone):
    page = phone()
    page.get_by_label("Address of the cameras").fill("13 Example Street Springfield")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "find_address"
    page.keyboard.press("Enter")
    page.locator("button[name=use_place]").first.wait_for()
    page.wait_for_function("document.activeElement.id === 'found'")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#found.good").wait_for()
    assert page.get_by_label("Longitude").input_value() == "24.9413000"


@pytest.mark.parametrize(("language", "locale"), [("en", "en-US"), ("es", "es-US")])
def test_a_geocoder_that_the_environment_turned_on_is_named_before_it_is_asked(
    chromium, geocoding_backend, language, locale
):
    backend, geocoder = geocoding_backend
    context = chromium.new_context(viewport=PHONE, has_touch=True, is_mobile=True, locale=locale)
    page = context.new_page()
    elsewhere: list[str] = []
    page.on("request", lambda request: request.url.startswith((backend.url, "data:")) or elsewhere.append(request.url))
    page.goto(f"{backend.url}/register/")
    before = len(geocoder.asked)
    host = geocoder.url.removeprefix("http://")
    assert host in page.locator("#receiver-1").inner_text()
    page.locator("#id_address").fill("9 Oak Lane")
    page.locator("button[name=find_address]").click()
    page.locator("button[name=use_place]").wait_for()
    checker = Checker(page, language)
    checker.check("places of a geocoder")
    page.locator("#id_address").scroll_into_view_if_needed()
    picture(page, f"geocoder-{language}")
    assert page.locator("#found a").get_attribute("href") == "https://www.openstreetmap.org/copyright"
    page.locator("button[name=use_place]").click()
    page.locator("#found.good").wait_for()
    assert page.locator("#id_latitude").input_value() == "60.1702000"
    assert len(geocoder.asked) == before + 1
    assert geocoder.asked[-1][1]["accept-language"] == language
    context.close()
    assert elsewhere == [], "only the server asks, never the browser"
    assert checker.found == []
    assert "Oak" not in (backend.var / "server.log").read_text()
