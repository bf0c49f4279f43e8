"""The addresses of the page that shows everyone how many cameras are registered where."""

from __future__ import annotations

from django.urls import path

from disclosure import counts_views

urlpatterns = [
    path("counts/", counts_views.choose, name="counts"),
    path("counts/<slug:code>/", counts_views.show, name="counts_of"),
    path("counts/<slug:code>.csv", counts_views.download_csv, name="counts_csv"),
    path("counts/<slug:code>.geojson", counts_views.download_geojson, name="counts_geojson"),
]
