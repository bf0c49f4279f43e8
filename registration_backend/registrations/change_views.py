"""What a registrant does with a registration that exists: change it, and take a copy of everything held."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from registrations import address_pin, contacts, form_state, links, mail, stored_form
from registrations.enumerations import LinkPurpose, State
from registrations.forms import CAMERA_PREFIX, CameraFormSet, RegistrationForm
from registrations.held import held
from registrations.map_view import allow_tiles
from registrations.models import Registration
from registrations.services import NotAllowed
from registrations.stored_form import ChangeForm
from registrations.views import error_links, form_context, in_chosen_language, private, registration_of


@private
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show the form filled in with what is stored, and store what the registrant made of it."""
    registration = registration_of(token)
    try:
        contact = contacts.read(registration)
    except contacts.ContactUnreadable:
        return redirect("registration", token=token)  # that page says what can still be done
    page = _Page(request, token, registration)
    if request.method != "POST":
        return page.show(*stored_form.stored_forms(registration, contact, list(registration.cameras.all())))
    if form_state.is_edit(request.POST):
        return in_chosen_language(request, page.show_typed)
    if request.POST.get("seen") != stored_form.fingerprint(registration):
        return page.show_overtaken()
    site = registration.site and (registration.site.x, registration.site.y)
    form = ChangeForm(request.POST, agency=registration.agency, known=site)
    stored = registration.cameras.values_list("pk", flat=True)
    cameras = form_state.sent_cameras(registration.agency, request.POST, stored)
    if not all([form.is_valid(), cameras.is_valid()]):
        return page.show(form, cameras, error_links(form, cameras))
    address_pin.place_by_address(form, registration.agency)
    try:
        stored_form.write(registration, form, cameras.forms)
    except NotAllowed as error:
        return page.show(form, cameras, [("", "", str(error))])
    if contacts.email_lookup(form.contact().email) != contacts.email_lookup(contact.email):
        _write_to_both(registration, contact.email, mail.base_url(request))
    return redirect(f"{reverse('registration', args=[token])}?changed")


def _write_to_both(registration: Registration, old_address: str, base: str) -> None:
    """Ask the new mailbox for its proof, and let the old one know, which may be all that its owner ever hears."""
    if old_address:
        mail.send_notice_of_other_email(registration, old_address)
    unconfirmed = registration.state == State.UNCONFIRMED
    mail.send_link(registration, LinkPurpose.CONFIRM if unconfirmed else LinkPurpose.MANAGE, base)


def typed_again(request: HttpRequest, token: str, message: str) -> HttpResponse | None:
    """Show the form as it was typed, with `message` above it and nothing stored; None for an unknown link."""
    registration = links.visited(token)
    if registration is None:
        return None
    page = _Page(request, token, registration)
    forms_as_typed = form_state.edited(request.POST, registration.agency, ChangeForm)
    return page.show(*forms_as_typed, [("", "", message)], seen=request.POST.get("seen", ""), status=403)


@private
@require_GET
def download(request: HttpRequest, token: str) -> HttpResponse:
    """Send everything that is held about the registrant as one JSON file."""
    response = JsonResponse(held(registration_of(token)), json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = 'attachment; filename="my-registration.json"'
    return response


class _Page:
    """Renders the form of one registration; `seen` in it says which stored state the registrant looked at."""

    def __init__(self, request: HttpRequest, token: str, registration: Registration) -> None:
        self._request, self._token, self._registration = request, token, registration

    def show(
        self,
        form: RegistrationForm,
        cameras: forms.BaseFormSet,
        errors: list[tuple[str, str, str]] | None = None,
        seen: str | None = None,
        status: int | None = None,
        found: address_pin.Outcome | None = None,
    ) -> HttpResponse:
        agency = self._registration.agency
        context: dict[str, Any] = {
            **form_context(agency, form, cameras, reverse("change", args=[self._token])),
            "errors": errors or [],
            "found": found,
            "seen": stored_form.fingerprint(self._registration) if seen is None else seen,
            "back": reverse("registration", args=[self._token]),
        }
        page = render(self._request, "registrations/change.html", context, status=status or (422 if errors else 200))
        return allow_tiles(page, agency)

    def _typed(self) -> tuple[RegistrationForm, forms.BaseFormSet]:
        return form_state.edited(self._request.POST, self._registration.agency, ChangeForm)

    def show_typed(self) -> HttpResponse:
        """Show what was typed, after a button that stores nothing."""
        found = address_pin.outcome(self._request.POST, self._registration.agency)
        return self.show(*self._typed(), seen=self._request.POST.get("seen", ""), found=found)

    def show_overtaken(self) -> HttpResponse:
        """Keep what was typed when another window stored something else meanwhile; sending again stores it."""
        form, cameras = self._typed()
        typed = stored_form.without_lost_cameras(self._registration, [each.initial for each in cameras.forms])
        message = _(
            "Your registration was changed in another window, or by staff, after you opened this page. What you typed "
            "here is kept. Check it and send it again: then it replaces the other change."
        )
        return self.show(form, CameraFormSet(initial=typed, prefix=CAMERA_PREFIX), [("", "", message)], status=409)
