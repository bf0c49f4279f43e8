"""Makes the HTTP answers of the feed: JSON that no cache keeps, compressed where asked for, and errors in one form."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from disclosure.access import CHALLENGE, AccessRefused

JSON = "application/json"
GEOJSON = "application/geo+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
_WORTH_COMPRESSING = 500  # bytes
_GZIP = 31  # zlib's window bits for the gzip format

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]


class FeedError(Exception):
    """A request that cannot be answered: an HTTP status, a code for programs and a sentence for people."""

    def __init__(self, status: int, code: str, description: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.code = code
        self.description = description
        self.headers = headers or {}


def feed_view(view: View[Arguments]) -> View[Arguments]:
    """Answer GET and HEAD with `view`, everything else with 405, and turn refusals into answers."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        try:
            if request.method not in ("GET", "HEAD"):
                raise FeedError(405, "method_not_allowed", "The feed is read with GET.", {"Allow": "GET, HEAD"})
            return view(request, *args, **kwargs)
        except AccessRefused as error:
            headers = {"WWW-Authenticate": CHALLENGE} if error.status == 401 else {}
            return _error(request, error.status, error.code, error.description, headers)
        except FeedError as error:
            return _error(request, error.status, error.code, error.description, error.headers)

    # Nothing here changes anything, and a POST is to be told 405, not that it lacks a form token.
    return csrf_exempt(answer)


def reply(request: HttpRequest, content: Any, content_type: str = JSON, status: int = 200) -> HttpResponse:
    """Return an answer that depends on its caller; `content` is finished bytes, or an object to be made JSON."""
    body: bytes = content if isinstance(content, bytes) else orjson.dumps(content)
    response = HttpResponse(status=status, content_type=content_type)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Authorization, Accept-Encoding"
    if len(body) >= _WORTH_COMPRESSING and _accepts_gzip(request):
        packer = zlib.compressobj(level=1, wbits=_GZIP)
        body = packer.compress(body) + packer.flush()
        response["Content-Encoding"] = "gzip"
    response["Content-Length"] = str(len(body))
    if request.method != "HEAD":
        response.content = body
    return response


def url_of(request: HttpRequest, path: str) -> str:
    """Return the absolute address of `path`, as the reader reaches this backend."""
    if settings.PUBLIC_URL:
        return f"{settings.PUBLIC_URL.rstrip('/')}{path}"
    return request.build_absolute_uri(path)


def _error(request: HttpRequest, status: int, code: str, description: str, headers: Mapping[str, str]) -> HttpResponse:
    response = reply(request, {"code": code, "description": description}, status=status)
    for name, value in headers.items():
        response[name] = value
    return response


def _accepts_gzip(request: HttpRequest) -> bool:
    for offer in request.headers.get("Accept-Encoding", "").lower().split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip() in ("gzip", "*"):
            return re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight) is None
    return False
