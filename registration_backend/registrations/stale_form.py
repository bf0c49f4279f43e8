"""Gives back a form whose protection against forged requests ran out, with everything that was typed in it.

A form that was left open while the browser was closed and restored has lost its cookie: whoever filled it in must not
have to do so again.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure as refuse

from registrations import about_views, change_views, ownership_views, views


def give_back(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show the typed registration form once more, fresh and with 403; nothing of it is stored. Else refuse plainly."""
    message = _(
        "This page was open for a long time. Nothing is lost and nothing is stored yet: please send it again. If this "
        "message comes back, allow cookies for this site."
    )
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return refuse(request, reason)
    page: HttpResponse | None = None
    if match.func is views.register:
        page = views.typed_again(request, message)
    elif match.func is views.another:
        page = views.another_typed_again(request, match.kwargs["token"], message)
    elif match.func is change_views.change:
        page = change_views.typed_again(request, match.kwargs["token"], message)
    elif match.func is ownership_views.report:
        page = ownership_views.typed_again(request, message)
    elif match.func is about_views.contact:
        page = about_views.typed_again(request, match.kwargs["code"], message)
    if page is None:
        return refuse(request, reason)
    return views.kept_private(page)
