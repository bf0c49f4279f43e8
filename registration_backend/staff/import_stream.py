"""Sends a page bit by bit while long work goes on, so that its progress is seen without any script."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.template.loader import render_to_string

Work = Generator[int, None, tuple[str, dict[str, Any]]]

MARK = "<!-- the work goes here -->"
_log = logging.getLogger(__name__)


def stream(request: HttpRequest, context: dict[str, Any], total: int, work: Work) -> StreamingHttpResponse:
    """Answer with the page of `context`, then with each number of rows that `work` yields, then with its result.

    `work` returns a template and its values. Whoever closes the page ends it between two of its steps, and when it
    fails the page says so, since its status was sent long before.
    """
    page = render_to_string("staff/import_working.html", {**context, "mark": MARK}, request)
    before, after = page.split(MARK)
    response = StreamingHttpResponse(_pieces(request, context, before, after, total, work))
    response["X-Accel-Buffering"] = "no"  # nginx would show nothing until the end
    return response


def _pieces(
    request: HttpRequest, context: dict[str, Any], before: str, after: str, total: int, work: Work
) -> Iterator[str]:
    yield before
    try:
        result = None
        while result is None:
            try:
                done = next(work)
            except StopIteration as end:
                result = end.value
            else:
                yield render_to_string("staff/import_step.html", {"done": min(done, total), "total": total})
        template, values = result
        # An empty step hides the last one: each hides those before it.
        yield "<p></p></div>" + render_to_string(template, {**context, **values}, request)
    except Exception:
        _log.exception("an import stopped")
        yield "<p></p></div>" + render_to_string("staff/import_stopped.html", context, request)
    yield after
