"""The staff's own pages beside Django's admin; they come before it in /staff/."""

from __future__ import annotations

from typing import NoReturn

from django.contrib import admin
from django.http import Http404, HttpRequest
from django.urls import path

from staff import ask_views, queue_views, round_views


def nothing_here(request: HttpRequest, **_: object) -> NoReturn:
    """Answer 404 where the admin would look up any object by any number: no page of ours is reached that way."""
    raise Http404


app_name = "staff"
urlpatterns = [
    path("queue/", admin.site.admin_view(queue_views.queue_page), name="queue"),
    path("round/", admin.site.admin_view(round_views.round_page), name="round"),
    path("round/<slug:code>/ask/", admin.site.admin_view(ask_views.ask_page), name="round_ask"),
    path("round/<slug:code>/asked/", admin.site.admin_view(round_views.asked_page), name="round_asked"),
    path("round/<slug:code>/unanswered/", admin.site.admin_view(round_views.unanswered_page), name="round_unanswered"),
    path("r/<path:anything>", nothing_here),
]
