"""Serves pages serialised beforehand, so that no server is what is measured: the change feed and OGC API - Features."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from .made_cameras import as_json, digest_of, features

PAGE = 10_000
CAMERAS = "/ogc/collections/cameras"
POLICY = {
    "role": "investigator",
    "agency": "BPD",
    "position": "exact",
    "grid": None,
    "lease_hours": 24,
    "cache_on_disk": True,
    "save_exports": True,
    "not_published": {},
}
LINK_KIND = "application/geo+json"


def bodies(count: int, base: str) -> dict[str, bytes]:
    """Return every answer by path, or by path and cursor."""
    made = features(count)
    pages = [made[start : start + PAGE] for start in range(0, count, PAGE)]
    collection = {
        "id": "cameras",
        "title": "Registered cameras",
        "itemType": "feature",
        "extent": {"spatial": {"bbox": [[-180, -90, 180, 90]]}},
        "links": [{"rel": "items", "type": LINK_KIND, "href": f"{base}{CAMERAS}/items"}],
    }
    landing_links = [
        {"rel": "data", "type": "application/json", "href": f"{base}/ogc/collections"},
        {"rel": "conformance", "type": "application/json", "href": f"{base}/ogc/conformance"},
    ]
    conforms = [f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{part}" for part in ("core", "geojson")]
    answers: dict[str, object] = {
        "/registry/policy": POLICY,
        "/ogc": {"title": "benchmark", "links": landing_links},
        "/ogc/conformance": {"conformsTo": conforms},
        "/ogc/collections": {"collections": [collection], "links": []},
        CAMERAS: collection,
    }
    for number, page in enumerate(pages):
        last = number == len(pages) - 1
        items: dict[str, object] = {"type": "FeatureCollection", "features": page, "numberReturned": len(page)}
        changes = {**items, "withdrawn": [], "cursor": f"c{number + 1}", "more": not last, "links": []}
        if last:
            changes.update(count=count, digest=digest_of(made))
        else:
            next_page = f"{base}{CAMERAS}/items?limit={PAGE}&after={number + 1}"
            items["links"] = [{"rel": "next", "type": LINK_KIND, "href": next_page}]
        answers[f"{CAMERAS}/items#{number}"] = {**items, "numberMatched": count}
        answers[f"{CAMERAS}/changes#c{number}"] = changes
    return {path: as_json(answer) for path, answer in answers.items()}


class Pages(BaseHTTPRequestHandler):
    """Answers GET from the dictionary `answers`."""

    protocol_version = "HTTP/1.1"
    answers: dict[str, bytes] = {}

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        path = url.path.rstrip("/")
        if path.endswith("/items"):
            path += f"#{query.get('after', ['0'])[0]}"
        if path.endswith("/changes"):
            path += f"#{query.get('since', ['c0'])[0]}"
        body = self.answers.get(path, b"{}")
        self.send_response(200 if path in self.answers else 404)
        self.send_header("Content-Type", LINK_KIND if "#" in path else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the output is the report's."""


def main(count: int) -> None:
    """Serve until ended; the first line printed is the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    base = f"http://127.0.0.1:{server.server_address[1]}"
    Pages.answers = bodies(count, base)
    print(base, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
