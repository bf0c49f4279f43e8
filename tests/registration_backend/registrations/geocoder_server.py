"""A geocoder on 127.0.0.1 that answers in the documented shapes of the real ones, or as badly as a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class GeocoderServer(ThreadingHTTPServer):
    """`answer` writes the reply to each request; `asked` keeps (path, query, headers) of all of them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.answer: Callable[[_Handler], None] = lambda handler: handler.send_json([])
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.over = threading.Event()

    def answers(self, body: Any) -> None:
        """Answer every request with `body` as JSON."""
        self.answer = lambda handler: handler.send_json(body)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent about callers that hang up in the middle of a bad reply, which is what they should do."""


class _Handler(BaseHTTPRequestHandler):
    server: GeocoderServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.server.asked.append((parts.path, query, dict(self.headers)))
        self.server.answer(self)

    def send_json(self, body: Any) -> None:
        """Send `body` as a geocoder does."""
        self.send_bytes(json.dumps(body).encode())

    def send_bytes(self, body: bytes, kind: str = "application/json;charset=UTF-8", status: int = 200, **more: str):
        """Send `body` as it is; headers in `more` are written with hyphens."""
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **more}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is given by http.server
        """Write nothing."""


@contextmanager
def geocoder_server() -> Iterator[GeocoderServer]:
    """Serve until the block ends."""
    server = GeocoderServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def census_reply(*places: tuple[str, Any, Any]) -> dict[str, Any]:
    """Return (label, longitude, latitude) in the shape of the Census Bureau's service."""
    matches = [
        {
            "tigerLine": {"side": "L", "tigerLineId": "1"},
            "coordinates": {"x": longitude, "y": latitude},
            "addressComponents": {"streetName": "MAIN", "suffixType": "ST", "city": "SPRINGFIELD"},
            "matchedAddress": label,
        }
        for label, longitude, latitude in places
    ]
    return {"result": {"input": {"benchmark": {"id": "4", "isDefault": True}}, "addressMatches": matches}}


def nominatim_reply(*places: tuple[str, Any, Any]) -> list[dict[str, Any]]:
    """Return (label, longitude, latitude) in the shape of Nominatim's jsonv2."""
    return [
        {
            "place_id": number,
            "licence": "Data © OpenStreetMap contributors, ODbL 1.0. http://osm.org/copyright",
            "osm_type": "node",
            "osm_id": number,
            "lat": latitude,
            "lon": longitude,
            "category": "place",
            "type": "house",
            "place_rank": 30,
            "importance": 0.00001,
            "addresstype": "place",
            "name": "",
            "display_name": label,
            "boundingbox": ["60.16", "60.17", "24.93", "24.94"],
        }
        for number, (label, longitude, latitude) in enumerate(places, start=1)
    ]
