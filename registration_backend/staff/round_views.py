"""The pages of the yearly round: the overview, who was asked and has not answered, and what left the map unanswered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from registrations.models import Agency, Registration
from staff import acts, yearly_round
from staff.contact_view import unstored
from staff.models import StaffAct
from staff.roles import agencies_of, is_verifier, sees_round
from staff.round_pages import PAGE, agency_to_check, apply, ids_from, list_context


@require_safe
def round_page(request: HttpRequest) -> HttpResponse:
    """Show the round of each agency of this person in numbers. Raises PermissionDenied for other roles."""
    if not sees_round(request.user):
        raise PermissionDenied
    today = timezone.now().date()
    context = {
        **admin.site.each_context(request),
        "title": "Yearly round",
        "overviews": [yearly_round.overview(agency, today) for agency in agencies_of(request.user).order_by("name")],
        "may_change": request.user.has_perm("registrations.change_agency"),
        "may_ask": is_verifier(request.user),
        "bar_px": yearly_round.BAR_PX,
    }
    return unstored(render(request, "staff/round.html", context))


@require_http_methods(["GET", "HEAD", "POST"])
def asked_page(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show who was asked by letter or call and has not answered, or undo a note of today.

    Raises PermissionDenied for all but verifiers, and Http404 for agencies that they do not work for.
    """
    agency = agency_to_check(request, code)
    if request.method == "POST":
        chosen = Registration.objects.filter(agency=agency, pk__in=ids_from(request.POST.getlist("undo")[:1]))
        if apply(request, chosen.select_related("agency"), lambda one: acts.take_back_asked(request.user, one)):
            messages.success(request, "Undone: it waits to be asked again.")
        return redirect("staff:round_asked", agency.code)
    today = timezone.now().date()
    page = Paginator(yearly_round.asked(agency, today), PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    notes = _notes(rows)
    context = {
        **list_context(request, agency, page, "Asked, no answer yet", "staff:round_asked"),
        "rows": [
            {
                "registration": one,
                "note": notes.get(one.pk),
                "leaves_on": one.reminded_on + timedelta(days=agency.suspend_after_days),
                "can_undo": one.reminded_on == today and one.pk in notes,
            }
            for one in rows
        ],
    }
    return unstored(render(request, "staff/round_asked.html", context))


@require_http_methods(["GET", "HEAD", "POST"])
def unanswered_page(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show what left the map unanswered; delete what is ticked for good, after asking once more.

    Raises PermissionDenied for all but verifiers, and Http404 for agencies that they do not work for.
    """
    agency = agency_to_check(request, code)
    if request.method == "POST":
        return _withdraw(request, agency)
    page = Paginator(yearly_round.unanswered(agency), PAGE).get_page(request.GET.get("page"))
    context = {
        **list_context(request, agency, page, "Off the map, unanswered", "staff:round_unanswered"),
        "rows": [{"registration": one, "deleted_on": _deleted_on(agency, one)} for one in page.object_list],
    }
    return unstored(render(request, "staff/round_unanswered.html", context))


def _withdraw(request: HttpRequest, agency: Agency) -> HttpResponseBase:
    wanted = ids_from(request.POST.getlist("ticked")[:PAGE])
    chosen = list(yearly_round.unanswered(agency).filter(pk__in=wanted))
    if chosen and "confirmed" not in request.POST:
        context = {
            **admin.site.each_context(request),
            "title": f"Withdraw {len(chosen)} registration{'' if len(chosen) == 1 else 's'}?",
            "agency": agency,
            "registrations": chosen,
        }
        return unstored(render(request, "staff/round_withdraw.html", context))
    if not wanted:
        messages.warning(request, "Nothing was ticked. Tick what to delete for good, then press the button.")
    elif len(chosen) < len(wanted):
        messages.warning(request, f"{len(wanted) - len(chosen)} of them came back or were deleted meanwhile.")
    count = apply(request, chosen, lambda one: acts.withdraw_unanswered(request.user, one))
    if count:
        messages.success(request, f"Withdrawn: {count}.")
    return redirect("staff:round_unanswered", agency.code)


def _notes(registrations: list[Registration]) -> dict[Any, StaffAct]:
    """Return the newest note that each was asked."""
    ids = [one.pk for one in registrations]
    noted = StaffAct.objects.filter(registration_id__in=ids, act__in=acts.ASKED).select_related("user")
    return {act.registration_id: act for act in noted.order_by("done_at")}


def _deleted_on(agency: Agency, registration: Registration) -> Any:
    """Return the day on which the settings delete it, or None where only a person does."""
    mail_lookup = registration.mail_lookup  # type: ignore[attr-defined]
    if agency.purge_after_days is None or not (mail_lookup or agency.purge_without_email):
        return None
    return registration.suspended_on and registration.suspended_on + timedelta(days=agency.purge_after_days)
