"""In a real browser: the pages of the yearly round pass axe-core, keys are enough, and a PDF comes out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.registration_backend.staff.test_staff_in_a_browser import demo, desk, faults, pytestmark

__all__ = ["demo", "desk", "pytestmark"]
# People without e-mail whose year is over, some that were asked, and some that left the map.
SEED = """
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from registrations import contacts, services
from registrations.models import Agency, Registration
from registrations.services import CameraDetails, Consent, SiteDetails
agency = Agency.objects.get(code="HEL")
known = contacts.read(Registration.objects.filter(state="published").first())
now = datetime.now(timezone.utc)
for number in range(9):
    made = services.register(
        agency, "import", SiteDetails("residence", (24.9443, 60.1716), "owner_placed"),
        replace(known, email="", name=f"Demo person {number}", address=known.address if number else ""),
        [CameraDetails()], Consent("2026-1", now - timedelta(days=500 + number)), published=True,
    ).registration
    if number > 6:
        services.suspend(made, "overdue")
"""
RUN = """
from dataclasses import asdict
from registrations import lifecycle, lifecycle_runs
from registrations.models import Agency
agency = Agency.objects.get(code="HEL")
lifecycle_runs.note(agency, asdict(lifecycle.run(agency, "http://testserver")))
"""


@pytest.fixture(scope="module")
def seeded(demo):
    demo.manage("shell", "-c", SEED)
    return demo


def look(page, name: str) -> None:
    """Keep a picture for a person to look at, where one asks for it with ROUND_PICTURES."""
    if folder := os.environ.get("ROUND_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def tab_to(page, selector: str) -> None:
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")


def test_a_verifier_takes_no_mouse_through_the_round_and_axe_finds_nothing(seeded, desk):
    page = desk()
    tab_to(page, ".staff-nav a[href$='/round/']")
    page.keyboard.press("Enter")
    page.locator(".round").first.wait_for()
    look(page, "round-late")
    found = faults(page, "overview, late")
    seeded.manage("shell", "-c", RUN)
    page.reload()
    page.get_by_text("The round last ran on").wait_for()
    look(page, "round")
    found += faults(page, "overview")
    tab_to(page, "a[href$='/ask/']")
    page.keyboard.press("Enter")
    page.locator("#id_count").wait_for()
    look(page, "ask")
    found += faults(page, "to write or call")

    tab_to(page, "#id_count")
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    tab_to(page, "[name=next_letters]")
    with page.context.expect_page() as opened, page.context.expect_event("response") as answered:
        page.keyboard.press("Enter")
    assert answered.value.headers["content-type"] == "application/pdf"
    opened.value.close()
    tab_to(page, ".help a")
    page.keyboard.press("Enter")
    page.locator("#made-title").wait_for()
    look(page, "printed")
    found += faults(page, "printed today")
    tab_to(page, "[name=note_letter]")
    page.keyboard.press("Enter")
    page.locator("li.success", has_text="Noted as asked by letter: 2.").wait_for()
    found += faults(page, "noted")

    page.goto(page.url.replace("/ask/", "/asked/"))
    look(page, "asked")
    found += faults(page, "asked")
    tab_to(page, "[name=undo]")
    page.keyboard.press("Enter")
    page.locator("li.success", has_text="Undone").wait_for()

    page.goto(page.url.replace("/asked/", "/unanswered/"))
    look(page, "unanswered")
    found += faults(page, "unanswered")
    tab_to(page, "[name=ticked]")
    page.keyboard.press("Space")
    tab_to(page, "[name=ask]")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Withdraw 1 registration?").wait_for()
    look(page, "withdraw")
    found += faults(page, "withdraw")
    tab_to(page, "[name=confirmed]")
    page.keyboard.press("Enter")
    page.locator("li.success", has_text="Withdrawn: 1.").wait_for()
    assert found == []


def test_the_round_works_without_a_script_and_leads_to_confirming(seeded, desk):
    page = desk(scripts=False)
    page.goto(page.url.replace("/queue/", "/round/HEL/ask/"))
    page.locator("[name=ticked]").last.check()
    page.locator("[name=note_call]").first.click()
    page.locator("li.success", has_text="Noted as asked by call: 1.").wait_for()
    page.goto(page.url.replace("/ask/", "/asked/"))
    page.get_by_role("link", name="for the registrant").first.click()
    page.locator("#confirm_identity_check").select_option("called_back")
    page.get_by_role("button", name="Confirm for the registrant").click()
    page.locator("li.success", has_text="Confirmed.").wait_for()
