"""Addresses: only https outside this machine, no passwords, and never another origin."""

from __future__ import annotations

import pytest
import requests

from camera_registry_plugin.registry.errors import BadResponse, ConfigurationError
from camera_registry_plugin.sync import addresses
from camera_registry_plugin.sync.headless import plain_session
from camera_registry_plugin.sync.transport import Transport


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("https://registry.example.org", "https://registry.example.org"),
        (" https://registry.example.org/ ", "https://registry.example.org"),
        ("https://registry.example.org/cameras/ogc/", "https://registry.example.org/cameras"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://localhost:8000", "http://localhost:8000"),
    ],
)
def test_an_address_is_brought_into_one_form(given: str, base: str) -> None:
    assert addresses.base_address(given) == base


@pytest.mark.parametrize(
    "given",
    [
        "",
        "registry",
        "ftp://registry.example.org",
        "file:///etc/passwd",
        "https://",
        "https://registry.example.org:port",
        "https://[broken",
        "http://registry.example.org",
        "http://127.0.0.1.example.org",
        "http://10.0.0.1",
        "https://me:mine@registry.example.org",
        "https://registry.example.org/?a=b",
    ],
)
def test_an_address_that_cannot_be_right_is_refused(given: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        addresses.base_address(given)
    assert "mine" not in caught.value.message


@pytest.mark.parametrize("reference", ["/b?c", "b?c", "https://REGISTRY.example.org:443/b"])
def test_the_same_origin_is_followed(reference: str) -> None:
    followed = addresses.follow("https://registry.example.org/a", reference)
    assert addresses.origin(followed) == "https://registry.example.org:443"


@pytest.mark.parametrize(
    "reference",
    [
        "http://registry.example.org/a",
        "//elsewhere.example",
        "https://registry.example.org:8443/a",
        "file:///a",
        "https://[x",
    ],
)
def test_another_origin_is_refused_by_name_and_without_its_path(reference: str) -> None:
    with pytest.raises(BadResponse) as caught:
        addresses.follow("https://registry.example.org/secret?since=x", reference)
    assert "https://registry.example.org:443" in caught.value.message
    assert "secret" not in caught.value.message


def test_verification_cannot_be_switched_off() -> None:
    session = requests.Session()
    session.verify = False
    with pytest.raises(ConfigurationError, match="cannot be switched off"):
        Transport("https://registry.example.org", session).get("/registry/policy")


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "schlüssel"])
def test_a_token_that_cannot_be_one_is_refused(token: str) -> None:
    with pytest.raises(ConfigurationError, match="one token on one line"):
        plain_session("https://registry.example.org", token)


def test_a_session_signs_no_request_to_another_origin() -> None:
    session = plain_session("https://registry.example.org", "x" * 9)
    here = session.prepare_request(requests.Request("GET", "https://registry.example.org/a"))
    there = session.prepare_request(requests.Request("GET", "https://registry.example.org.evil.example/a"))
    assert here.headers["Authorization"] == "Bearer " + "x" * 9
    assert "Authorization" not in there.headers
