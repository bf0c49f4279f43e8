"""Areas, the minimal form and the page for strangers on a phone: outline, way to the right agency, axe-core, keys."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from .areas import feature, ring, write_geojson

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from .test_accessible import Checker

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed"),
]
WEST = ring((24.90, 60.15), (24.945, 60.15), (24.945, 60.19), (24.90, 60.19))
EAST = ring((24.945, 60.15), (24.99, 60.15), (24.99, 60.19), (24.945, 60.19))
# Where to keep pictures of the pages for looking at; nowhere by default.
PICTURES = os.environ.get("CAMERA_REGISTRY_TEST_PICTURES", "")


@pytest.fixture(scope="module")
def two_agencies(backend, tmp_path_factory):
    """HEL in the west asks for everything, VAN in the east for the least."""
    folder = tmp_path_factory.mktemp("areas")
    place = ("--longitude=24.96", "--latitude=60.17", "--zoom=15", "--grid-crs=EPSG:3067")
    backend.manage("add_agency", "--code=VAN", "--name=East test", "--form-profile=minimal", *place)
    for code, shape in (("HEL", WEST), ("VAN", EAST)):
        path = write_geojson(folder / f"{code}.geojson", feature(shape, name=code))
        backend.manage("import_jurisdictions", str(path), "--agency", code)
    return backend


def picture(page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("language", "locale"), [("en", "en-US"), ("es", "es-US")])
def test_axe_finds_nothing_on_the_way_to_the_right_agency_and_on_its_minimal_form(
    phone, two_agencies, language, locale
):
    page = phone(locale=locale, first="")
    checker = Checker(page, language)
    page.goto(f"{two_agencies.url}/register/?agency=HEL")
    page.locator("path.leaflet-interactive, .leaflet-overlay-pane path").first.wait_for(state="attached")
    page.locator("#id_name").fill("Demo Person")
    page.locator("#id_phone").fill("+1 202 555 0123")
    page.locator("#id_consent").check()
    page.locator("#id_latitude").fill("60.17")
    page.locator("#id_longitude").fill("24.946")
    page.locator("#id_longitude").press("Tab")
    page.locator("img.leaflet-marker-icon").wait_for()
    picture(page, f"outline-{language}")
    page.locator("form#registration button[name=register]").click()
    page.wait_for_selector("#summary")
    picture(page, f"outside-{language}")
    checker.check("a pin outside")
    page.locator("#id_latitude_error button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/register/?agency=VAN")
    assert page.locator("#id_name").input_value() == "Demo Person"
    assert page.locator("#id_latitude").input_value() == "60.17"
    assert page.locator("section.camera").count() == 0
    picture(page, f"minimal-{language}")
    checker.check("the minimal form")
    page.locator("form#registration button[name=register]").click()
    page.wait_for_url("**/registration/**")
    picture(page, f"receipt-{language}")
    checker.check("its receipt")
    page.locator("a.button[href$='/change/']").click()
    page.locator(".leaflet-container").wait_for()
    picture(page, f"change-{language}")
    checker.check("its change")
    assert len(checker.names) == 4
    assert checker.found == []


@pytest.mark.parametrize(("language", "locale"), [("en", "en-US"), ("es", "es-US")])
def test_axe_finds_nothing_on_the_page_for_who_is_not_the_owner_and_keys_are_enough(
    phone, two_agencies, language, locale
):
    page = phone(locale=locale, first="")
    checker = Checker(page, language)
    page.locator("main a[href='/not-mine/']").click()
    picture(page, f"not-mine-{language}")
    checker.check("not mine")
    page.locator("#id_address").press("Enter")
    page.wait_for_selector("#summary")
    picture(page, f"not-mine-errors-{language}")
    checker.check("not mine, with errors")
    page.locator("#summary a[href='#id_problem_0']").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert page.locator("#id_problem_0").is_checked()
    page.locator("#id_agency").select_option(label="East test")
    page.locator("#id_address").focus()
    page.keyboard.type("Example street 1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/not-mine/sent/")
    picture(page, f"not-mine-sent-{language}")
    checker.check("not mine, sent")
    assert len(checker.names) == 3
    assert checker.found == []


def test_without_scripts_the_button_to_the_right_agency_keeps_what_was_typed(phone, two_agencies):
    page = phone(scripts=False, first="")
    page.goto(f"{two_agencies.url}/register/?agency=HEL")
    for field, value in (("name", "Demo Person"), ("phone", "+1 202 555 0123"), ("latitude", "60.17")):
        page.locator(f"#id_{field}").fill(value)
    page.locator("#id_longitude").fill("24.946")
    page.locator("form#registration button[name=register]").click()
    page.locator("#summary button").click()
    page.wait_for_url("**/register/?agency=VAN")
    assert page.locator("#id_name").input_value() == "Demo Person"
