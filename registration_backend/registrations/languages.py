"""In which language a page speaks: the registrant's, by choice or by browser; the staff's and the feed's in English."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

FIELD = "language"
# Addresses that only a form can open.
FORMS_ONLY = {"withdraw", "keep", "leave", "send-again", "other-site"}


class LanguageMiddleware(LocaleMiddleware):
    """Speaks the language of the cookie, else of the browser, except where settings.ENGLISH_PATHS says English."""

    def process_request(self, request: HttpRequest) -> None:
        if _english_only(request):
            translation.activate(settings.LANGUAGE_CODE)
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE  # type: ignore[attr-defined]
        else:
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if _english_only(request):
            return response
        # Django names Accept-Language only; a cache between must not hand one person's choice to the next either.
        patch_vary_headers(response, ("Cookie",))
        answer: HttpResponseBase = super().process_response(request, response)
        return answer


# Exempt: a forged request could at most turn a page Spanish, and the first page shall not need a cookie for it.
switch = csrf_exempt(require_POST(set_language))


def language_switch(request: HttpRequest) -> dict[str, Any]:
    """Return what the switch in the header needs: the languages, and the address to come back to."""
    if _english_only(request):
        return {}
    match = request.resolver_match
    if match is not None and match.url_name in FORMS_ONLY:
        address = reverse("registration", args=[match.kwargs["token"]])
    else:
        address = request.get_full_path()
    return {"page_address": address, "site_languages": settings.LANGUAGES}


def switched(request: HttpRequest) -> str | None:
    """Return the language whose button sent this form, after turning to it, or None where it was another button."""
    code = request.POST.get(FIELD)
    if code not in dict(settings.LANGUAGES):
        return None
    translation.activate(code)
    return str(code)


def remember(response: HttpResponseBase, language: str) -> None:
    """Let the browser keep the choice, as Django's own view does."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )


def _english_only(request: HttpRequest) -> bool:
    return request.path_info.startswith(settings.ENGLISH_PATHS)
