"""The public counts meet WCAG 2.2 AA as far as axe-core can tell, and their map says what their table says."""

from __future__ import annotations

import shutil

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

from .test_accessible import Checker

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed"),
]


@pytest.mark.parametrize(("language", "locale"), [("en", "en-US"), ("es", "es-US")])
def test_axe_finds_nothing_on_the_public_counts(phone, backend, tmp_path, language, locale):
    places = [(24.93 + number % 20 * 0.001, 60.165 + number // 20 * 0.001) for number in range(400)]
    lines = [f"Street {n % 9},{n},Helsinki,business,{lon},{lat}\n" for n, (lon, lat) in enumerate(places)]
    (tmp_path / "addresses.csv").write_text("street,number,municipality,premises,lon,lat\n" + "".join(lines))
    backend.manage("seed_demo", "--addresses", str(tmp_path / "addresses.csv"))
    backend.manage("count_for_public")
    page = phone(locale=locale, first="")
    checker = Checker(page, language)
    page.goto(f"{backend.url}/counts/")
    page.locator(".leaflet-container").wait_for()
    checker.check("counts")
    squares = page.locator("[data-square]").count()
    assert squares > 1
    assert page.locator(".count-label").count() == squares, "the map says what the table says"
    assert checker.found == []
    without_scripts = phone(scripts=False, locale=locale, first="")
    without_scripts.goto(f"{backend.url}/counts/HEL/")
    assert without_scripts.locator("[data-square]").count() == squares
    assert not without_scripts.locator(".map").is_visible()
