"""The registrant's pages: the promise, the form, and the page behind the secret link."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from registrations import contacts, form_state, languages, services
from registrations.enumerations import Origin
from registrations.forms import CAMERA_PREFIX, PREFERRED_WAYS, CameraFormSet, RegistrationForm
from registrations.map_view import Response, allow_tiles, map_view
from registrations.models import Agency, Registration
from registrations.promise import CONSENT_VERSION, PROMISE

View = Callable[..., HttpResponseBase]


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
    return render(request, "registrations/home.html", {"promise": PROMISE})


@private
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponseBase:
    """Show the form; store a registration when it is complete; show what is missing when it is not."""
    agency = _chosen_agency(request)
    if agency is None:
        agencies = Agency.objects.order_by("name")
        return render(request, "registrations/choose_agency.html", {"agencies": agencies})
    if request.method != "POST":
        return _form_page(request, agency, RegistrationForm(), CameraFormSet(prefix=CAMERA_PREFIX))
    if form_state.is_edit(request.POST):
        return in_chosen_language(request, lambda: _form_page(request, agency, *form_state.edited(request.POST)))
    form = RegistrationForm(request.POST)
    cameras = CameraFormSet(request.POST, prefix=CAMERA_PREFIX, form_kwargs={"empty_permitted": False})
    # Both are checked, so that one sending shows every mistake.
    if not all([form.is_valid(), cameras.is_valid()]):
        return _form_page(request, agency, form, cameras, status=422)
    registered = services.register(
        agency,
        Origin.WEB,
        form.site(),
        form.contact(),
        [camera.details() for camera in cameras],
        services.Consent(CONSENT_VERSION, timezone.now()),
        confirmed_on=timezone.now().date(),
    )
    return redirect("registration", token=registered.token)


def typed_again(request: HttpRequest, message: str) -> HttpResponse | None:
    """Show the form as it was typed, with `message` above it and nothing stored; None where no agency takes it."""
    agency = _chosen_agency(request)
    if agency is None:
        return None
    return _form_page(request, agency, *form_state.edited(request.POST), status=403, notice=message)


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
        "cameras": found.cameras.all(),
        "contact": contact,
        "promise": PROMISE,
        # What a list said in words of its own is shown in those.
        "preferred_way": dict(PREFERRED_WAYS).get(contact.preferred_way, contact.preferred_way) if contact else "",
        "link": request.build_absolute_uri(reverse("registration", args=[token])),
        "changed": "changed" in request.GET,
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
    if "confirmed" not in request.POST:
        context = {"back": reverse("registration", args=[token]), "count": found.cameras.count()}
        return in_chosen_language(request, lambda: render(request, "registrations/confirm_withdrawal.html", context))
    services.withdraw(found)
    return redirect("withdrawn")


@private
@require_GET
def withdrawn(request: HttpRequest) -> HttpResponse:
    """Say that a registration was deleted."""
    return render(request, "registrations/withdrawn.html")


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
    """Return the registration of a secret link, or answer 404."""
    found = services.find_by_token(token)
    if found is None:
        raise Http404
    return found


def _form_page(
    request: HttpRequest,
    agency: Agency,
    form: RegistrationForm,
    cameras: forms.BaseFormSet,
    status: int = 200,
    notice: str = "",
) -> HttpResponse:
    here = f"{reverse('register')}?agency={agency.code}"
    context = {**form_context(agency, form, cameras, here), "promise": PROMISE}
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
        "here": here,
    }


def error_links(form: RegistrationForm, cameras: forms.BaseFormSet) -> list[tuple[str, str, str]]:
    """Return (element id, label, message) for the summary at the top of the page."""
    links = [("", "", message) for message in cameras.non_form_errors()]
    for number, each in enumerate([form, *cameras.forms]):
        where = _("Camera %(number)d: ") % {"number": number} if number else ""
        for field in each:
            links += [(field.auto_id, f"{where}{field.label}", message) for message in field.errors]
    return links
