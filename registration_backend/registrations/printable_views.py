"""Hands out the printables of an agency as PDF; they hold nothing but what the agency publishes about itself."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from registrations import mail
from registrations.models import Agency
from registrations.printables.content import Content, content_of
from registrations.printables.leaflet import leaflet as make_leaflet
from registrations.printables.sticker import DEFAULT_SIZE, stickers

CACHED_SECONDS = 3600  # an agency's new phone number is on the leaflet an hour later at most


@require_safe
def leaflet(request: HttpRequest, code: str) -> HttpResponse:
    """Send the leaflet in both languages; `?paper=letter` or `a4` for other paper than settings.PAPER."""
    return _pdf(request, make_leaflet(_content(request, code)), f"leaflet-{code}.pdf")


@require_safe
def sticker(request: HttpRequest, code: str) -> HttpResponse:
    """Send a sheet of window stickers; `?size=small` or `large`, `?paper=letter` or `a4`."""
    try:
        sheet = stickers(_content(request, code), request.GET.get("size", DEFAULT_SIZE))
    except KeyError as error:
        raise Http404 from error
    return _pdf(request, sheet, f"sticker-{code}.pdf")


def _content(request: HttpRequest, code: str) -> Content:
    agency = get_object_or_404(Agency, code=code)
    try:
        return content_of(agency, mail.base_url(request), request.GET.get("paper", settings.PAPER))
    except KeyError as error:
        raise Http404 from error


def _pdf(request: HttpRequest, file: bytes, name: str) -> HttpResponse:
    response = HttpResponse(file, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Cache-Control"] = f"public, max-age={CACHED_SECONDS}"
    etag = quote_etag(hashlib.sha256(file).hexdigest()[:32])
    response["ETag"] = etag
    answer = get_conditional_response(request, etag=etag, response=response)
    return answer if answer is not None else response
