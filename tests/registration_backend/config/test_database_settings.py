"""The environment names both databases or none, and no message ever quotes a password."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.database_settings import databases

VAR = Path("/nowhere")
DATA = "CAMERA_REGISTRY_DATABASE_URL"
KEYS = "CAMERA_REGISTRY_KEYS_DATABASE_URL"
OTHER = "postgresql://keeper:hidden-canary@keys.example.org/keys"


def refusal(environment: dict[str, str]) -> str:
    """Return everything that the operator's terminal would show of the refusal, the chain of causes included."""
    with pytest.raises(ImproperlyConfigured) as caught:
        databases(VAR, environment)
    return "".join(traceback.format_exception(caught.value)) + repr(caught.value)


@pytest.mark.parametrize("environment", [{}, {DATA: "", KEYS: " "}])
def test_with_nothing_set_both_databases_are_files_of_the_folder(environment):
    found = databases(VAR, environment)
    assert found["default"]["ENGINE"] == "django.contrib.gis.db.backends.spatialite"
    assert [each["NAME"] for each in found.values()] == [VAR / "registry.sqlite3", VAR / "keys.sqlite3"]


def test_an_address_is_taken_apart_and_decoded():
    address = "postgresql://na%40me:p%2Fa%3Ass%C3%A4@db.example.org:5433/regis%20try?sslmode=verify-full"
    found = databases(VAR, {DATA: address, KEYS: OTHER})
    assert found["default"] == {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": "regis try",
        "USER": "na@me",
        "PASSWORD": "p/a:ssä",
        "HOST": "db.example.org",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "verify-full"},
    }
    assert found["keys"]["ENGINE"] == "django.db.backends.postgresql"
    assert (found["keys"]["HOST"], found["keys"]["PORT"], found["keys"]["NAME"]) == ("keys.example.org", "", "keys")


@pytest.mark.parametrize(
    "address", ["postgresql:///registry?host=/var/run/postgresql", "postgresql://%2Fvar%2Frun%2Fpostgresql/registry"]
)
def test_the_host_may_be_the_folder_of_a_socket(address):
    found = databases(VAR, {DATA: address, KEYS: OTHER})["default"]
    assert (found["HOST"], found["USER"], found["PASSWORD"]) == ("/var/run/postgresql", "", "")


@pytest.mark.parametrize(("alone", "absent"), [(DATA, KEYS), (KEYS, DATA)])
def test_one_database_alone_is_refused(alone, absent):
    message = refusal({alone: OTHER})
    assert f"{alone} is set and {absent} is not" in message
    assert "hidden-canary" not in message


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        ("postgresql://a:hidden-canary@db.example.org/one", "postgresql://b:x@DB.example.org:5432/one"),
        ("postgresql://a:hidden-canary@localhost/one", "postgresql:///one?host=/run/postgresql"),
        ("postgresql://a:hidden-canary@127.0.0.1/one", "postgresql://b:x@[::1]:5432/one"),
    ],
)
def test_the_same_database_for_both_is_refused_under_whatever_name(data, keys):
    message = refusal({DATA: data, KEYS: keys})
    assert "name the same database" in message
    assert "hidden-canary" not in message


@pytest.mark.parametrize(
    "address",
    [
        "hidden-canary",
        "mysql://a:hidden-canary@db/one",
        "postgresql://a:hidden-canary@db",
        "postgresql://a:hidden-canary@db/",
        "postgresql://a:hidden-canary@db/one/two",
        "postgresql://a:hidden-canary@db:port/one",
        "postgresql://a:hidden-canary@db:0/one",
        "postgresql://a:hidden-canary@db:70000/one",
        "postgresql://a:hidden-canary/rest@db/one",
        "postgresql://a:hidden-canary#rest@db/one",
        "postgresql://a:hidden-canary?rest@db/one",
        "postgresql://a:hidden-canary[rest@db/one",
        "postgresql://a:hidden-canary%FF@db/one",
        "postgresql://a:hidden-canary%00@db/one",
        "postgresql://a:hidden-canary@one,two/one",
        "postgresql://a:hidden-canary@db/one?host=/run",
        "postgresql://a:b@db/one?password=hidden-canary",
        "postgresql://a:b@db/one?options=-chidden-canary",
        "postgresql://a:b@db/one?hidden-canary",
        "postgresql://a:b@db/one?sslmode=hidden-canary&sslmode=disable",
        "postgresql://a:b@db/one?sslmode=%FFhidden-canary",
    ],
)
def test_an_address_that_cannot_be_understood_is_refused_without_being_quoted(address):
    message = refusal({DATA: address, KEYS: OTHER})
    assert f"{DATA} cannot be understood" in message
    assert "hidden-canary" not in message
