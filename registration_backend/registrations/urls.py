"""The addresses of the registrant's pages."""

from __future__ import annotations

from django.urls import path

from registrations import about_views, change_views, languages, link_views, ownership_views, printable_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("register/", views.register, name="register"),
    path("registration/deleted/", views.withdrawn, name="withdrawn"),
    path("registration/<slug:token>/", views.registration, name="registration"),
    path("registration/<slug:token>/change/", change_views.change, name="change"),
    path("registration/<slug:token>/download/", change_views.download, name="download"),
    path("registration/<slug:token>/withdraw/", views.withdraw, name="withdraw"),
    path("registration/<slug:token>/send-again/", link_views.send_again, name="send-again"),
    path("registration/<slug:token>/keep/", link_views.keep, name="keep"),
    path("registration/<slug:token>/another/", views.another, name="another"),
    path("registration/<slug:token>/leave/", link_views.leave, name="leave"),
    path("registration/<slug:token>/other/<uuid:registration_id>/", link_views.other_site, name="other-site"),
    path("link/", link_views.ask, name="ask"),
    path("link/sent/", link_views.asked, name="asked"),
    path("link/<slug:token>/", link_views.open_link, name="link"),
    path("not-mine/", ownership_views.report, name="not-mine"),
    path("not-mine/sent/", ownership_views.reported, name="not-mine-sent"),
    path("language/", languages.switch, name="language"),
    path("about/<str:code>/contact/", about_views.contact, name="contact"),
    path("about/<str:code>/<slug:kind>/", about_views.about, name="about"),
    path("printables/<str:code>/leaflet.pdf", printable_views.leaflet, name="leaflet"),
    path("printables/<str:code>/sticker.pdf", printable_views.sticker, name="sticker"),
    path("basemap/<slug:code>.geojson", views.basemap, name="basemap"),
    path("area/<slug:code>.geojson", views.area, name="area"),
]
