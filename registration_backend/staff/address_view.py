"""Shows a registration's address to a verifier who has to place its pin, and writes down that it did."""

from __future__ import annotations

from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from registrations import contacts
from registrations.map_view import allow_tiles, map_view
from registrations.models import Registration
from staff.forms import PlacementForm
from staff.models import Reason, StaffContactView
from staff.roles import is_verifier


@require_POST
def show_address(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """Record the look, and only then decrypt and show the address beside the pin form; nothing else is shown.

    Raises PermissionDenied for everyone but verifiers, superusers included.
    """
    if not is_verifier(request.user):
        raise PermissionDenied
    registration = get_object_or_404(Registration.objects.select_related("agency"), pk=registration_id)
    reason = request.POST.get("reason", "")
    if reason not in Reason.values:
        return HttpResponseBadRequest("Choose why you need the address.", content_type="text/plain")
    # Committed on its own, before anything is decrypted: if it cannot be written, nothing is shown.
    StaffContactView.objects.create(user=request.user, registration_id=registration.id, reason=reason)
    try:
        contact, problem = contacts.read(registration), ""
    except contacts.ContactUnreadable as error:
        contact, problem = contacts.ContactDetails(), str(error)
    context = {
        **admin.site.each_context(request),
        "title": "Place the pin",
        "registration": registration,
        "contact": contact,
        "problem": problem,
        "form": PlacementForm(instance=registration),
        "map": map_view(registration.agency),
    }
    response = render(request, "staff/address.html", context)
    response["Cache-Control"] = "no-store"
    return allow_tiles(response, registration.agency)
