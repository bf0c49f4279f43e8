"""In a real browser: axe-core finds nothing on our staff pages, keys are enough, the contact masks itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from scripts.backend_process import EmbeddedBackend, running_backend

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed"),
]
DESK = {"width": 1280, "height": 900}
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
# Without "preload", with which axe-core itself breaks the content security policy over Django's style sheets.
OPTIONS = {"runOnly": {"type": "tag", "values": RULES}, "preload": False}
# A twin for one of the demo's registrations, and some that wait, as a registrant's page would store them.
SEED = """
from datetime import datetime, timezone
from registrations import contacts, services
from registrations.models import Agency, Registration
from registrations.services import CameraDetails, Consent, SiteDetails
agency = Agency.objects.get(code="HEL")
known = Registration.objects.filter(state="published").first()
consent = Consent("2026-1", datetime(2026, 1, 2, tzinfo=timezone.utc))
for number in range(8):
    place = (known.site.x + number * 0.0008, known.site.y) if number != 3 else None
    services.register(
        agency, "web", SiteDetails("business", place, "owner_placed" if place else None), contacts.read(known),
        [CameraDetails()], consent, confirmed_on=None if number == 5 else consent.given_at.date(),
    )
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Iterator[EmbeddedBackend]:
    with running_backend(tmp_path_factory.mktemp("backend")) as running:
        running.manage("seed_demo")
        running.manage("shell", "-c", SEED)
        yield running


@pytest.fixture
def desk(demo):
    """Open pages as a verifier does, at a desk; at the end no script may have failed or met the policy."""
    playwright = pytest.importorskip("playwright.sync_api")
    accounts = (demo.var / "demo" / "accounts.txt").read_text().splitlines()
    name, password, _ = next(line for line in accounts if line.endswith(" verifier")).split()
    problems = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)

        def open_page(*, scripts: bool = True):
            page = browser.new_context(viewport=DESK, java_script_enabled=scripts).new_page()
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("console", lambda line: "Content Security Policy" in line.text and problems.append(line.text))
            page.goto(f"{demo.url}/staff/queue/")
            page.locator("#id_username").fill(name)
            page.locator("#id_password").fill(password)
            page.locator("input[type=submit]").click()
            page.wait_for_url("**/staff/queue/")
            return page

        yield open_page
        browser.close()
    assert problems == []


def faults(page, name: str) -> list[str]:
    answer = axe.Axe().run(page, options=OPTIONS).response
    assert len(answer["passes"]) > 10, f"axe-core checked next to nothing on {name}"
    return [f"{name}: {one['id']}: {node['html'][:200]}" for one in answer["violations"] for node in one["nodes"]]


def open_first(page) -> None:
    page.locator(".queue-list .head a").first.click()
    page.locator("#registration_form").wait_for()


def test_axe_finds_nothing_on_the_pages_of_a_verifier(desk):
    page = desk()
    page.locator(".queue-marker").first.wait_for()
    found = faults(page, "queue")
    page.locator("input[name=publish_ticked]").click()
    page.locator(".messagelist").wait_for()
    found += faults(page, "queue with a message")
    page.goto(page.url.partition("?")[0] + "?show=consent")
    found += faults(page, "empty queue")
    page.goto(page.url.partition("?")[0])
    open_first(page)
    page.locator(".leaflet-container").wait_for()
    found += faults(page, "registration")
    page.locator("#open_reason").select_option("place")
    page.get_by_role("button", name="Open the contact").click()
    page.locator("dl.contact").wait_for()
    found += faults(page, "contact")
    page.get_by_role("button", name="Change contact for the registrant").click()
    page.locator("#id_name").wait_for()
    found += faults(page, "change contact")
    page.locator("input[name=save]").click()
    page.locator(".errornote").wait_for()
    found += faults(page, "change contact, with errors")
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("link", name="Withdraw for the registrant").click()
    found += faults(page, "withdraw")
    page.get_by_role("link", name="No, keep it").click()
    page.locator("#paper_form_date").evaluate("field => field.removeAttribute('required')")
    page.get_by_role("button", name="Record a signed form").click()
    page.locator(".errorlist").wait_for()
    found += faults(page, "signed form, with an error")
    assert found == []


def test_a_verifier_takes_no_mouse(desk):
    page = desk()
    page.locator(".queue-marker").first.wait_for()

    def tab_to(selector: str) -> None:
        for _ in range(150):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"Tab does not reach {selector}")

    tab_to(".queue-marker")
    page.keyboard.press("Tab")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("Enter")
    number = page.evaluate("document.activeElement.closest('[data-row]').dataset.row")
    assert label == f"Number {number} in the list"
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/")
    tab_to("#open_reason")
    page.keyboard.type("To set")
    tab_to("input[value='Open the contact']")
    page.keyboard.press("Enter")
    page.locator("dl.contact").wait_for()
    tab_to("input[name=_publish]")
    page.keyboard.press("Enter")
    page.locator("li.success", has_text="Published: 1.").wait_for()
    page.goto(page.url.partition("/registrations/")[0] + "/queue/")
    tab_to("[name=ticked]")
    page.keyboard.press("Space")
    tab_to("[name=protect]")
    page.keyboard.press("Enter")
    page.locator(".tag", has_text="Protected").wait_for()


def test_the_contact_masks_itself_after_two_minutes(desk):
    page = desk()
    page.clock.install()
    open_first(page)
    page.locator("#open_reason").select_option("check")
    page.get_by_role("button", name="Open the contact").click()
    shown = page.locator("dl.contact dd").first.inner_text()
    assert shown.startswith("Demo registrant")
    page.locator("#id_latitude").fill("60.2")
    page.clock.run_for(118_000)
    assert page.get_by_text(shown).count() == 1
    page.clock.run_for(4_000)
    assert page.get_by_text(shown).count() == 0
    assert "hidden again" in page.locator("[data-mask-note]").inner_text()
    assert page.locator("#id_latitude").input_value() == "60.2"


def test_everything_works_without_a_script(desk):
    page = desk(scripts=False)
    assert page.locator("[data-queue-map]").is_hidden()
    ready = page.locator("[name=ticked]").count()
    page.locator("[name=ticked]").last.check()
    page.locator("input[name=publish_ticked]").click()
    page.locator("li.success", has_text="Published: 1.").wait_for()
    assert page.locator("[name=ticked]").count() == ready - 1
    open_first(page)
    page.locator("#open_reason").select_option("check")
    page.get_by_role("button", name="Open the contact").click()
    assert "Demo registrant" in page.locator("dl.contact").inner_text()
