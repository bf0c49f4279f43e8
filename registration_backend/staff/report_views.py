"""The staff page of the council's report, and its downloads; it shows only what may be handed out."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from registrations.models import Agency
from registrations.spreadsheets import as_csv
from staff.council_report import CouncilReport, Recorded, council_report
from staff.models import MonthlyFigures
from staff.report_chart import chart_of
from staff.report_pdf import report_pdf
from staff.report_words import DEFINITIONS, TITLE, by_district, by_month, everything, newest_by_district


class MonthField(forms.DateField):
    """A month, as 2026-11; becomes its first day."""

    widget = forms.DateInput(attrs={"type": "month", "placeholder": "2026-11", "size": 8}, format="%Y-%m")
    default_error_messages = {"invalid": "Write the month as in 2026-11."}

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%Y-%m"], **options)


class ReportForm(forms.Form):
    """Which agency and which months the report is about; months left blank mean all that are recorded."""

    agency = forms.ModelChoiceField(Agency.objects.order_by("name"), to_field_name="code", empty_label=None)
    first = MonthField(required=False, label="From")
    last = MonthField(required=False, label="To")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", "This month is before the first one. Swap the two.")
        return data

    def report(self) -> CouncilReport:
        """Return the report that was asked for; only after is_valid()."""
        figures = MonthlyFigures.objects.filter(agency=self.cleaned_data["agency"])
        if self.cleaned_data["first"]:
            figures = figures.filter(month__gte=self.cleaned_data["first"])
        if self.cleaned_data["last"]:
            figures = figures.filter(month__lte=self.cleaned_data["last"])
        return council_report(Recorded(*row) for row in figures.values_list(*Recorded._fields))


@admin.register(MonthlyFigures)
class CouncilReportAdmin(admin.ModelAdmin):
    """Has no other pages than the report: the recorded figures themselves are shown to nobody."""

    def get_urls(self) -> list[URLPattern]:
        def page(address: str, view: Any, name: str) -> URLPattern:
            return path(address, self.admin_site.admin_view(require_safe(view)), name=f"staff_monthlyfigures_{name}")

        return [
            page("", self.show, "changelist"),
            page("report.csv", self.download_csv, "csv"),
            page("report.pdf", self.download_pdf, "pdf"),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def show(self, request: HttpRequest) -> HttpResponse:
        """Show the report, or what is wrong with the months that were asked for."""
        self._check(request)
        form = _form(request)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": TITLE,
            "opts": self.model._meta,
            "form": form,
            "definitions": DEFINITIONS,
        }
        valid = form.is_valid()
        report = form.report() if valid else None
        if report is not None and report.months:
            context |= {
                "report": report,
                "chart": chart_of(report),
                "first": report.months[0],
                "last": report.months[-1],
                "by_month": by_month(report),
                "newest": newest_by_district(report),
                "over_time": by_district(report) if len(report.months) > 1 else [],
                "query": form.data.urlencode(),
            }
        return render(request, "staff/council_report.html", context, status=200 if valid else 422)

    def download_csv(self, request: HttpRequest) -> HttpResponseBase:
        """Send the report as CSV; where there is none, lead to the page that says why."""
        self._check(request)
        form = _form(request)
        if not form.is_valid() or not (report := form.report()).months:
            return _back(request)
        return _file(as_csv(everything(report)), "text/csv; charset=utf-8", f"{_name(form, report)}.csv")

    def download_pdf(self, request: HttpRequest) -> HttpResponseBase:
        """Send the report as PDF; where there is none, lead to the page that says why."""
        self._check(request)
        form = _form(request)
        if not form.is_valid() or not (report := form.report()).months:
            return _back(request)
        pdf = report_pdf(report, form.cleaned_data["agency"].name, _today())
        return _file(pdf, "application/pdf", f"{_name(form, report)}.pdf")

    def _check(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied


def _form(request: HttpRequest) -> ReportForm:
    """Return the form as it was sent; who sent none asks for the first agency, and for all months."""
    data = request.GET.copy()
    if "agency" not in data:
        data["agency"] = Agency.objects.order_by("name").values_list("code", flat=True).first() or ""
    return ReportForm(data)


def _back(request: HttpRequest) -> HttpResponseBase:
    return redirect(f"{reverse('admin:staff_monthlyfigures_changelist')}?{request.GET.urlencode()}")


def _name(form: ReportForm, report: CouncilReport) -> str:
    return f"council-report-{form.cleaned_data['agency'].code}-{report.months[0].name}-{report.months[-1].name}"


def _today() -> date:
    return timezone.now().date()


def _file(body: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
