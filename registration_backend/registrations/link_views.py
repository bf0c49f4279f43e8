"""The pages around secret links: ask for one, open it, press its button, send it again, leave."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from registrations import contacts, languages, links, mail, services
from registrations.enumerations import LinkPurpose, State
from registrations.form_fields import SafeEmailField
from registrations.limits import CONTACT_LENGTHS
from registrations.models import Contact
from registrations.views import in_chosen_language, private, registration_of


class AskForm(forms.Form):
    """The one thing needed to send a link."""

    email = SafeEmailField(
        label=_("E-mail"),
        required=True,
        max_length=CONTACT_LENGTHS["email"],
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class AnsweredFirst(HttpResponseRedirect):
    """Does `then` once the answer is on its way, so that the time to answer does not tell what was done."""

    def __init__(self, address: str, then: Callable[[], object]) -> None:
        super().__init__(address)
        self._then = then

    def close(self) -> None:
        try:
            self._then()
        finally:
            super().close()  # which also gives the database connection back


@private
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponseBase:
    """Take an e-mail address and send a link to it where it is registered; the answer never tells whether it is."""
    if request.method != "POST":
        return _ask_page(request, AskForm())
    form = AskForm(request.POST)
    if not form.is_valid():
        return _ask_page(request, form, status=422)
    address, base = form.cleaned_data["email"], mail.base_url(request)
    return AnsweredFirst(reverse("asked"), lambda: _send_to(address, base))


@private
@require_GET
def asked(request: HttpRequest) -> HttpResponse:
    """Say that a link is on its way, if there is a registration."""
    return render(request, "registrations/link_asked.html")


@private
@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show what a link does beside a button that does it; only the button uses the link up."""
    switched_only = request.method == "POST" and languages.FIELD in request.POST
    try:
        if request.method == "POST" and not switched_only:
            purpose = links.sent(token).purpose
            visit = links.begin_visit(links.use(token))
            return redirect(f"{reverse('registration', args=[visit])}?{purpose}")
        link = links.sent(token)
    except links.StaleLink:
        return in_chosen_language(request, lambda: _stale_page(request))
    context = {"agency": link.registration.agency, "purpose": link.purpose}
    return in_chosen_language(request, lambda: render(request, "registrations/link.html", context))


@private
@require_POST
def send_again(request: HttpRequest, token: str) -> HttpResponseBase:
    """Send the link that confirms a registration once more, and say whether that worked."""
    registration = registration_of(token)
    purpose = LinkPurpose.CONFIRM if registration.state == State.UNCONFIRMED else LinkPurpose.MANAGE
    sent = mail.send_link(registration, purpose, mail.base_url(request))
    return redirect(f"{reverse('registration', args=[token])}?{'sent' if sent else 'not-sent'}")


@private
@require_POST
def keep(request: HttpRequest, token: str) -> HttpResponseBase:
    """Note that the registrant says that everything is right, where the visit is known to be the registrant's."""
    registration = registration_of(token)
    if registration.state == State.UNCONFIRMED and registration.email_confirmed_at is None:
        return redirect("registration", token=token)  # that page says how to confirm it
    services.confirm(registration, timezone.now().date())
    return redirect(f"{reverse('registration', args=[token])}?keep")


@private
@require_POST
def leave(request: HttpRequest, token: str) -> HttpResponseBase:
    """End a visit, so that whoever uses this browser next sees nothing of it."""
    links.end_visit(token)
    return redirect("home")


@private
@require_POST
def other_site(request: HttpRequest, token: str, registration_id: UUID) -> HttpResponseBase:
    """Go on to another site of the same registrant."""
    others = {other.pk: other for other in links.sites(registration_of(token))}
    if registration_id not in others:
        raise Http404
    return redirect("registration", token=links.begin_visit(others[registration_id]))


def _ask_page(request: HttpRequest, form: AskForm, status: int = 200) -> HttpResponse:
    return render(request, "registrations/link_ask.html", {"form": form}, status=status)


def _stale_page(request: HttpRequest) -> HttpResponse:
    return render(request, "registrations/link_stale.html", {"form": AskForm()}, status=410)


def _send_to(address: str, base: str) -> None:
    """Send one link; its page leads to all registrations under the same address."""
    lookup = contacts.email_lookup(address)
    contact = (
        Contact.objects.filter(email_lookup=lookup)
        .select_related("registration__agency")
        .order_by(F("registration__email_confirmed_at").asc(nulls_last=True), "registration__created_at")
        .first()
    )
    if contact is not None:
        unconfirmed = contact.registration.state == State.UNCONFIRMED
        purpose = LinkPurpose.CONFIRM if unconfirmed else LinkPurpose.MANAGE
        mail.send_link(contact.registration, purpose, base)
