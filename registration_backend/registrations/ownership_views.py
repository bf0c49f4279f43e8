"""The page for "a camera is registered here and it is not mine", which needs no link and tells nothing in return."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from registrations import languages, ownership_reports
from registrations.form_fields import PICK_FROM_LIST, SafeCharField, SafeEmailField
from registrations.limits import CONTACT_LENGTHS, OWNERSHIP_NOTE_LENGTH
from registrations.models import Agency
from registrations.views import in_chosen_language, private


class AgencyField(forms.ModelChoiceField):
    """A choice of agencies by name; the only one goes without asking, of several none is chosen beforehand."""

    def label_from_instance(self, agency: Agency) -> str:
        return agency.name


class ReportForm(forms.Form):
    """Where it is and what is wrong; who tells it only if they want to be asked back."""

    agency = AgencyField(
        Agency.objects.order_by("name"),
        to_field_name="code",
        empty_label=gettext_lazy("Choose one"),
        label=gettext_lazy("Agency of your area"),
        error_messages={"invalid_choice": PICK_FROM_LIST, "required": PICK_FROM_LIST},
    )
    address = SafeCharField(
        label=gettext_lazy("Your address, where the camera is registered"),
        max_length=CONTACT_LENGTHS["address"],
        help_text=gettext_lazy("Street, number and town."),
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
        error_messages={"required": gettext_lazy("Please type the address, so that we know where to look.")},
    )
    unit = SafeCharField(
        label=gettext_lazy("Unit, floor or building (optional)"), max_length=CONTACT_LENGTHS["unit"], required=False
    )
    problem = forms.ChoiceField(
        label=gettext_lazy("What is wrong?"),
        choices=ownership_reports.PROBLEMS,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please choose what is wrong."), "invalid_choice": PICK_FROM_LIST},
    )
    note = SafeCharField(
        label=gettext_lazy("Anything else we should know? (optional)"),
        max_length=OWNERSHIP_NOTE_LENGTH,
        required=False,
        lines=True,
    )
    name = SafeCharField(
        label=gettext_lazy("Your name (optional)"),
        max_length=CONTACT_LENGTHS["name"],
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = SafeCharField(
        label=gettext_lazy("Phone (optional)"),
        max_length=CONTACT_LENGTHS["phone"],
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    email = SafeEmailField(
        label=gettext_lazy("E-mail (optional)"),
        max_length=CONTACT_LENGTHS["email"],
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "invalid": gettext_lazy("This does not look like an e-mail address. Example: name@example.org")
        },
    )

    def details(self) -> ownership_reports.ReportDetails:
        """Return what was told; only after is_valid()."""
        return ownership_reports.ReportDetails(
            **{name: value for name, value in self.cleaned_data.items() if name != "agency"}
        )


@private
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponseBase:
    """Take a report. The answer is the same whether anything is registered at the address or not."""
    if request.method != "POST":
        return _page(request, ReportForm(initial=_wanted_agency(request)))
    if languages.FIELD in request.POST:
        return in_chosen_language(request, lambda: _page(request, _typed(request)))
    form = ReportForm(request.POST)
    if not form.is_valid():
        return _page(request, form, _error_links(form), 422)
    try:
        ownership_reports.create(form.cleaned_data["agency"], form.details())
    except ownership_reports.TooManyReports:
        said = _("Too many such messages came within the last hour. Please try again later, or call the agency.")
        return _page(request, form, [("", "", said)], 429)
    return redirect("not-mine-sent")


@private
@require_GET
def reported(request: HttpRequest) -> HttpResponse:
    """Say that staff will look into it, and nothing else."""
    return render(request, "registrations/not_mine_sent.html")


def typed_again(request: HttpRequest, message: str) -> HttpResponse:
    """Show the form as it was typed, with `message` above it and nothing stored."""
    return _page(request, _typed(request), [("", "", message)], 403)


def _typed(request: HttpRequest) -> ReportForm:
    return ReportForm(initial={name: request.POST.get(name, "") for name in ReportForm.base_fields})


def _wanted_agency(request: HttpRequest) -> dict[str, Any]:
    return {"agency": request.GET.get("agency", "")[:16]}


def _error_links(form: ReportForm) -> list[tuple[str, str, str]]:
    # A group of buttons has no element of the group's own id.
    first = {"problem": "id_problem_0"}
    return [
        (first.get(field.name, field.auto_id), str(field.label), message) for field in form for message in field.errors
    ]


def _page(
    request: HttpRequest, form: ReportForm, errors: list[tuple[str, str, str]] | None = None, status: int = 200
) -> HttpResponse:
    agencies = Agency.objects.order_by("name")
    context = {"form": form, "errors": errors or [], "agencies": agencies, "here": request.path}
    return render(request, "registrations/not_mine.html", context, status=status)
