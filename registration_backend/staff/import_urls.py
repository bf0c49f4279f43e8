"""Which page of the import of lists answers which address."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from staff import import_views

urlpatterns = [
    path("", admin.site.admin_view(import_views.start), name="import_start"),
    path("step/", admin.site.admin_view(import_views.step), name="import_step"),
]
