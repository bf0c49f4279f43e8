"""A registrant may choose Spanish: in a browser without scripts, by its setting, and without losing what was typed."""

from __future__ import annotations

import shutil

import pytest
from django.test import Client
from django.utils import translation

from registrations.models import Registration
from registrations.positions import InvalidPosition, parse_direction

from .factories import make_agency, make_registration

databases = pytest.mark.django_db(databases=["default", "keys"])
SPANISH = {"Accept-Language": "es-US,es;q=0.9,en;q=0.5"}


@pytest.fixture(autouse=True)
def english_afterwards():
    # A request leaves its language behind in the thread; a server's next request sets its own, a test does not.
    with translation.override("en"):
        yield


def text_of(response) -> str:
    return response.content.decode()


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed")
def test_someone_registers_and_deletes_in_spanish_without_any_script(phone):
    page = phone(scripts=False)
    page.get_by_label("Your name").fill("Demo Person")
    page.get_by_label("Which way does it look?").fill("SO")
    page.get_by_role("button", name="Español").click()
    assert page.locator("html").get_attribute("lang") == "es"
    assert page.get_by_label("Su nombre").input_value() == "Demo Person", "what was typed is kept"
    page.get_by_label("Teléfono", exact=True).fill("5")
    page.get_by_label("Dirección de las cámaras").fill("Example street 1")
    page.get_by_label("He leído la promesa").check()
    page.get_by_label("Su nombre").press("Enter")
    assert "no parece un número de teléfono" in page.locator("#id_phone_error").inner_text()
    assert page.get_by_label("Dirección de las cámaras").input_value() == "Example street 1"
    page.get_by_label("Teléfono", exact=True).fill("+1 202 555 0123")
    page.get_by_role("button", name="Registrar", exact=True).last.click()
    receipt = page.locator("main").inner_text()
    assert "Su registro está guardado" in receipt
    assert "225°" in receipt
    page.get_by_role("button", name="Borrar este registro").click()
    page.get_by_role("button", name="English").click()
    assert page.locator("h1").inner_text() == "Delete your registration?"
    page.get_by_role("button", name="Español").click()
    page.get_by_role("button", name="Sí, borrarlo").click()
    assert page.locator("h1").inner_text() == "Su registro está borrado"
    heights = page.locator(".languages button").evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
    assert min(heights) >= 44


@databases
def test_the_browsers_language_counts_until_one_is_chosen(client):
    asked = client.get("/", headers=SPANISH)
    assert '<html lang="es">' in text_of(asked)
    assert "Registrarse es voluntario y gratuito." in text_of(asked)
    assert {"Accept-Language", "Cookie"} <= {part.strip() for part in asked["Vary"].split(",")}
    assert asked["Content-Language"] == "es"
    client.post("/language/", {"language": "en", "next": "/"})
    assert '<html lang="en">' in text_of(client.get("/", headers=SPANISH))
    assert '<html lang="en">' in text_of(Client().get("/", headers={"Accept-Language": "fi"}))


@databases
@pytest.mark.parametrize("page", ["/?a=b", "/registration/deleted/", "/nowhere"])
def test_the_switch_keeps_the_page_and_leads_nowhere_else(client, page):
    assert f'name="next" value="{page}"' in text_of(client.get(page))
    assert client.post("/language/", {"language": "es", "next": page})["Location"] == page
    assert client.cookies["language"]["httponly"]
    assert client.post("/language/", {"language": "es", "next": "https://example.org/"})["Location"] == "/"
    assert client.post("/language/", {"language": "<xx>", "next": page}).status_code == 302
    assert client.cookies["language"].value == "es"
    assert client.get("/language/").status_code == 405


@databases
@pytest.mark.parametrize("path", ["/staff/login/", "/ogc/", "/registry/policy", "/health"])
def test_staff_and_machines_are_answered_in_english_whatever_their_browser_asks(client, path):
    client.get("/", headers=SPANISH)
    client.cookies["language"] = "es"
    answer = client.get(path, headers=SPANISH)
    english = Client().get(path)
    assert "Accept-Language" not in answer.get("Vary", "")
    assert answer.get("Content-Language") is None
    if path == "/staff/login/":
        assert 'lang="en' in text_of(answer)
        assert "Log in" in text_of(answer)
    else:
        assert answer.content == english.content


@databases
def test_a_withdrawal_refused_in_spanish_says_so_and_leads_back_to_the_registration():
    registered = make_registration()
    strict = Client(enforce_csrf_checks=True)
    refused = strict.post(f"/registration/{registered.token}/withdraw/", headers=SPANISH)
    assert refused.status_code == 403
    assert "Permita las cookies" in text_of(refused)
    assert f'value="/registration/{registered.token}/"' in text_of(refused)
    assert Registration.objects.count() == 1


@databases
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "x" * 121}, "Esto es demasiado largo: 121 caracteres. Use como máximo 120."),
        ({"name": "a\u202eb"}, "carácter oculto"),
        ({"name": "a\x1bb"}, "carácter de control"),
        ({"latitude": "0", "longitude": "0"}, "en el mar frente a África"),
        ({"latitude": "-120.5", "longitude": "39.3"}, "intercambiadas"),
        ({"camera-0-direction": "abajo"}, "SO, O o NO"),
        ({"camera-0-range_m": "-3"}, "un número de 0.5 a 5000"),
    ],
)
def test_what_is_wrong_is_said_in_spanish(client, changes, said):
    make_agency()
    typed = {"name": "A Person", "phone": "+1 202 555 0123", "address": "Example street 1", "consent": "on"}
    typed |= {"camera-TOTAL_FORMS": "1", "camera-INITIAL_FORMS": "0", **changes}
    answer = client.post("/register/?agency=HEL", typed, headers=SPANISH)
    assert answer.status_code == 422
    assert said in text_of(answer)


@pytest.mark.parametrize(
    ("typed", "degrees"), [("SO", 225.0), ("o", 270.0), ("NO", 315.0), ("noroeste", 315.0), ("sur", 180.0), ("SW", 225)]
)
def test_directions_may_be_typed_in_spanish(typed, degrees):
    assert parse_direction(typed, "es") == degrees


def test_no_is_not_a_direction_in_a_list_or_an_english_form():
    with pytest.raises(InvalidPosition, match="Give the direction"):
        parse_direction("NO")
