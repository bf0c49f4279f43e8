"""An agency is added whole, or refused with what is wrong."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from registrations.models import Agency

GOOD = {
    "--code": "BPD",
    "--name": "Baltimore Police Department",
    "--grid-crs": "EPSG:32618",
    "--longitude": "-76.61",
    "--latitude": "39.29",
}


def add(**changes: str) -> None:
    options = {**GOOD, **{f"--{key.replace('_', '-')}": value for key, value in changes.items()}}
    call_command("add_agency", *[f"{key}={value}" for key, value in options.items()])


@pytest.mark.django_db
def test_an_agency_is_added_with_generalised_positions_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    add()
    agency = Agency.objects.get()
    assert (agency.code, agency.grid_srid, agency.analyst_position) == ("BPD", 32618, "generalised")
    assert "import_registrations" in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": "b p d"}, "capital letters"),
        ({"grid_crs": "EPSG:4326"}, "projected CRS in metres"),
        ({"grid_crs": "EPSG:3857"}, "projected CRS in metres"),
        ({"grid_crs": "EPSG:2248"}, "projected CRS in metres"),  # Maryland in feet
        ({"grid_crs": "+proj=utm +zone=18"}, "EPSG code"),
        ({"longitude": "190"}, "longitude"),
    ],
)
def test_an_agency_that_cannot_be_right_is_refused_in_words(changes: dict[str, str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        add(**changes)
    assert not Agency.objects.exists()


@pytest.mark.django_db
def test_a_second_agency_with_the_same_code_is_refused() -> None:
    add()
    with pytest.raises(CommandError, match="already exists"):
        add(name="Another")
