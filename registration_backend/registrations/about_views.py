"""The pages about an agency: what it promises, questions and answers, advice on cameras, and how to reach it."""

from __future__ import annotations

import logging

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from registrations import agency_pages, hourly_limit, languages, mail
from registrations.enumerations import PageKind
from registrations.form_fields import SafeCharField, SafeEmailField
from registrations.limits import CONTACT_LENGTHS
from registrations.models import Agency
from registrations.views import in_chosen_language, kept_private, private

logger = logging.getLogger(__name__)


class MessageForm(forms.Form):
    """A message to the agency; who writes may stay unsaid."""

    message = SafeCharField(
        label=gettext_lazy("Your message"),
        max_length=2000,
        lines=True,
        help_text=gettext_lazy("No secrets, please: this goes by e-mail. In an emergency call the emergency number."),
        error_messages={"required": gettext_lazy("Please type your message.")},
    )
    name = SafeCharField(
        label=gettext_lazy("Your name (optional)"),
        max_length=CONTACT_LENGTHS["name"],
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = SafeEmailField(
        label=gettext_lazy("Your e-mail (optional)"),
        max_length=CONTACT_LENGTHS["email"],
        required=False,
        help_text=gettext_lazy("Without it, or a phone number in your message, nobody can answer you."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "invalid": gettext_lazy("This does not look like an e-mail address. Example: name@example.org")
        },
    )


@require_safe
def about(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Show one text of an agency."""
    if kind not in PageKind.values:
        raise Http404
    agency = get_object_or_404(Agency, code=code)
    return render(request, "registrations/about.html", _context(agency, PageKind(kind)))


@private
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest, code: str) -> HttpResponseBase:
    """Say how the agency is reached, and pass a message on to it by e-mail; nothing of it is stored."""
    agency = get_object_or_404(Agency, code=code)
    if request.method != "POST":
        return _contact_page(request, agency, MessageForm())
    if languages.FIELD in request.POST:
        typed = _as_typed(request)
        return in_chosen_language(request, lambda: _contact_page(request, agency, typed))
    if not agency.public_email:
        raise Http404
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _contact_page(request, agency, form, status=422)
    problem, status = _pass_on(agency, form)
    if problem:
        return _contact_page(request, agency, form, problem, status)
    return redirect(f"{reverse('contact', args=[agency.code])}?sent")


def typed_again(request: HttpRequest, code: str, message: str) -> HttpResponse | None:
    """Show the message as it was typed, with `message` above it and nothing sent; None for an unknown agency."""
    agency = Agency.objects.filter(code=code).exclude(public_email="").first()
    return _contact_page(request, agency, _as_typed(request), message, 403) if agency else None


def _pass_on(agency: Agency, form: MessageForm) -> tuple[str, int]:
    """Send the message; return why it was not sent, and the status that says so, or ("", 200)."""
    try:
        if not hourly_limit.take_one(f"contact-{agency.pk}", settings.CONTACT_MESSAGES_AN_HOUR):
            return _("Too many messages were sent from here within the hour. Please try again later, or call."), 429
    except OSError as error:
        logger.error("The messages of this hour cannot be counted: %s", type(error).__name__)
        return _not_sent(), 503
    data = form.cleaned_data
    sent = mail.send_to_agency(agency, data["message"], data["name"], data["email"])
    return ("", 200) if sent else (_not_sent(), 503)


def _not_sent() -> str:
    return _("Your message was not sent: the mail server did not take it. What you typed is below. Please try later.")


def _as_typed(request: HttpRequest) -> MessageForm:
    return MessageForm(initial={name: request.POST.get(name, "") for name in MessageForm.base_fields})


def _contact_page(
    request: HttpRequest, agency: Agency, form: MessageForm, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {
        **_context(agency, PageKind.CONTACT),
        "form": form if agency.public_email else None,
        "problem": problem,
        "is_sent": "sent" in request.GET and request.method != "POST",
        "here": reverse("contact", args=[agency.code]),
    }
    return kept_private(render(request, "registrations/contact.html", context, status=status))


def _context(agency: Agency, kind: PageKind) -> dict[str, object]:
    page = agency_pages.page_of(agency, kind)
    return {"agency": agency, "kind": kind.value, "title": kind.label, "promise": page}
