"""The queue: what waits, on a map and in a list, with the buttons that bring it on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from registrations.map_view import allow_tiles, map_view
from registrations.models import Registration
from registrations.services import NotAllowed
from staff import acts, queue
from staff.duplicates import duplicates
from staff.explain import is_ready, waits_for
from staff.roles import agencies_of, is_verifier

PAGE = 50
MOST_LINKS = 3  # to duplicates, in one row of the list
_BUTTONS: dict[str, tuple[Callable[..., None], str]] = {
    "publish": (acts.publish, "Published"),
    "suspend": (acts.suspend, "Suspended"),
    "protect": (acts.protect, "Protected"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def queue_page(request: HttpRequest) -> HttpResponseBase:
    """Show one page of the queue, or do what its buttons say. Raises PermissionDenied for all but verifiers."""
    if not is_verifier(request.user):
        raise PermissionDenied
    shown = request.GET.get("show", "all")
    if shown not in queue.SHOWN:
        shown = "all"
    if request.method == "POST":
        _press(request)
        return redirect(_address(shown, request.GET.get("page", "1")))
    return _page(request, shown)


def _page(request: HttpRequest, shown: str) -> HttpResponse:
    agencies = agencies_of(request.user)
    waiting = queue.waiting(agencies)
    counts = queue.counts(waiting)
    listed = queue.with_what_is_listed(waiting.filter(queue.SHOWN[shown][1]))
    paginator = Paginator(listed, PAGE)
    paginator.count = counts[shown]  # known already; asked again it would cost one more query
    page = paginator.get_page(request.GET.get("page"))
    rows = list(page.object_list)
    first_agency = rows[0].agency if rows else agencies.first()
    context = {
        **admin.site.each_context(request),
        "title": "Registrations that wait",
        "rows": _rows(rows, agencies, page.start_index()),
        "page": page,
        "shown": shown,
        "choices": [(name, label, counts[name], _address(name)) for name, (label, _) in queue.SHOWN.items()],
        "here": _address(shown, page.number),
        "before": _address(shown, page.previous_page_number()) if page.has_previous() else "",
        "after": _address(shown, page.next_page_number()) if page.has_next() else "",
        "has_agency": first_agency is not None,
        "several_agencies": len({row.agency_id for row in rows}) > 1,
        "map": map_view(first_agency) if first_agency else None,
    }
    response = render(request, "staff/queue.html", context)
    response["Cache-Control"] = "no-store"
    return allow_tiles(response, first_agency) if first_agency else response


def _rows(registrations: list[Registration], agencies: Any, first: int) -> list[dict[str, Any]]:
    found = duplicates(registrations, agencies)
    return [
        {
            "number": number,
            "registration": registration,
            "waits_for": waits_for(registration, bool(registration.mail_lookup)),  # type: ignore[attr-defined]
            "is_ready": is_ready(registration),
            "is_pending": registration.state == "pending",
            "duplicates": found[registration.pk][:MOST_LINKS],
            "more_duplicates": max(0, len(found[registration.pk]) - MOST_LINKS),
        }
        for number, registration in enumerate(registrations, start=first)
    ]


def _address(shown: str, page: Any = 1) -> str:
    return f"{reverse('staff:queue')}?{urlencode({'show': shown, 'page': page})}"


def _press(request: HttpRequest) -> None:
    """Do what one button says to one registration, or to all that are ticked, and say what came of it."""
    for name, (act, done) in _BUTTONS.items():
        if name in request.POST:
            _apply(request, [request.POST[name]], act, done)
            return
    ticked = request.POST.getlist("ticked")
    if not ticked:
        messages.warning(request, "Nothing was ticked. Tick the registrations to publish, then press the button.")
    else:
        _apply(request, ticked[:PAGE], acts.publish, "Published")


def _apply(request: HttpRequest, ids: list[str], act: Callable[..., None], done: str) -> None:
    try:
        wanted = {UUID(text) for text in ids}
    except ValueError as error:
        raise BadRequest("This is no id of a registration.") from error
    chosen = list(queue.waiting(agencies_of(request.user)).filter(pk__in=wanted))
    count = 0
    for registration in chosen:
        try:
            act(request.user, registration)
        except NotAllowed as error:
            messages.error(request, f"{str(registration.pk)[:8]}: {error}")
        else:
            count += 1
    if count:
        messages.success(request, f"{done}: {count}.")
    if len(chosen) < len(wanted):
        gone = len(wanted) - len(chosen)
        messages.warning(request, f"{gone} of them {'is' if gone == 1 else 'are'} not in the queue any more.")
