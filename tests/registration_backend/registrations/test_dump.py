"""Nothing of a contact lies readable in a dump of either database, whichever way it came in."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connections
from django.test import Client

from registrations import contacts, links, services
from registrations.models import Agency, OwnershipReport, Registration
from tests.byte_search import find
from tests.registration_backend.registrations.factories import HELSINKI, canary, make_agency
from tests.registration_backend.registrations.lists import import_list, row

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture(autouse=True)
def agency():
    return make_agency()


def dump(folder: Path) -> Path:
    """Write both databases as bytes: a copy of the file where there is one, else every table as text."""
    folder.mkdir()
    for alias in ("default", "keys"):
        connection = connections[alias]
        connection.ensure_connection()
        is_file = connection.vendor == "sqlite"
        data = connection.connection.serialize() if is_file else b"".join(_tables(connection))
        (folder / alias).write_bytes(data)
    return folder


def _tables(connection):
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            yield table.encode()
            with cursor.copy(f'COPY "{table}" TO STDOUT') as rows:
                yield from (bytes(row) for row in rows)


def planted(email: str = "") -> dict[str, str]:
    """Return a value for every field of a contact, each of which occurs nowhere else."""
    return {
        "name": canary("Name "),
        "phone": "+1 202 " + canary("55501")[5:].translate(str.maketrans("abcdef", "123456")),
        "email": email or f"{canary('mail')}@example.org",
        "address": canary("Street "),
        "unit": canary("Unit "),
        "access_notes": canary("Notes "),
        "recorder": canary("Recorder "),
        "preferred_time": canary("Time "),
        "who_can_export": canary("Export "),
    }


def form(values: dict[str, str]) -> dict[str, str]:
    return {
        **values,
        "latitude": str(HELSINKI[1]),
        "longitude": str(HELSINKI[0]),
        "consent": "on",
        "camera-TOTAL_FORMS": "1",
        "camera-INITIAL_FORMS": "0",
        "camera-0-retention_unit": "days",
    }


def test_the_search_finds_a_contact_that_is_stored_in_clear(tmp_path):
    value = canary("clear")
    Agency.objects.update(public_address=value)
    assert find([dump(tmp_path / "dump")], [value]) != []


def test_a_dump_holds_no_planted_value_in_any_form(client, tmp_path):
    secrets: list[str] = []
    typed = planted()
    answer = client.post("/register/", form(typed))
    assert answer.status_code == 302, answer.content.decode()[:2000]
    page = answer["Location"].split("?")[0]
    secrets += [*typed.values(), page.split("/")[2]]
    stored = contacts.read(Registration.objects.get())
    assert {name: getattr(stored, name) for name in typed} == typed, "what is searched for was really stored"

    other = planted()
    shown = client.get(f"{page}change/").content.decode()
    hidden = {"seen": shown.split('name="seen" value="')[1].split('"')[0]}
    camera = links.visited(page.split("/")[2]).cameras.get()
    changed = client.post(f"{page}change/", {**form(other), **hidden, "camera-0-camera_id": str(camera.pk)})
    assert changed.status_code == 302
    secrets += other.values()

    another = planted(other["email"])
    assert client.post(f"{page}another/", form(another)).status_code == 302
    secrets += another.values()
    Client().post("/link/", {"email": other["email"]})

    listed = {name: planted()[name] for name in ("name", "phone", "address")}
    import_list(tmp_path, row(1, **listed))
    secrets += listed.values()
    assert Registration.objects.count() == 3

    report = {name: planted()[name] for name in ("name", "phone", "email", "address", "unit")}
    report["note"] = canary("Note ")
    answer = Client().post("/not-mine/", {**report, "agency": "HEL", "problem": "moved"})
    assert (answer.status_code, OwnershipReport.objects.count()) == (302, 1)
    secrets += report.values()

    assert find([dump(tmp_path / "dump")], secrets) == []
    for registration in Registration.objects.all():
        services.withdraw(registration)
    assert find([dump(tmp_path / "after")], secrets) == []
