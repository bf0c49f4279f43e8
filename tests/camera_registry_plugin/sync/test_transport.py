"""Waiting and giving up: back-off, Retry-After, time limits and cancelling, on an injected clock."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler

import pytest
import requests

from camera_registry_plugin.registry.errors import Cancelled, SourceUnreachable
from camera_registry_plugin.sync.limits import Limits
from camera_registry_plugin.sync.retries import SLICE_SECONDS, Pacing, retry_after_seconds
from camera_registry_plugin.sync.transport import Transport
from tests.camera_registry_plugin.sync.registry_server import as_json, listening, send

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("7", 7.0),
        ("Sun, 22 Nov 2026 12:01:30 GMT", 90.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("9" * 500, 999999999.0),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds


def test_pauses_double_and_are_spread_and_bounded() -> None:
    slept: list[float] = []
    pacing = Pacing(Limits(longest_pause_seconds=3.0), sleep=slept.append, chance=lambda: 1.0)
    totals = []
    for attempt in range(5):
        slept.clear()
        pacing.pause(attempt, None)
        totals.append(round(sum(slept), 6))
        assert max(slept) <= SLICE_SECONDS
    assert totals == [0.5, 1.0, 2.0, 3.0, 3.0]
    slept.clear()
    Pacing(sleep=slept.append, chance=lambda: 0.0).pause(0, None)
    assert round(sum(slept), 6) == 0.25


def test_a_pause_is_left_when_the_user_cancels() -> None:
    slept: list[float] = []
    pacing = Pacing(sleep=slept.append, is_cancelled=lambda: sum(slept) > 1.0)
    with pytest.raises(Cancelled):
        pacing.pause(0, 200.0)
    assert sum(slept) < 1.5


def test_a_sync_that_takes_too_long_is_stopped() -> None:
    clock = [0.0]
    pacing = Pacing(Limits(total_seconds=600), monotonic=lambda: clock[0])
    pacing.check()
    clock[0] = 601.0
    with pytest.raises(SourceUnreachable, match="longer than 10 minutes"):
        pacing.check()


def test_a_server_that_drips_is_stopped_by_the_clock() -> None:
    stop = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "100000")
        request.end_headers()
        while not stop.wait(0.05):
            request.wfile.write(b" ")

    with listening(drip) as url:
        started = time.monotonic()
        with pytest.raises(SourceUnreachable, match="longer than"):
            Transport(url, requests.Session(), Pacing(Limits(total_seconds=0.5))).get("/x")
        assert time.monotonic() - started < 2.0
        stop.set()


def test_all_answers_together_are_capped() -> None:
    with listening(lambda request: send(request, as_json(200, {"a": "b" * 1000}))) as url:
        transport = Transport(url, requests.Session(), Pacing(Limits(total_bytes=2500)))
        transport.get("/x")
        transport.get("/x")
        with pytest.raises(Exception, match="sent more than"):
            transport.get("/x")


def test_connections_are_kept_between_pages() -> None:
    ports: set[int] = set()

    def handle(request: BaseHTTPRequestHandler) -> None:
        ports.add(request.client_address[1])
        send(request, as_json(200, {"a": "b" * 300_000}))

    with listening(handle) as url:
        transport = Transport(url, requests.Session())
        for _ in range(4):
            transport.get("/x")
    assert len(ports) == 1
