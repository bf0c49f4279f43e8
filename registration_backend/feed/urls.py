"""Which view answers which address of the feed."""

from __future__ import annotations

from django.urls import path, re_path

from feed import description, views

_CAMERAS = "ogc/collections/cameras"

urlpatterns = [
    path("ogc", description.landing),
    path("ogc/", description.landing, name="landing"),
    path("ogc/conformance", description.conformance, name="conformance"),
    path("ogc/api", description.api, name="api"),
    path("ogc/collections", description.collections, name="collections"),
    path(_CAMERAS, description.collection, name="collection"),
    path(f"{_CAMERAS}/items", views.items, name="items"),
    path(f"{_CAMERAS}/items/<str:camera_id>", views.item, name="item"),
    path(f"{_CAMERAS}/changes", views.changes, name="changes"),
    path("registry/policy", views.policy, name="policy"),
    re_path(r"^(ogc|registry)/", views.nothing_here),
]
