"""A small registry on loopback that speaks the wire of this project, and misbehaves when told to."""

from __future__ import annotations

import base64
import gzip
import json
import random
import secrets
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from camera_registry_plugin.registry import digest

Answer = tuple[int, dict[str, str], bytes]
# A fault takes the request and what would have been answered; it returns another answer, or None once it has dealt
# with the socket itself.
Fault = Callable[[BaseHTTPRequestHandler, Answer], "Answer | None"]


def feature(
    camera_id: str, row_version: int = 1, chance: random.Random | None = None, **changes: Any
) -> dict[str, Any]:
    """One investigator's feature; keyword arguments replace properties, `coordinates` the position."""
    chance = chance or random.Random(camera_id)
    coordinates = changes.pop(
        "coordinates", [round(chance.uniform(24.8, 25.1), 7), round(chance.uniform(60.1, 60.3), 7)]
    )
    properties = {
        "camera_id": camera_id,
        "registration_id": str(uuid.UUID(int=chance.getrandbits(128))),
        "agency": "HEL",
        "premises": chance.choice(["business", "residence", "school"]),
        "mount": "exterior",
        "camera_type": chance.choice(["fixed", "dome"]),
        "area_viewed": ["street", "entrance"],
        "direction_deg": float(chance.randrange(360)),
        "field_of_view_deg": 90.0,
        "range_m": None,
        "retention_hours": chance.choice([72.0, 720.0, None]),
        "recording": "motion",
        "resolution": "1080p",
        "night_vision": "yes",
        "audio": "unknown",
        "position_source": "owner_placed",
        "position_precision_m": 0,
        "confirmed_on": "2026-03-14",
        "updated_on": "2026-05-09",
    }
    properties.update(changes)
    geometry = {"type": "Point", "coordinates": coordinates}
    return {
        "type": "Feature",
        "id": camera_id,
        "geometry": geometry,
        "properties": properties,
        "row_version": row_version,
    }


def new_id(chance: random.Random) -> str:
    """A random UUID from a seeded source."""
    return str(uuid.UUID(int=chance.getrandbits(128)))


class Registry:
    """What the server knows: cameras and tombstones by sequence number, as one reader sees them."""

    def __init__(self) -> None:
        self.policy: dict[str, Any] = {
            "role": "investigator",
            "agency": "HEL",
            "position": "exact",
            "grid": None,
            "lease_hours": 24,
            "cache_on_disk": True,
            "save_exports": True,
            "not_published": {},
        }
        self.rows: dict[str, tuple[int, dict[str, Any]]] = {}
        self.withdrawn: dict[str, int] = {}
        self.versions: dict[str, int] = {}
        self.sequence = 0
        self.view = secrets.token_hex(4)
        self.digest_error = 0

    def put(self, camera_id: str, **changes: Any) -> None:
        """Create or change a camera."""
        self.sequence += 1
        self.versions[camera_id] = self.versions.get(camera_id, 0) + 1
        self.withdrawn.pop(camera_id, None)
        self.rows[camera_id] = (self.sequence, feature(camera_id, self.versions[camera_id], **changes))

    def withdraw(self, camera_id: str) -> None:
        """Take a camera out of what the reader may see."""
        if self.rows.pop(camera_id, None):
            self.sequence += 1
            self.withdrawn[camera_id] = self.sequence

    def fill(self, count: int, seed: int = 1) -> list[str]:
        """Create `count` cameras and return their ids."""
        chance = random.Random(seed)
        ids = [new_id(chance) for _ in range(count)]
        for camera_id in ids:
            self.put(camera_id)
        return ids

    def seen(self) -> set[tuple[str, int]]:
        """What the reader may see, as ids and row versions."""
        return {(camera_id, row["row_version"]) for camera_id, (_, row) in self.rows.items()}

    def changes(self, since: str | None, limit: int) -> tuple[int, dict[str, Any]]:
        """One answer of the changes feed: HTTP status and JSON object."""
        low, tombstones_from = 0, self.sequence
        if since is not None:
            try:
                view, low_text, tombstone_text = since.split(".")
                low, tombstones_from = int(low_text), int(tombstone_text)
            except ValueError:
                return 400, {"code": "bad_cursor", "description": "This cursor is not one of ours."}
            if view != self.view:
                return 410, {"code": "start_over", "description": "What you may see has changed."}
        events: list[tuple[int, str, dict[str, Any] | None]] = [
            (sequence, key, row) for key, (sequence, row) in self.rows.items() if sequence > low
        ]
        events += [
            (sequence, key, None)
            for key, sequence in self.withdrawn.items()
            if sequence > low and sequence > tombstones_from
        ]
        events.sort(key=lambda event: event[0])
        page, more = events[:limit], len(events) > limit
        high = page[-1][0] if more else self.sequence
        cursor = f"{self.view}.{high}.{tombstones_from}"
        body: dict[str, Any] = {
            "type": "FeatureCollection",
            "features": [row for _, _, row in page if row is not None],
            "withdrawn": [key for _, key, row in page if row is None],
            "cursor": cursor,
            "more": more,
            "numberReturned": len(page),
            "links": [],
        }
        if not more:
            total = self.digest_error
            for key, version in self.seen():
                total = digest.add(total, key, version)
            body.update(count=len(self.rows), digest=digest.to_hex(total))
        return 200, body


class RegistryServer:
    """Serves a `Registry` at `url`. `faults` are applied in turn, one a request; `requests` records the paths."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.token = secrets.token_urlsafe(16)
        self.expired_token = secrets.token_urlsafe(16)
        self.faults: list[Fault | None] = []
        self.always: Fault | None = None
        self.requests: list[str] = []
        self.url = ""
        self._lock = threading.Lock()

    def answer(self, request: BaseHTTPRequestHandler) -> Answer:
        """The right answer to a request."""
        parts = urlsplit(request.path)
        sent = token_of(request.headers.get("Authorization", ""))
        if sent != self.token:
            code = "token_unknown" if sent else "token_missing"
            if sent == self.expired_token:
                code = "token_expired"
            status, headers, body = as_json(401, {"code": code, "description": "Sign in."})
            return status, {**headers, "WWW-Authenticate": 'Basic realm="Camera Registry", Bearer'}, body
        if parts.path == "/registry/policy":
            return as_json(200, self.registry.policy)
        if parts.path != "/ogc/collections/cameras/changes":
            return as_json(404, {"code": "not_found", "description": "Nothing here."})
        query = parse_qs(parts.query)
        with self._lock:
            status, body = self.registry.changes(query.get("since", [None])[0], int(query["limit"][0]))
        return as_json(status, body)

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        """Answer a request, through the next fault if there is one."""
        self.requests.append(request.path)
        answer: Answer | None = self.answer(request)
        fault = self.faults.pop(0) if self.faults else self.always
        if fault is not None and answer is not None:
            answer = fault(request, answer)
        if answer is not None:
            send(request, answer)


def token_of(header: str) -> str:
    """The token in an Authorization header: as Bearer, or as the password of the user "token"."""
    scheme, _, value = header.partition(" ")
    if scheme == "Basic":
        return base64.b64decode(value).decode().removeprefix("token:")
    return value if scheme == "Bearer" else ""


def as_json(status: int, body: dict[str, Any]) -> Answer:
    """An answer that holds a JSON object."""
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


def send(request: BaseHTTPRequestHandler, answer: Answer) -> None:
    """Write an answer, compressed where the client asks for that."""
    status, headers, body = answer
    headers = dict(headers)
    if "gzip" in request.headers.get("Accept-Encoding", "") and "Content-Encoding" not in headers:
        body = gzip.compress(body, 1)
        headers["Content-Encoding"] = "gzip"
    headers.setdefault("Content-Length", str(len(body)))
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(body)


class QuietServer(ThreadingHTTPServer):
    """A server that keeps silent when a client hangs up, and does not wait for its threads."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is what some tests are about."""


@contextmanager
def listening(handle: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """Run an HTTP server on a free loopback port with one function for every request; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or each answer on a kept connection waits 40 ms for an acknowledgement

        def do_GET(self) -> None:
            handle(self)

        def do_HEAD(self) -> None:
            handle(self)

        def log_message(self, *_arguments: Any) -> None:
            """Stay quiet."""

    server = QuietServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def running(registry: Registry | None = None) -> Iterator[RegistryServer]:
    """A registry that answers on loopback while the block runs."""
    server = RegistryServer(registry or Registry())
    with listening(server.handle) as url:
        server.url = url
        yield server
