"""Refuses zero bytes in cookies and in queries of staff pages: PostgreSQL stores none, and fails on a lookup."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class RefuseZeroBytes:
    """Middleware that answers 400 before a session or a filter is looked up; forms refuse zero bytes themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on. Raises BadRequest, which Django answers with 400, where there is a zero byte."""
        # Other pages and the feed judge their own parameters, the feed with a JSON answer.
        query = request.META.get("QUERY_STRING", "") if request.path_info.startswith("/staff/") else ""
        if "%00" in query or "\0" in query or any("\0" in value for value in request.COOKIES.values()):
            raise BadRequest("The request has a zero byte in it.")
        return self._get_response(request)
