"""Every page of the registrant meets WCAG 2.2 AA as far as axe-core can tell, in both languages; keys are enough."""

from __future__ import annotations

import shutil

import pytest

from tests.registration_backend.registrations.browser import newest_link

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed"),
]
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {"runOnly": {"type": "tag", "values": RULES}}


class Checker:
    """Runs axe-core on one page after the other and keeps what it finds."""

    def __init__(self, page, language: str) -> None:
        self.page, self.language, self.found, self.names = page, language, [], []

    def check(self, name: str) -> None:
        """Check the page that is shown; it must be in the language and must not scroll sideways."""
        self.names.append(name)
        assert self.page.locator("html").get_attribute("lang") == self.language, name
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
        answer = axe.Axe().run(self.page, options=OPTIONS).response
        assert len(answer["passes"]) > 10, f"axe-core checked next to nothing on {name}"
        for violation in answer["violations"]:
            self.found += [f"{name}: {violation['id']}: {node['html'][:160]}" for node in violation["nodes"]]


@pytest.mark.parametrize(("language", "locale"), [("en", "en-US"), ("es", "es-US")])
def test_axe_finds_nothing_on_any_page(phone, backend, language, locale):
    page = phone(locale=locale, first="")
    checker = Checker(page, language)
    checker.check("home")
    page.goto(f"{backend.url}/register/?agency=NONE")
    checker.check("choose agency")
    page.locator("a.button").first.click()
    page.locator(".leaflet-container").wait_for()
    checker.check("form, empty")
    page.locator("form#registration button[name=register]").click()
    page.wait_for_selector("#summary")
    checker.check("form, with errors")
    for _ in range(2):
        page.locator("button[name=add_camera]").click()
        page.wait_for_load_state()
    for details in page.locator("section.camera details").all():
        details.locator("summary").click()
    assert page.locator("section.camera details[open]").count() == 3
    page.locator(".map").scroll_into_view_if_needed()
    page.locator(".map").tap(position={"x": 160, "y": 190})
    page.locator("#id_camera-0-direction").fill("45")
    page.locator("button[value='1-doorbell']").click()
    page.wait_for_load_state()
    assert page.get_by_role("slider").count() == 3
    checker.check("form, three cameras, all open, with arrows and usual answers")
    page.locator("#id_name").fill("Demo Person")
    page.locator("#id_phone").fill("+1 202 555 0123")
    page.locator("#id_address").fill("no such place")
    page.locator("button[name=find_address]").click()
    page.locator("#found.notice").wait_for()
    checker.check("form, address not found")
    page.locator("#id_address").fill("example street")
    page.locator("button[name=find_address]").click()
    page.locator("button[name=use_place]").first.wait_for()
    checker.check("form, addresses to choose from")
    page.locator("button[name=use_place]").first.click()
    page.locator("#found.good").wait_for()
    page.locator("img.leaflet-marker-icon").wait_for()
    checker.check("form, pin from an address")
    page.locator("#id_consent").check()
    page.locator("form#registration button[name=register]").click()
    page.wait_for_url("**/registration/**")
    checker.check("receipt")
    page.locator("form[action$='/withdraw/']").wait_for()
    page.locator("a[href$='/another/']").click()
    page.locator(".leaflet-container").wait_for()
    checker.check("one more site")
    page.go_back()
    page.locator("a.button[href$='/change/']").click()
    page.locator(".leaflet-container").wait_for()
    checker.check("change")
    page.locator("#id_name").fill("")
    page.locator("form#registration button[name=register]").click()
    page.wait_for_selector("#summary")
    checker.check("change, with errors")
    page.locator("#id_name").fill("Demo Person")
    page.locator("form#registration button[name=register]").click()
    page.wait_for_url("**?changed")
    checker.check("receipt after a change")
    page.locator("button.danger").click()
    checker.check("confirmation of the deletion")
    page.locator("button.danger").click()
    page.wait_for_url("**/registration/deleted/")
    checker.check("deleted")
    assert page.goto(f"{backend.url}/nowhere").status == 404
    checker.check("404")
    check_links(checker, backend)
    assert len(checker.names) == 23
    assert checker.found == []


def check_links(checker: Checker, backend) -> None:
    """Check the pages around an e-mailed link: asking for it, opening it, its button, and a stale one."""
    page = checker.page
    page.goto(f"{backend.url}/link/")
    checker.check("ask for a link")
    page.locator("#id_email").fill("nobody")
    page.locator("main button").click()
    checker.check("ask for a link, with an error")
    page.locator("#id_email").fill("nobody@example.org")
    page.locator("main button").click()
    page.wait_for_url("**/link/sent/")
    checker.check("asked for a link")
    page.goto(f"{backend.url}/register/?agency=HEL")
    page.locator("#id_name").fill("Demo Person")
    page.locator("#id_email").fill(f"demo.{checker.language}@example.org")
    page.locator("#id_address").fill("Example street 1")
    page.locator("#id_consent").check()
    page.locator("form#registration button[name=register]").click()
    page.wait_for_url("**/registration/**")
    checker.check("receipt with an e-mail to be confirmed")
    link = newest_link(backend)
    page.goto(link)
    checker.check("link to confirm")
    page.locator("main button").click()
    page.wait_for_url("**?confirm")
    checker.check("confirmed")
    page.goto(link)
    checker.check("stale link")


def test_a_registration_takes_no_mouse(phone):
    page = phone(first="")

    def tab_to(selector: str) -> None:
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"Tab does not reach {selector}")

    def tab_and_type(selector: str, text: str) -> None:
        tab_to(selector)
        page.keyboard.type(text)

    tab_to("a.button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/register/")
    tab_and_type("#id_name", "Demo Person")
    tab_and_type("#id_email", "demo.person@example.org")
    tab_and_type("#id_address", "Example street 1")
    tab_to("#id_camera-0-camera_type")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    tab_to("[name=camera-0-area_viewed]")
    page.keyboard.press("Space")
    tab_and_type("#id_camera-0-direction", "SW")
    tab_to("section.camera summary")
    page.keyboard.press("Enter")
    tab_to("#id_camera-0-night_vision")
    page.keyboard.press("Home")
    tab_to("#id_consent")
    page.keyboard.press("Space")
    tab_to("button[name=register]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/registration/**")
    receipt = page.locator("main").inner_text()
    for expected in ("Dome", "Street", "225°", "Sees in the dark", "Example street 1"):
        assert expected in receipt


AGENCY = {"public_email": "cameras@example.org", "public_phone": "+1 202 555 0100", "public_address": "1 Main Street"}
MAKE_REACHABLE = f"from registrations.models import Agency; Agency.objects.update(**{AGENCY!r})"


@pytest.mark.parametrize(("language", "locale"), [("en", "en-US"), ("es", "es-US")])
def test_axe_finds_nothing_on_the_pages_about_the_agency(phone, backend, language, locale):
    backend.manage("shell", "-c", MAKE_REACHABLE)
    page = phone(locale=locale, first="")
    checker = Checker(page, language)
    for kind in ("promise", "faq", "guidance", "contact"):
        page.locator(f"footer a[href$='/{kind}/']").click()
        page.wait_for_url(f"**/about/HEL/{kind}/")
        checker.check(kind)
        heights = page.locator("footer a").evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
        assert min(heights) >= 44
    page.locator("form#message button[type=submit]").click()
    page.wait_for_selector(".summary")
    checker.check("contact, with errors")
    page.locator("#id_message").fill("Hello from a test")
    page.locator("form#message button[type=submit]").click()
    page.wait_for_url("**?sent")
    checker.check("contact, sent")
    assert len(checker.names) == 6
    assert checker.found == []
