"""Which part of the backend answers which address."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, JsonResponse
from django.urls import include, path


def health(request: HttpRequest) -> JsonResponse:
    """Say that the backend answers; it reads nothing."""
    return JsonResponse({"status": "ok"})


urlpatterns = [
    path("health", health, name="health"),
    path("", include("registrations.urls")),
    path("", include("disclosure.urls")),
    path("staff/import/", include("staff.import_urls")),
    path("staff/", include("staff.urls")),
    path("staff/", admin.site.urls),
    path("", include("feed.urls")),
]
