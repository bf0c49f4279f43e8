"""Shows a contact to a verifier of its agency: asked for with a reason, recorded, limited a day, soon masked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from registrations import contacts
from registrations.map_view import allow_tiles, map_view
from registrations.models import Registration
from staff import looks
from staff.act_forms import ReasonForm
from staff.buttons import buttons
from staff.forms import PlacementForm
from staff.models import Reason
from staff.roles import agencies_of, is_verifier

MASKED_AFTER_S = 120


def registration_to_check(request: HttpRequest, registration_id: UUID) -> Registration:
    """Return a registration of an agency that this verifier works for.

    Raises PermissionDenied for everyone but verifiers, superusers included, and Http404 for all other registrations,
    so that nobody learns which ids exist elsewhere.
    """
    if not is_verifier(request.user):
        raise PermissionDenied
    mine = Registration.objects.select_related("agency").filter(agency__in=agencies_of(request.user))
    registration = mine.filter(pk=registration_id).first()
    if registration is None:
        raise Http404
    return registration


@require_POST
def open_contact(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """Record the look, and only then decrypt and show the contact beside the pin form."""
    registration = registration_to_check(request, registration_id)
    asked = ReasonForm(request.POST)
    if not asked.is_valid():
        return refused(request, registration, " ".join(asked.errors["reason"]), 400)
    problem, contact = "", contacts.ContactDetails()
    try:
        contact = looks.open_contact(request.user, registration, Reason(asked.cleaned_data["reason"]))
    except looks.LimitReached as error:
        return refused(request, registration, str(error), 429)
    except contacts.ContactUnreadable as error:
        problem = str(error)
    context = {
        **page_context(request, registration, "Contact"),
        **buttons(registration),
        "contact": contact,
        "problem": problem,
        "left": looks.left_today(request.user),
        "masked_after_s": MASKED_AFTER_S,
        "form": PlacementForm(instance=registration),
        "map": map_view(registration.agency),
    }
    return allow_tiles(unstored(render(request, "staff/contact.html", context)), registration.agency)


def refused(request: HttpRequest, registration: Registration, why: str, status: int) -> HttpResponse:
    """Say why a contact is not shown, with the way back."""
    context = {**page_context(request, registration, "The contact stays closed"), "why": why}
    return unstored(render(request, "staff/refused.html", context, status=status))


def page_context(request: HttpRequest, registration: Registration, title: str) -> dict[str, Any]:
    """Return what every page about one registration shows: the admin's frame, a title, the way back."""
    return {
        **admin.site.each_context(request),
        "title": title,
        "registration": registration,
        "back": reverse("admin:registrations_registration_change", args=[registration.pk]),
    }


def unstored(response: HttpResponse) -> HttpResponse:
    """Keep a page out of every cache."""
    response["Cache-Control"] = "no-store"
    return response
