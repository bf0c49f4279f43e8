"""Answers the addresses by which OGC clients find out what the feed is: landing, conformance, API, collections."""

from __future__ import annotations

import math
from typing import Any

from django.db.models import Max, Min
from django.http import HttpRequest, HttpResponse

from disclosure.access import Reader
from feed.openapi import api_document
from feed.pages import rows_of
from feed.parameters import allow_only
from feed.replies import GEOJSON, JSON, OPENAPI, feed_view, reply, url_of
from feed.views import COLLECTION, open_session

TITLE = "Camera Registry"
CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{part}" for part in ("core", "oas30", "geojson")
)
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


@feed_view
def landing(request: HttpRequest) -> HttpResponse:
    """Say what is here and where the rest is."""
    allow_only(request)
    links = [
        _link(request, "self", JSON, "/ogc/", "This page"),
        _link(request, "service-desc", OPENAPI, "/ogc/api", "The API as OpenAPI 3.0"),
        _link(request, "conformance", JSON, "/ogc/conformance", "The standards that are followed"),
        _link(request, "data", JSON, "/ogc/collections", "The collections; a token is needed"),
    ]
    content = {"title": TITLE, "description": "Cameras that their owners registered voluntarily.", "links": links}
    return reply(request, content)


@feed_view
def conformance(request: HttpRequest) -> HttpResponse:
    """Name the conformance classes of OGC API - Features 1.0 that are followed."""
    allow_only(request)
    return reply(request, {"conformsTo": CONFORMANCE})


@feed_view
def api(request: HttpRequest) -> HttpResponse:
    """Describe the feed as OpenAPI 3.0."""
    allow_only(request)
    return reply(request, api_document(TITLE, url_of(request, "/")), OPENAPI)


@feed_view
def collections(request: HttpRequest) -> HttpResponse:
    """List the one collection."""
    session = open_session(request)
    allow_only(request)
    return reply(
        request,
        {
            "links": [_link(request, "self", JSON, "/ogc/collections", "The collections")],
            "collections": [_cameras(request, session.reader)],
        },
    )


@feed_view
def collection(request: HttpRequest) -> HttpResponse:
    """Describe the collection of cameras."""
    session = open_session(request)
    allow_only(request)
    return reply(request, _cameras(request, session.reader))


def _cameras(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    content: dict[str, Any] = {
        "id": "cameras",
        "title": "Registered cameras",
        "description": "A registered camera may have footage; nobody has access to it through this registry.",
        "itemType": "feature",
        "crs": [CRS84],
        "links": [
            _link(request, "self", JSON, COLLECTION, "This collection"),
            _link(request, "items", GEOJSON, f"{COLLECTION}/items", "The cameras"),
            _link(request, "changes", GEOJSON, f"{COLLECTION}/changes", "What changed since a cursor"),
        ],
    }
    extent = _extent(reader)
    if extent is not None:
        content["extent"] = {"spatial": {"bbox": [extent], "crs": CRS84}}
    return content


def _extent(reader: Reader) -> list[float] | None:
    """Return the box of what the reader is shown, rounded outward to tenths of a degree; None for an empty feed.

    An exact box would show the position of its four outermost cameras, and when one of them moves.
    """
    box = rows_of(reader).aggregate(Min("longitude"), Min("latitude"), Max("longitude"), Max("latitude"))
    west, south, east, north = box.values()
    if west is None:
        return None
    return [
        max(-180.0, math.floor(west * 10) / 10),
        max(-90.0, math.floor(south * 10) / 10),
        min(180.0, math.ceil(east * 10) / 10),
        min(90.0, math.ceil(north * 10) / 10),
    ]


def _link(request: HttpRequest, rel: str, content_type: str, path: str, title: str) -> dict[str, str]:
    return {"rel": rel, "type": content_type, "title": title, "href": url_of(request, path)}
