"""A list is imported in a real browser, by keys alone and without scripts too; axe-core finds nothing on its pages."""

from __future__ import annotations

import secrets

import pytest

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
pytestmark = pytest.mark.browser
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
HEADER = "Form no,Owner,Telephone,Street address,Lat,Lon,Kind of place,Signed on,Days kept,Faces"
MEMBER = """
from django.contrib.auth.models import User
from registrations.models import Agency
from staff.models import Membership
Membership.objects.create(user=User.objects.get(username="{}"), agency=Agency.objects.get())
"""
ROWS = [
    *(f"{n},Demo shop,+1 202 555 010{n},{n} Example st,60.17{n},24.94,Shop,2025-03-01,14,NW" for n in range(1, 9)),
    "9,Demo home,,9 Example street,,,House,,30,",
    "10,Demo home,,10 Example street,-120.5,39,House,2025-03-01,30,",
    "11,Demo home,,11 Example street,60.17,24.95,House,soon,30,",
]  # fmt: skip


@pytest.fixture
def desk(chromium, backend, monkeypatch):
    """Sign in on the page of the import; at the end no script may have failed and nothing been asked of elsewhere."""
    contexts, problems = [], []
    name, password = f"desk{secrets.token_hex(4)}", secrets.token_urlsafe(16)
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
    backend.manage("createsuperuser", "--noinput", f"--username={name}", "--email=desk@example.org")
    backend.manage("shell", "-c", MEMBER.format(name))

    def open_page(*, scripts: bool = True):
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=scripts)
        contexts.append(context)
        context.set_default_timeout(15_000)  # milliseconds
        page = context.new_page()
        ours = (backend.url, "data:")
        page.on("request", lambda request: request.url.startswith(ours) or problems.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: "Content Security Policy" in line.text and problems.append(line.text))
        page.goto(f"{backend.url}/staff/import/")
        page.locator("#id_username").fill(name)
        page.locator("#id_password").fill(password)
        page.locator("#id_password").press("Enter")
        page.wait_for_url("**/staff/import/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "Demo list.csv"
    path.write_text("\n".join([HEADER, *ROWS, ""]))
    return path


def check(page, name: str) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    # Without "preload", with which axe-core itself breaks the content security policy over Django's style sheets.
    answer = axe.Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}, "preload": False}).response
    assert len(answer["passes"]) > 10, f"axe-core checked next to nothing on {name}"
    found = [f"{each['id']}: {node['html'][:160]}" for each in answer["violations"] for node in each["nodes"]]
    assert found == [], name


def test_axe_finds_nothing_and_every_step_works_by_keys(desk, table):
    page = desk()
    check(page, "start")
    page.get_by_role("button", name="Go on").press("Enter")
    assert page.get_by_text("Choose a CSV file, or give the address").is_visible()
    check(page, "start, with an error")
    page.locator("#id_list_file").set_input_files(table)
    page.get_by_role("button", name="Go on").press("Enter")
    assert page.get_by_label("Latitude, or y").input_value() == "4"
    check(page, "columns")
    page.get_by_role("button", name="Show what would be imported").press("Enter")
    page.get_by_role("button", name="Import", exact=True).wait_for()
    page.locator(".leaflet-container").wait_for()
    assert page.locator(".steps p:visible").all_inner_texts() in ([], [""])
    assert page.locator(".counts dd").all_inner_texts() == ["9", "0", "0", "2", "0"]
    assert page.locator("body").inner_text().count("Demo shop") == 0
    check(page, "preview")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download the refused rows").press("Enter")
    lines = saved.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == ["line", "11", "12"]
    page.get_by_role("button", name="Change the columns").press("Enter")
    assert page.get_by_label("Latitude, or y").input_value() == "4"
    page.get_by_role("button", name="Show what would be imported").press("Enter")
    page.get_by_role("button", name="Import", exact=True).press("Enter")
    page.get_by_text("The import is done.").wait_for()
    check(page, "result")
    page.get_by_role("link", name="To the registrations").press("Enter")
    page.get_by_role("link", name="Import a list").wait_for()
    assert page.locator("#result_list tbody tr").count() >= 9


def test_everything_but_the_map_works_without_scripts(desk, table):
    page = desk(scripts=False)
    table.write_text(table.read_text().replace("\n1,", "\n101,"))
    page.locator("#id_list_file").set_input_files(table)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name of the list").fill("Another list")
    page.get_by_role("button", name="Show what would be imported").click()
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("The import is done.").wait_for()
    assert page.locator(".counts dd").first.inner_text() == "9"
