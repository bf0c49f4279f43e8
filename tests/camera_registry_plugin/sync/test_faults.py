"""What a pull does when the registry misbehaves: one message, and the old snapshot byte for byte as it was."""

from __future__ import annotations

import gzip
import json
import os
import secrets
import socket
import struct
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from camera_registry_plugin.registry.errors import (
    BadResponse,
    ConfigurationError,
    NotSignedIn,
    RegistryError,
    SourceUnreachable,
)
from camera_registry_plugin.sync.limits import Limits
from camera_registry_plugin.sync.pull import pull
from camera_registry_plugin.sync.snapshot import SnapshotFolder
from camera_registry_plugin.sync.sources.registration_backend import RegistrationBackend
from tests.camera_registry_plugin.sync.conftest import contents
from tests.camera_registry_plugin.sync.registry_server import Answer, Fault, RegistryServer, listening

MakeSource = Callable[..., RegistrationBackend]
JSON = {"Content-Type": "application/json"}


def replaced(body: bytes, status: int = 200, **headers: str) -> Fault:
    """A fault that answers something else."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request, _answer: (status, {**JSON, **named}, body)


def edited(edit: Callable[[dict[str, Any]], None]) -> Fault:
    """A fault that changes the JSON of an answer."""

    def fault(_request: BaseHTTPRequestHandler, answer: Answer) -> Answer:
        status, headers, body = answer
        data = json.loads(body)
        edit(data)
        return status, headers, json.dumps(data).encode()

    return fault


def with_constant(constant: bytes) -> Fault:
    """A fault that puts a constant which is no JSON into an answer that is right otherwise."""
    return lambda _request, answer: (answer[0], answer[1], answer[2].replace(b"{", b'{"x": ' + constant + b", ", 1))


def reset(request: BaseHTTPRequestHandler, _answer: Answer) -> None:
    """A fault that resets the connection."""
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.close_connection = True
    os.close(request.connection.detach())  # close() would wait for the handler's own files


def cut_off(request: BaseHTTPRequestHandler, answer: Answer) -> None:
    """A fault that ends the body before its announced length."""
    request.send_response(200)
    request.send_header("Content-Length", str(len(answer[2])))
    request.end_headers()
    request.wfile.write(answer[2][: len(answer[2]) // 2])
    request.close_connection = True


def truncated(_request: BaseHTTPRequestHandler, answer: Answer) -> Answer:
    """A fault that cuts the JSON and announces the shorter length."""
    return answer[0], answer[1], answer[2][: len(answer[2]) // 2]


def endless(_request: BaseHTTPRequestHandler, _answer: Answer) -> Answer:
    """A fault that always promises one more page, with a cursor never seen before."""
    data = {"features": [], "withdrawn": [], "cursor": secrets.token_hex(8), "more": True}
    return 200, JSON, json.dumps(data).encode()


HTML = b"<!DOCTYPE html><html><body>Please sign in: +358 40 1234567</body></html>"
BOMB = gzip.compress(b" " * 30_000_000)
CHANGES_FAULTS: dict[str, tuple[Fault, type[RegistryError], str]] = {
    "html": (replaced(HTML), BadResponse, "web page, not with data"),
    "html by type": (replaced(b"{}", Content_Type="text/html; charset=utf-8"), BadResponse, "web page"),
    "truncated JSON": (truncated, BadResponse, "not valid data"),
    "cut off": (cut_off, SourceUnreachable, "cannot be reached"),
    "reset": (reset, SourceUnreachable, "cannot be reached"),
    "NaN": (with_constant(b"NaN"), BadResponse, "not valid data"),
    "Infinity": (with_constant(b"-Infinity"), BadResponse, "not valid data"),
    "huge integer": (replaced(b'{"features": ' + b"9" * 9000 + b"}"), BadResponse, "not valid data"),
    "deep nesting": (replaced(b"[" * 200_000), BadResponse, "not valid data"),
    "a list": (replaced(b"[]"), BadResponse, "not valid data"),
    "not UTF-8": (replaced(b'{"a": "\xff"}'), BadResponse, "not valid data"),
    "features missing": (edited(lambda data: data.pop("features")), BadResponse, "not valid data"),
    "cursor missing": (edited(lambda data: data.pop("cursor")), BadResponse, "not valid data"),
    "cursor a number": (edited(lambda data: data.update(cursor=3)), BadResponse, "not valid data"),
    "more as text": (edited(lambda data: data.update(more="yes")), BadResponse, "not valid data"),
    "withdrawn not ids": (edited(lambda data: data.update(withdrawn=[{}])), BadResponse, "not valid data"),
    "gzip bomb": (replaced(BOMB, Content_Encoding="gzip"), BadResponse, "more than"),
    "broken gzip": (replaced(b"not gzip", Content_Encoding="gzip"), BadResponse, "not valid data"),
    "brotli": (replaced(b"xx", Content_Encoding="br"), BadResponse, "not valid data"),
    "1 MB too much": (replaced(b" " * 3_000_000), BadResponse, "more than"),
    "error 400": (replaced(b'{"code": "bad_limit"}', 400), BadResponse, "HTTP 400"),
    "error 500": (replaced(HTML, 500), SourceUnreachable, "in trouble or too busy"),
    "busy": (replaced(b"", 503, Retry_After="1"), SourceUnreachable, "in trouble or too busy"),
    "busy for an hour": (replaced(b"", 503, Retry_After="3600"), SourceUnreachable, "60 minutes"),
    "nothing there": (replaced(HTML, 404), ConfigurationError, "no camera registry at this address"),
    "circles": (replaced(b"", 302, Location="/ogc/collections/cameras/changes?limit=1"), BadResponse, "circles"),
    "endless pages": (endless, BadResponse, "without an end"),
    "wrong digest": (edited(lambda data: data.update(digest="0" * 32)), BadResponse, "twice in a row"),
    "wrong count": (edited(lambda data: data.update(count=7)), BadResponse, "twice in a row"),
}


@pytest.mark.parametrize("when", ["first pull", "full pull", "changes"])
@pytest.mark.parametrize("name", CHANGES_FAULTS)
def test_a_fault_gives_one_message_and_changes_nothing(
    name: str, when: str, server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    fault, kind, words = CHANGES_FAULTS[name]
    if when != "first pull":
        pull(make_source(), folder)
    if when == "full pull":
        server.registry.view = "another"
    for camera_id in list(server.registry.rows)[:15]:
        server.registry.put(camera_id)
    before = contents(folder.path)

    def changes_only(request: BaseHTTPRequestHandler, answer: Answer) -> Answer | None:
        is_last = '"count"' in answer[2].decode()
        starts_over = answer[0] == 410
        if "changes" not in request.path or starts_over or (name.startswith("wrong") and not is_last):
            return answer
        return fault(request, answer)

    server.always = changes_only
    limits = Limits(response_bytes=2 * 1024 * 1024, pages=20)
    with pytest.raises(kind, match=words) as caught:
        pull(make_source(limits=limits), folder)
    assert contents(folder.path) == before
    assert_speakable(caught.value, server)
    server.always = None
    assert pull(make_source(), folder).snapshot.state.count == 30


def assert_speakable(error: RegistryError, server: RegistryServer) -> None:
    """One line, without the token, the cursor or what the server wrote."""
    text = f"{error.message} {error.details}"
    assert "\n" not in error.message
    for secret in (server.token, server.expired_token, server.registry.view + ".", "1234567", "since="):
        assert secret not in text


@pytest.mark.parametrize("name", ["html", "truncated JSON", "reset", "gzip bomb", "NaN", "nothing there", "a list"])
def test_a_fault_in_the_policy_changes_nothing_either(
    name: str, server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    pull(make_source(), folder)
    before = contents(folder.path)
    fault, kind, _words = CHANGES_FAULTS[name]
    server.always = fault
    with pytest.raises(kind):
        pull(make_source(limits=Limits(response_bytes=1_000_000)), folder)
    assert contents(folder.path) == before


@pytest.mark.parametrize("change", [{"role": "auditor"}, {"lease_hours": -1}, {"agency": "a b"}, {"position": None}])
def test_a_policy_that_is_none_changes_nothing(
    change: dict[str, Any], server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    pull(make_source(), folder)
    before = contents(folder.path)
    server.registry.policy.update(change)
    with pytest.raises(BadResponse):
        pull(make_source(), folder)
    assert contents(folder.path) == before


def test_wrong_and_expired_tokens_have_words_of_their_own(server: RegistryServer, make_source: MakeSource) -> None:
    with pytest.raises(NotSignedIn, match="does not know this token"):
        make_source(token="x" * 20).policy()
    with pytest.raises(NotSignedIn, match="has expired"):
        make_source(token=server.expired_token).policy()


def test_a_registry_that_is_down_is_said(make_source: MakeSource, folder: SnapshotFolder, slept: list[float]) -> None:
    with listening(lambda _request: None) as url:
        pass
    with pytest.raises(SourceUnreachable, match="cannot be reached") as caught:
        pull(make_source(url=url), folder)
    assert url in caught.value.message
    assert 1.0 < sum(slept) < 10.0
    assert contents(folder.path) == {}


def test_a_short_trouble_is_waited_for(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder, slept: list[float]
) -> None:
    server.faults = [replaced(b"", 429, Retry_After="7"), None, reset, replaced(HTML, 502), None, cut_off]
    assert pull(make_source(), folder).snapshot.state.count == 30
    assert sum(slept) > 7.0


def test_a_page_sent_twice_is_noticed(server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder) -> None:
    first: list[Answer] = []

    def repeat(_request: BaseHTTPRequestHandler, answer: Answer) -> Answer:
        first.append(answer)
        return first[0]

    server.faults = [None, repeat, repeat]
    with pytest.raises(BadResponse, match="same page again and again"):
        pull(make_source(), folder)
    assert contents(folder.path) == {}


def test_a_page_lost_in_between_is_noticed_by_the_digest(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    emptied = edited(lambda data: data.update(features=[]))
    server.faults = [None, emptied]
    report = pull(make_source(), folder)  # starts over once, and then it is right
    assert report.snapshot.state.count == 30
    assert len(server.requests) == 8


def test_coordinates_that_overflow_are_refused_and_the_rest_is_stored(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    server.always = lambda _request, answer: (answer[0], answer[1], answer[2].replace(b"[999.0, 1.0]", b"[1e999, 1.0]"))
    camera_id = next(iter(server.registry.rows))
    server.registry.put(camera_id, coordinates=[999.0, 1.0])
    report = pull(make_source(), folder)
    assert report.refused == [camera_id]
    assert report.snapshot.state.count == 29


@pytest.mark.parametrize("value", [10**400, -(10**400), [[]], {}, True, "9" * 100_000, "\ud800"])
@pytest.mark.parametrize("name", ["retention_hours", "direction_deg", "mount", "updated_on", "area_viewed"])
def test_a_value_of_any_other_kind_refuses_its_record_only(
    name: str, value: object, server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    camera_id = next(iter(server.registry.rows))
    server.registry.put(camera_id, **{name: value})
    report = pull(make_source(), folder)
    assert report.refused == [camera_id]
    assert report.snapshot.state.count == 29


def test_a_redirect_to_another_host_is_named_and_gets_nothing(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    visits: list[str] = []
    with listening(lambda request: visits.append(request.path)) as elsewhere:
        server.always = replaced(b"", 302, Location=f"{elsewhere}/steal?x=1")
        with pytest.raises(BadResponse) as caught:
            pull(make_source(), folder)
    assert visits == []
    assert server.url in caught.value.message
    assert elsewhere in caught.value.message


def test_a_next_link_to_another_host_is_not_followed(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    visits: list[str] = []
    with listening(lambda request: visits.append(request.path)) as elsewhere:
        link = {"rel": "next", "href": f"{elsewhere}/ogc/collections/cameras/changes"}
        server.always = edited(lambda data: data.update(links=[link]))
        assert pull(make_source(), folder).snapshot.state.count == 30
    assert visits == []
