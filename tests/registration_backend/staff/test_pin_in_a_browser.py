"""Staff set a registrant's pin with a click on the map that the registrants' form has too, without its arrows."""

from __future__ import annotations

import secrets

import pytest

from tests.registration_backend.registrations.conftest import CENTRE

pytestmark = pytest.mark.browser
WORKS_HERE = """
from django.contrib.auth.models import Group, User
from registrations.models import Agency
from staff.models import Membership
desk = User.objects.get(username="desk")
desk.groups.add(Group.objects.get(name="verifier"))
Membership.objects.create(user=desk, agency=Agency.objects.get())
"""


@pytest.fixture
def desk(chromium, backend, monkeypatch):
    """The list of registrations, signed in; at the end no script may have failed."""
    password, problems = secrets.token_urlsafe(16), []
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
    backend.manage("createsuperuser", "--noinput", "--username=desk", "--email=desk@example.org")
    backend.manage("shell", "-c", WORKS_HERE)
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    context.set_default_timeout(10_000)  # milliseconds
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: "Content Security Policy" in line.text and problems.append(line.text))
    page.goto(f"{backend.url}/register/")
    page.get_by_label("Your name").fill("Demo Person")
    page.get_by_label("Phone", exact=True).fill("+1 202 555 0123")
    page.get_by_label("Address of the cameras").fill("Example street 1")
    page.get_by_label("I have read the promise").check()
    page.get_by_role("button", name="Register", exact=True).last.click()
    page.wait_for_url("**/registration/**")
    page.goto(f"{backend.url}/staff/registrations/registration/")
    page.locator("#id_username").fill("desk")
    page.locator("#id_password").fill(password)
    page.locator("#id_password").press("Enter")
    page.wait_for_url("**/registration/")
    yield page
    context.close()
    assert problems == []


def test_a_click_sets_the_pin_a_drag_moves_it_and_it_is_stored(desk):
    desk.locator("#result_list tbody th a").click()
    desk.locator(".map").click(position={"x": 300, "y": 150})
    pin = desk.locator("img.leaflet-marker-icon")
    clicked = desk.locator("#id_longitude").input_value()
    assert float(clicked) == pytest.approx(CENTRE[0], abs=0.02)
    assert desk.locator(".direction-handle").count() == 0, "arrows are the registrants'"
    box = pin.bounding_box()
    desk.mouse.move(box["x"] + 12, box["y"] + 12)
    desk.mouse.down()
    desk.mouse.move(box["x"] + 92, box["y"] + 12, steps=8)
    desk.mouse.up()
    dragged = desk.locator("#id_longitude").input_value()
    assert float(dragged) > float(clicked)
    desk.locator("input[name=_continue]").click()
    desk.wait_for_load_state()
    assert float(desk.locator("#id_longitude").input_value()) == pytest.approx(float(dragged), abs=1e-6)
    assert pin.count() == 1, "the stored pin is on the map"
    desk.get_by_role("button", name="Remove the pin").click()
    assert pin.count() == 0
    assert desk.locator("#id_longitude").input_value() == ""
