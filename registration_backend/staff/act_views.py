"""The pages behind the buttons "for the registrant": each answers a form with a redirect, or shows what is wrong."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from registrations import contacts, mail, stored_form
from registrations.models import Registration
from registrations.services import NotAllowed
from staff import acts, looks
from staff.act_forms import ContactForm, IdentityForm, PaperForm, ReasonForm, WithdrawalForm
from staff.contact_view import page_context, refused, registration_to_check, unstored
from staff.models import IdentityCheck, Reason

_CONFIRM = ("Confirm for the registrant", "The registration counts as confirmed today.")
_PAPER = (
    "Record a signed form",
    "The form's date becomes the date of consent and of confirmation. With a pin, the registration is published.",
)
_CHANGE = (
    "Change contact for the registrant",
    "A new e-mail address gets a link to prove itself, and the old one is told. Without typing, the contact hides "
    "itself after two minutes.",
)
_WHOLE_FORM = (
    "Open the whole form for the registrant",
    "The registrant's own form opens for an hour, with the contact, the place and the cameras. That is a look at the "
    "contact and a change for the registrant, and both are on record.",
)
_WITHDRAW = (
    "Withdraw for the registrant",
    "The registration, its cameras and its contact are deleted for good, and the key of the contact is destroyed. "
    "This cannot be undone. Copies in QGIS end at the next sync, at most 24 hours later.",
)


@require_POST
def confirm(request: HttpRequest, registration_id: UUID) -> HttpResponseBase:
    """Confirm a registration for its registrant after an identity check."""
    registration = registration_to_check(request, registration_id)
    form = IdentityForm(request.POST)
    if form.is_valid():
        check = IdentityCheck(form.cleaned_data["identity_check"])
        return _done(request, registration, "Confirmed.", lambda: acts.confirm(request.user, registration, check))
    return _form_page(request, registration, form, *_CONFIRM)


@require_POST
def record_paper_form(request: HttpRequest, registration_id: UUID) -> HttpResponseBase:
    """Record the date of a signed form; what has a pin is published."""
    registration = registration_to_check(request, registration_id)
    form = PaperForm(request.POST)
    if form.is_valid():
        day = form.cleaned_data["form_date"]
        said = "The signed form is recorded."
        return _done(request, registration, said, lambda: acts.record_paper_form(request.user, registration, day))
    return _form_page(request, registration, form, *_PAPER)


@require_POST
def change_contact(request: HttpRequest, registration_id: UUID) -> HttpResponseBase:
    """Show the contact in a form, which is a look at it, and store what the verifier made of it."""
    registration = registration_to_check(request, registration_id)
    if "save" not in request.POST:
        return _open_contact_form(request, registration)
    form = ContactForm(registration, request.POST)
    if request.POST.get("seen") != stored_form.fingerprint(registration):
        form.is_valid()
        form.add_error(
            None,
            "The registration was changed after you opened this page. What you typed is kept: check it and save it "
            "again, and it replaces the other change.",
        )
    if form.is_valid():
        check = IdentityCheck(form.cleaned_data["identity_check"])
        base = mail.base_url(request)
        return _done(
            request,
            registration,
            "The contact is changed.",
            lambda: acts.change_contact(request.user, registration, form.contact(), check, base),
        )
    return _form_page(request, registration, form, *_CHANGE, seen=stored_form.fingerprint(registration))


@require_POST
def open_whole_form(request: HttpRequest, registration_id: UUID) -> HttpResponseBase:
    """Go to the registrant's own form, to change cameras and everything else at the registrant's request."""
    registration = registration_to_check(request, registration_id)
    form = IdentityForm(request.POST)
    if not form.is_valid():
        return _form_page(request, registration, form, *_WHOLE_FORM)
    try:
        check = IdentityCheck(form.cleaned_data["identity_check"])
        visit = acts.open_whole_form(request.user, registration, check)
    except looks.LimitReached as error:
        return refused(request, registration, str(error), 429)
    return redirect("change", token=visit)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, registration_id: UUID) -> HttpResponseBase:
    """Ask once more, then delete a registration for good."""
    registration = registration_to_check(request, registration_id)
    form = WithdrawalForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            acts.withdraw(request.user, registration, IdentityCheck(form.cleaned_data["identity_check"]))
        except NotAllowed as error:
            messages.error(request, str(error))
            return redirect("admin:registrations_registration_change", registration.pk)
        messages.success(request, f"Withdrawn: {str(registration.pk)[:8]}.")
        return redirect("admin:registrations_registration_changelist")
    return _form_page(request, registration, form, *_WITHDRAW, danger=True)


def _open_contact_form(request: HttpRequest, registration: Registration) -> HttpResponse:
    asked = ReasonForm(request.POST)
    if not asked.is_valid():
        return refused(request, registration, " ".join(asked.errors["reason"]), 400)
    try:
        contact = looks.open_contact(request.user, registration, Reason(asked.cleaned_data["reason"]))
    except looks.LimitReached as error:
        return refused(request, registration, str(error), 429)
    except contacts.ContactUnreadable as error:
        return refused(request, registration, str(error), 409)
    form = ContactForm(registration, initial=asdict(contact))
    return _form_page(request, registration, form, *_CHANGE, seen=stored_form.fingerprint(registration))


def _done(request: HttpRequest, registration: Registration, said: str, act: Any) -> HttpResponseBase:
    """Act, and go back to the registration with the news; a refusal is news as well."""
    try:
        act()
    except NotAllowed as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect("admin:registrations_registration_change", registration.pk)


def _form_page(
    request: HttpRequest,
    registration: Registration,
    form: forms.Form,
    title: str,
    meaning: str,
    *,
    danger: bool = False,
    seen: str = "",
) -> HttpResponse:
    context = {
        **page_context(request, registration, title),
        "form": form,
        "meaning": meaning,
        "danger": danger,
        "seen": seen,
    }
    return unstored(render(request, "staff/act.html", context, status=422 if form.errors else 200))
