"""The staff pages of "this registration is not mine": a list without contents, an opened report with its buttons."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from registrations import contacts, ownership_reports
from registrations.models import OwnershipReport, Registration
from registrations.ownership_reports import ReportDetails
from registrations.services import NotAllowed
from staff import acts, looks
from staff.models import IdentityCheck, Reason
from staff.roles import agencies_of, is_verifier

CHANGELIST = "admin:registrations_ownershipreport_changelist"


@admin.register(OwnershipReport)
class OwnershipReportAdmin(admin.ModelAdmin):
    """Nothing of a report is shown before a verifier has given a reason."""

    list_display = ("short_id", "agency", "created_at")
    list_filter = ("agency",)
    list_select_related = ("agency",)
    ordering = ("created_at",)
    actions = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[OwnershipReport]:
        return super().get_queryset(request).filter(agency__in=agencies_of(request.user))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="report", ordering="id")
    def short_id(self, report: OwnershipReport) -> str:
        return str(report.pk)[:8]

    def get_urls(self) -> list[URLPattern]:
        act = path(
            "<uuid:report_id>/act/", self.admin_site.admin_view(self.act), name="registrations_ownershipreport_act"
        )
        return [act, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Ask for a reason; with one, record the look, and only then decrypt and show the report."""
        report = self._report(request, object_id)
        if request.method == "GET":
            return self._page(request, report, {"reasons": Reason.choices})
        if request.method != "POST":
            return HttpResponseNotAllowed(["GET", "POST"])
        reason = request.POST.get("reason", "")
        if reason not in Reason.values:
            return HttpResponseBadRequest("Choose why you need to read it.", content_type="text/plain")
        return self._opened(request, report, reason)

    def act(self, request: HttpRequest, report_id: UUID) -> HttpResponse:
        """Withdraw or suspend a registration at the reported address, or close the report."""
        report = self._report(request, str(report_id))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        action = request.POST.get("action", "")
        if action == "close":
            try:
                ownership_reports.close(report)
            except NotAllowed as error:
                self.message_user(request, str(error), messages.ERROR)
                return redirect("admin:registrations_ownershipreport_change", report.pk)
            self.log_change(request, report, "Closed: the report and its key are deleted.")
            self.message_user(request, "The report is closed and deleted.", messages.SUCCESS)
            return redirect(CHANGELIST)
        registration = self._candidate(report, request.POST.get("registration", ""))
        if action == "withdraw" and "confirmed" not in request.POST:
            return self._page(request, report, {"asked": registration, "title": "Withdraw this registration?"})
        try:
            if action == "withdraw":
                acts.withdraw(request.user, registration, IdentityCheck.NONE_NEEDED)
                done = "Withdrawn"
            elif action == "suspend":
                acts.suspend(request.user, registration)
                done = "Suspended"
            else:
                return HttpResponseBadRequest("Choose what to do.", content_type="text/plain")
        except NotAllowed as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.log_change(request, report, f"{done}: {registration.pk}.")
            self.message_user(request, f"{done}: {registration.pk}. Close the report when all is done.")
        return redirect("admin:registrations_ownershipreport_change", report.pk)

    def _report(self, request: HttpRequest, report_id: str) -> OwnershipReport:
        """Return a report. Raises PermissionDenied for everyone but verifiers, superusers included, and Http404."""
        if not is_verifier(request.user):
            raise PermissionDenied
        found = self.get_object(request, report_id)
        if found is None:
            raise Http404
        report: OwnershipReport = found
        return report

    def _opened(self, request: HttpRequest, report: OwnershipReport, reason: str) -> HttpResponse:
        try:
            looks.record(request.user, {report.pk: report.agency_id}, Reason(reason))
        except looks.LimitReached as error:
            return self._page(request, report, {"problem": str(error)})
        try:
            details = ownership_reports.read(report)
        except contacts.ContactUnreadable:
            problem = "This report can no longer be read by anyone. Close it."
            return self._page(request, report, {"problem": problem})
        found = ownership_reports.candidates(report, details)
        return self._page(request, report, {"details": details, "candidates": found})

    def _candidate(self, report: OwnershipReport, registration_id: str) -> Registration:
        """Return one of the registrations at the reported address: a report reaches no other. Raises Http404."""
        try:
            details: ReportDetails = ownership_reports.read(report)
        except contacts.ContactUnreadable as error:
            raise Http404 from error
        for registration in ownership_reports.candidates(report, details):
            if str(registration.pk) == registration_id:
                return registration
        raise Http404

    def _page(self, request: HttpRequest, report: OwnershipReport, more: dict[str, Any]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Not mine, says somebody",
            "opts": self.model._meta,
            "report": report,
            "act_url": reverse("admin:registrations_ownershipreport_act", args=[report.pk]),
            **more,
        }
        response = render(request, "staff/ownership_report.html", context)
        response["Cache-Control"] = "no-store"
        return response
