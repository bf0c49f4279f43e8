"""The registrant's pages: the promise, the form, and the page behind the secret link."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from registrations import (
    address_pin,
    agency_pages,
    consents,
    contacts,
    form_state,
    jurisdictions,
    languages,
    links,
    mail,
    services,
)
from registrations.accesses import accesses
from registrations.address_search import receivers
from registrations.enumerations import LinkPurpose, Origin, PageKind, State
from registrations.forms import CAMERA_PREFIX, PREFERRED_WAYS, CameraFormSet, RegistrationForm
from registrations.map_view import Response, allow_tiles, map_view
from registrations.models import Agency, Registration
from registrations.positions import direction_words

View = Callable[..., HttpResponseBase]
# What the page of a registration says on top after something was done.
NEWS = ("new", "confirm", "keep", "manage", "changed", "sent", "not-sent", "deleted")


def private(view: View) -> View:
    """Keep a page out of every cache, and its address out of every request to elsewhere.

    "strict-origin" and not "no-referrer": with the latter browsers send `Origin: null` with a form, which the
    protection against forged requests refuses. Either way the secret link itself is never sent on.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return kept_private(view(request, *args, **kwargs))

    return wrapped


def kept_private(response: Response) -> Response:
    """Mark one response as `private` does."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "strict-origin"
    return response


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the promise, and the way to the form."""
    agency = _chosen_agency(request)
    context = {"agency": agency, "promise": agency_pages.page_of(agency, PageKind.PROMISE)}
    return render(request, "registrations/home.html", context)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponseBase:
    """Show the form; store a registration when it is complete; show what is missing when it is not."""
    agency = _chosen_agency(request)
    if agency is None:
        agencies = Agency.objects.order_by("name")
        return render(request, "registrations/choose_agency.html", {"agencies": agencies})
    return _take(request, agency, _address_of_form(agency))


@private
@require_http_methods(["GET", "HEAD", "POST"])
def another(request: HttpRequest, token: str) -> HttpResponseBase:
    """Register one more site of the same registrant, with the contact filled in."""
    known = registration_of(token)
    return _take(request, known.agency, reverse("another", args=[token]), known)


def _take(request: HttpRequest, agency: Agency, here: str, known: Registration | None = None) -> HttpResponseBase:
    """Show or store the form at the address `here`; `known` is a registration of the same registrant."""
    if request.method != "POST":
        form = RegistrationForm(initial=_contact_of(known), agency=agency)
        return _form_page(request, agency, form, CameraFormSet(prefix=CAMERA_PREFIX), here)
    if form_state.is_edit(request.POST):
        typed, found = form_state.edited(request.POST, agency), address_pin.outcome(request.POST, agency)
        return in_chosen_language(request, lambda: _form_page(request, agency, *typed, here, found=found))
    form = RegistrationForm(request.POST, agency=agency)
    promise_version = agency_pages.consent_version(agency)
    consents.hold_to_shown(form, request.POST, promise_version)
    cameras = form_state.sent_cameras(agency, request.POST)
    # Both are checked, so that one sending shows every mistake.
    if not all([form.is_valid(), cameras.is_valid()]):
        return _form_page(request, agency, form, cameras, here, status=422)
    address_pin.place_by_address(form, agency)
    registration = _store(agency, form, cameras, known, promise_version)
    if registration.state == State.UNCONFIRMED:
        mail.send_link(registration, LinkPurpose.CONFIRM, mail.base_url(request))
    return redirect(f"{reverse('registration', args=[links.begin_visit(registration)])}?new")


def _store(
    agency: Agency,
    form: RegistrationForm,
    cameras: forms.BaseFormSet,
    known: Registration | None,
    promise_version: str,
) -> Registration:
    """Store a form that was found complete. One more site under an address that was proved needs no new proof."""
    now, contact = timezone.now(), form.contact()
    same = known is not None and contacts.email_lookup(contact.email) == known.contact.email_lookup
    proved = known.email_confirmed_at if known and same and contact.email else None
    return services.register(
        agency,
        Origin.WEB,
        form.site(),
        contact,
        [camera.details() for camera in cameras],
        services.Consent(promise_version, now),
        confirmed_on=now.date() if proved else None,
        email_confirmed_at=proved,
        registrant_id=known.registrant_id if known and same else None,
        language=get_language() or settings.LANGUAGE_CODE,
    ).registration


def _contact_of(known: Registration | None) -> dict[str, str]:
    """Return what the form for one more site starts with: who, not where."""
    if known is None:
        return {}
    try:
        contact = asdict(contacts.read(known))
    except contacts.ContactUnreadable:
        return {}
    return {name: value for name, value in contact.items() if name not in {"address", "unit", "access_notes"}}


def typed_again(request: HttpRequest, message: str) -> HttpResponse | None:
    """Show the form as it was typed, with `message` above it and nothing stored; None where no agency takes it."""
    agency = _chosen_agency(request)
    if agency is None:
        return None
    typed = form_state.edited(request.POST, agency)
    return _form_page(request, agency, *typed, _address_of_form(agency), status=403, notice=message)


def another_typed_again(request: HttpRequest, token: str, message: str) -> HttpResponse | None:
    """Do the same with the form for one more site; None for a visit that is over."""
    known = links.visited(token)
    if known is None:
        return None
    typed = form_state.edited(request.POST, known.agency)
    here = reverse("another", args=[token])
    return _form_page(request, known.agency, *typed, here, status=403, notice=message)


@private
@require_http_methods(["GET", "HEAD"])
def registration(request: HttpRequest, token: str) -> HttpResponse:
    """Show a registrant what is stored, in which state it is, and how to delete it."""
    found = registration_of(token)
    try:
        contact = contacts.read(found)
    except contacts.ContactUnreadable:
        contact = None  # the page says so; everything else can be seen and deleted all the same
    context = {
        "registration": found,
        "others": [other for other in links.sites(found) if other.pk != found.pk],
        "accesses": accesses(found),
        "news": next((word for word in NEWS if word in request.GET), ""),
        "is_proved": found.email_confirmed_at is not None,
        "link_is_out": found.links.filter(purpose__in=links.SENT, sent_at__isnull=False, used_at=None).exists(),
        "token": token,
        "cameras": found.cameras.all(),
        "contact": contact,
        "agreed": agency_pages.agreed_by(found),
        "promise": agency_pages.page_of(found.agency, PageKind.PROMISE),
        # What a list said in words of its own is shown in those.
        "preferred_way": dict(PREFERRED_WAYS).get(contact.preferred_way, contact.preferred_way) if contact else "",
        "change_url": reverse("change", args=[token]),
        "download_url": reverse("download", args=[token]),
        "withdraw_url": reverse("withdraw", args=[token]),
    }
    return render(request, "registrations/registration.html", context)


@private
@require_POST
def withdraw(request: HttpRequest, token: str) -> HttpResponseBase:
    """Ask once whether the registration is really to be deleted, then delete it."""
    found = registration_of(token)
    context = {
        "back": reverse("registration", args=[token]),
        "count": found.cameras.count(),
        "backup_days": settings.BACKUP_KEYS_KEPT_DAYS,
    }
    if "confirmed" not in request.POST:
        return in_chosen_language(request, lambda: render(request, "registrations/confirm_withdrawal.html", context))
    try:
        services.withdraw(found)
    except services.NotAllowed as error:
        context["error"] = str(error)
        return render(request, "registrations/confirm_withdrawal.html", context, status=503)
    left = links.sites(found)
    if left:
        return redirect(f"{reverse('registration', args=[links.begin_visit(left[0])])}?deleted")
    return redirect("withdrawn")


@private
@require_GET
def withdrawn(request: HttpRequest) -> HttpResponse:
    """Say that a registration was deleted."""
    return render(request, "registrations/withdrawn.html", {"backup_days": settings.BACKUP_KEYS_KEPT_DAYS})


@require_GET
@gzip_page
def basemap(request: HttpRequest, code: str) -> HttpResponseBase:
    """Send the street lines that were bundled for an agency, as GeoJSON in EPSG:4326."""
    if not re.fullmatch(r"[A-Z0-9_-]{2,16}", code):
        raise Http404
    path = settings.BASEMAP_DIR / f"{code}.geojson"
    if not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), content_type="application/geo+json")
    response["Cache-Control"] = "public, max-age=86400"
    return response


@require_GET
@gzip_page
def area(request: HttpRequest, code: str) -> HttpResponse:
    """Send the outline of the area that an agency is responsible for, as a GeoJSON geometry in EPSG:4326."""
    agency = Agency.objects.filter(code=code).first()
    shape = jurisdictions.outline(agency) if agency else None
    if shape is None:
        raise Http404
    response = HttpResponse(shape, content_type="application/geo+json")
    response["Cache-Control"] = "public, max-age=86400"
    return response


def _chosen_agency(request: HttpRequest) -> Agency | None:
    """Return the agency named in the address, or the only one there is."""
    code = request.GET.get("agency", "")[:16]
    if code and "\x00" not in code:
        return Agency.objects.filter(code=code.upper()).first()
    agencies = list(Agency.objects.all()[:2])
    return agencies[0] if len(agencies) == 1 else None


def in_chosen_language(request: HttpRequest, page: Callable[[], HttpResponse]) -> HttpResponse:
    """Make a page that a form asked for, in the language whose button sent that form, if one did."""
    language = languages.switched(request)
    response = page()
    if language is not None:
        languages.remember(response, language)
    return response


def registration_of(token: str) -> Registration:
    """Return the registration of a visit, or answer 404."""
    found = links.visited(token)
    if found is None:
        raise Http404
    return found


def _address_of_form(agency: Agency) -> str:
    return f"{reverse('register')}?agency={agency.code}"


def _form_page(
    request: HttpRequest,
    agency: Agency,
    form: RegistrationForm,
    cameras: forms.BaseFormSet,
    here: str,
    status: int = 200,
    notice: str = "",
    found: address_pin.Outcome | None = None,
) -> HttpResponse:
    promise = agency_pages.page_of(agency, PageKind.PROMISE)
    if not form.is_bound:
        consents.hold_to_shown(form, request.POST, promise.version)
    shown = {"promise": promise, "promise_field": consents.FIELD, "found": found}
    context = {**form_context(agency, form, cameras, here), **shown}
    if status != 200:
        context["errors"] = [("", "", notice)] if notice else error_links(form, cameras)
    return allow_tiles(render(request, "registrations/register.html", context, status=status), agency)


def form_context(agency: Agency, form: RegistrationForm, cameras: forms.BaseFormSet, here: str) -> dict[str, Any]:
    """Return what the template of the form needs; `here` is the address that the form is sent to."""
    return {
        "agency": agency,
        "form": form,
        "cameras": cameras,
        "prefix": CAMERA_PREFIX,
        "map": map_view(agency),
        "receivers": receivers(),
        "here": here,
        # For the arrows on the map, which follow what is typed.
        "direction_words": json.dumps(direction_words(get_language() or "en")),
    }


def error_links(form: RegistrationForm, cameras: forms.BaseFormSet) -> list[tuple[str, str, str]]:
    """Return (element id, label, message) for the summary at the top of the page."""
    links = [("", "", message) for message in cameras.non_form_errors()]
    for number, each in enumerate([form, *cameras.forms]):
        where = _("Camera %(number)d: ") % {"number": number} if number else ""
        for field in each:
            links += [(field.auto_id, f"{where}{field.label}", message) for message in field.errors]
    return links
