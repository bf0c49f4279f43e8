"""The addresses of the registrant's pages."""

from __future__ import annotations

from django.urls import path

from registrations import change_views, languages, views

urlpatterns = [
    path("", views.home, name="home"),
    path("register/", views.register, name="register"),
    path("registration/deleted/", views.withdrawn, name="withdrawn"),
    path("registration/<slug:token>/", views.registration, name="registration"),
    path("registration/<slug:token>/change/", change_views.change, name="change"),
    path("registration/<slug:token>/download/", change_views.download, name="download"),
    path("registration/<slug:token>/withdraw/", views.withdraw, name="withdraw"),
    path("language/", languages.switch, name="language"),
    path("basemap/<slug:code>.geojson", views.basemap, name="basemap"),
]
