"""What the pages of the yearly round share: who may open them, ids from their forms, and what surrounds each list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Page
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from registrations.models import Agency, Registration
from registrations.services import NotAllowed
from staff.roles import agencies_of, is_verifier

PAGE = 50


def agency_to_check(request: HttpRequest, code: str) -> Agency:
    """Return an agency that this verifier works for.

    Raises PermissionDenied for everyone but verifiers, superusers included, and Http404 for all other agencies.
    """
    if not is_verifier(request.user):
        raise PermissionDenied
    return get_object_or_404(agencies_of(request.user), code=code)


def ids_from(texts: Iterable[str]) -> set[UUID]:
    """Return the ids that a form sent. Raises BadRequest for what is none."""
    try:
        return {UUID(text) for text in texts}
    except ValueError as error:
        raise BadRequest("This is no id of a registration.") from error


def list_context(request: HttpRequest, agency: Agency, page: Page, title: str, name: str) -> dict[str, Any]:
    """Return what surrounds a list: the admin's frame, a title, and the pages before and after."""
    here = reverse(name, args=[agency.code])
    return {
        **admin.site.each_context(request),
        "title": f"{title}: {agency.name}",
        "here": title,
        "agency": agency,
        "page": page,
        "before": f"{here}?page={page.previous_page_number()}" if page.has_previous() else "",
        "after": f"{here}?page={page.next_page_number()}" if page.has_next() else "",
    }


def apply(request: HttpRequest, chosen: Iterable[Registration], act: Callable[[Registration], None]) -> int:
    """Do one thing to each, say why not for those that refuse it, and return for how many it worked."""
    count = 0
    for registration in chosen:
        short = str(registration.pk)[:8]
        try:
            act(registration)
        except NotAllowed as error:
            messages.error(request, f"{short}: {error}")
        else:
            count += 1
    return count
