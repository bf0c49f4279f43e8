"""A backend with one agency, and a phone's browser that tells when a page fails or asks another server."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.backend_process import EmbeddedBackend, running_backend

CHROMIUM = shutil.which("chromium")
PHONE = {"width": 390, "height": 844}
CENTRE = (24.9414, 60.1719)
ADDRESSES = "street,number,municipality,premises,lon,lat\n" + "".join(
    f"Example Street,{number},{town},residence,{24.94 + number / 10_000:.4f},60.1719\n"
    for number in (11, 12, 13)
    for town in ("Springfield", "Greenville upon the Long River")
)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def backend(tmp_path_factory) -> Iterator[EmbeddedBackend]:
    var: Path = tmp_path_factory.mktemp("backend")
    street = {
        "type": "Feature",
        "properties": {"highway": "residential", "name": "Demo <img src=x> street"},
        "geometry": {"type": "LineString", "coordinates": [[24.935, 60.1719], [24.948, 60.1719]]},
    }
    (var / "basemap").mkdir()
    (var / "basemap" / "HEL.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [street]}))
    with running_backend(var) as running:
        place = (f"--longitude={CENTRE[0]}", f"--latitude={CENTRE[1]}", "--zoom=16")
        running.manage("add_agency", "--code=HEL", "--name=Helsinki test", "--grid-crs=EPSG:3067", *place)
        register = var / "addresses.csv"
        register.write_text(ADDRESSES, encoding="utf-8")
        running.manage("import_addresses", str(register))
        yield running


@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("Debian's chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def phone(chromium, backend):
    """Open the form, or with `first=""` the first page, as a phone does.

    At the end nothing may have been asked of elsewhere or have failed in a script.
    """
    contexts, elsewhere, problems = [], [], []

    def open_page(*, scripts: bool = True, locale: str = "en-US", first: str = "Register your cameras"):
        context = chromium.new_context(
            viewport=PHONE,
            has_touch=True,
            is_mobile=True,
            java_script_enabled=scripts,
            locale=locale,
            # Without smooth scrolling: places on the screen are measured one after the other.
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: request.url.startswith(backend.url) or elsewhere.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: "Content Security Policy" in line.text and problems.append(line.text))
        page.goto(f"{backend.url}/")
        if first:
            page.get_by_role("link", name=first).click()
        return page

    yield open_page
    for context in contexts:
        assert {cookie["name"] for cookie in context.cookies()} <= {"csrftoken", "language"}
        context.close()
    assert [url for url in elsewhere if not url.startswith("data:")] == []
    assert problems == []
