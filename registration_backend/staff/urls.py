"""The staff's own pages beside Django's admin; they come before it in /staff/."""

from __future__ import annotations

from typing import NoReturn

from django.contrib import admin
from django.http import Http404, HttpRequest
from django.urls import path

from staff import queue_views


def nothing_here(request: HttpRequest, **_: object) -> NoReturn:
    """Answer 404 where the admin would look up any object by any number: no page of ours is reached that way."""
    raise Http404


app_name = "staff"
urlpatterns = [
    path("queue/", admin.site.admin_view(queue_views.queue_page), name="queue"),
    path("r/<path:anything>", nothing_here),
]
