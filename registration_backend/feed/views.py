"""Answers the feed's data addresses: items, one item, changes and the reader's policy."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse

from disclosure.access import Reader, reader_of
from disclosure.reading import grid_member, position_of, view_of
from feed import cursors
from feed.models import FeedState, UnpublishedRegistration
from feed.pages import changes_page, generation, items_page, rows_of, state_of
from feed.parameters import allow_only, read_box, read_days, read_limit
from feed.replies import GEOJSON, JSON, FeedError, feed_view, reply, url_of

COLLECTION = "/ogc/collections/cameras"
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Session(NamedTuple):
    """Who reads, under which view, the state of the feed when the request came, and what its cursors are bound to."""

    reader: Reader
    view: str
    state: FeedState
    bound_to: str


def open_session(request: HttpRequest) -> Session:
    """Return the caller's session; refuses with 503 while the stored documents follow older settings.

    Otherwise exact documents could be read in the moment after an agency became stricter.
    """
    reader = reader_of(request)
    view = view_of(reader.agency, reader.role)
    bound_to = cursors.bound_to(view, generation())  # read before the rows: a restore in between makes it unusable
    state = state_of(reader, view)
    if state.view != view:
        raise FeedError(
            503,
            "republishing",
            "The cameras are being published afresh after a change of settings. Try again later.",
            {"Retry-After": "60"},
        )
    return Session(reader, view, state, bound_to)


@feed_view
def items(request: HttpRequest) -> HttpResponse:
    """Return a page of cameras in a bounding box and a range of days."""
    session = open_session(request)
    allow_only(request, "bbox", "datetime", "limit", "after")
    limit, box, days = read_limit(request), read_box(request), read_days(request)
    mark = request.GET.get("after")
    after = cursors.read_mark(session.bound_to, mark) if mark is not None else 0
    page = items_page(session.reader, box, days, after, limit)
    links = [_link(request, "self", GEOJSON, f"{COLLECTION}/items", request.GET.dict())]
    links.append(_link(request, "collection", JSON, COLLECTION))
    if page.next_after is not None:
        query = {**request.GET.dict(), "after": cursors.write_mark(session.bound_to, page.next_after)}
        links.append(_link(request, "next", GEOJSON, f"{COLLECTION}/items", query))
    members: dict[str, Any] = {"numberReturned": len(page.documents), "links": links}
    is_everything = box is None and days is None
    if is_everything and state_of(session.reader, session.view).sequence == session.state.sequence:
        members["numberMatched"] = session.state.count
    return reply(request, _collection(page.documents, members), GEOJSON)


@feed_view
def item(request: HttpRequest, camera_id: str) -> HttpResponse:
    """Return one camera."""
    session = open_session(request)
    allow_only(request)
    documents = rows_of(session.reader).values_list("document", flat=True)
    found = documents.filter(camera_id=camera_id).first() if _UUID.fullmatch(camera_id) else None
    if found is None:
        raise FeedError(404, "not_found", "There is no such camera that you may see.")
    links = [
        _link(request, "self", GEOJSON, f"{COLLECTION}/items/{camera_id.lower()}"),
        _link(request, "collection", JSON, COLLECTION),
    ]
    return reply(request, found[:-1].encode("ascii") + b',"links":' + orjson.dumps(links) + b"}", GEOJSON)


@feed_view
def changes(request: HttpRequest) -> HttpResponse:
    """Return what changed since a cursor; the last page carries the count and digest of what the reader must hold."""
    session = open_session(request)
    allow_only(request, "since", "limit")
    limit, since = read_limit(request), request.GET.get("since")
    cursor = cursors.read_cursor(session.bound_to, since) if since is not None else None
    page = changes_page(session.reader, session.view, cursor, limit)
    next_cursor = cursors.write_cursor(session.bound_to, page.cursor)
    members: dict[str, Any] = {
        "withdrawn": page.withdrawn,
        "cursor": next_cursor,
        "more": page.state is None,
        "numberReturned": len(page.documents),
        "links": [],
    }
    if page.state is None:
        query = {"since": next_cursor, "limit": limit}
        members["links"] = [_link(request, "next", GEOJSON, f"{COLLECTION}/changes", query)]
    else:
        members |= {"count": page.state.count, "digest": page.state.digest}
    return reply(request, _collection(page.documents, members), GEOJSON)


@feed_view
def policy(request: HttpRequest) -> HttpResponse:
    """Tell a reader its role, how positions are shown to it, its lease, and what it may keep."""
    reader = reader_of(request)
    agency = reader.agency
    allow_only(request)
    gaps = UnpublishedRegistration.objects.filter(agency=agency, audience=reader.role)
    counts = gaps.values_list("municipality").annotate(Sum("cameras")).order_by("municipality")
    return reply(
        request,
        {
            "role": reader.role,
            "agency": agency.code,
            "position": position_of(agency, reader.role),
            "grid": grid_member(agency, reader.role),
            "lease_hours": agency.lease_hours,
            "cache_on_disk": agency.cache_on_disk,
            "save_exports": agency.save_exports,
            "not_published": {municipality or "unknown": number for municipality, number in counts},
        },
    )


@feed_view
def nothing_here(request: HttpRequest, *_: str) -> HttpResponse:
    """Answer every other address below /ogc/."""
    raise FeedError(404, "not_found", "There is nothing at this address. The feed begins at /ogc/.")


def _collection(documents: list[str], members: dict[str, Any]) -> bytes:
    """Join finished documents and the members after them into one feature collection."""
    tail = orjson.dumps(members)[1:]
    return b"".join((b'{"type":"FeatureCollection","features":[', ",".join(documents).encode("ascii"), b"],", tail))


def _link(
    request: HttpRequest, rel: str, content_type: str, path: str, query: dict[str, Any] | None = None
) -> dict[str, str]:
    href = url_of(request, path) + (f"?{urlencode(query)}" if query else "")
    return {"rel": rel, "type": content_type, "href": href}
