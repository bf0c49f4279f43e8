"""The texts of an agency: its own wordings, or the built-in ones; and the wording that a consent was given to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils import translation
from django.utils.safestring import SafeString

from registrations import markdown
from registrations.enumerations import PageKind
from registrations.models import Agency, AgencyPage, Registration
from registrations.promise import CONSENT_VERSION, WORDINGS

BUILT_IN = "built-in"
_DEFAULTS = Path(__file__).parent / "default_pages"
_OWN_VERSION = re.compile(r"(?P<code>[A-Z0-9_-]{2,16})-promise-(?P<language>[a-z]{2,3})-(?P<number>[0-9]{1,6})")


@dataclass(frozen=True)
class Page:
    """One text as it is shown: Markdown, the language that it is written in, and the name of this wording."""

    text: str
    language: str
    version: str
    is_in_another_language: bool = False

    @property
    def html(self) -> SafeString:
        """The text as harmless HTML."""
        return markdown.render(self.text)

    @property
    def language_name(self) -> str:
        """The name of the language that it is written in, in that language."""
        return dict(settings.LANGUAGES)[self.language]


def page_of(agency: Agency | None, kind: PageKind, language: str | None = None) -> Page:
    """Return the current text of an agency in `language`, by default the one that the page speaks.

    An agency that wrote in another language only is shown in that one, since it knows best what it promises; without
    any wording, or where the newest one is empty, the built-in text is shown.
    """
    language = _known(language or translation.get_language())
    if agency is not None:
        for code in (language, *(code for code, _name in settings.LANGUAGES if code != language)):
            wording = AgencyPage.objects.filter(agency=agency, kind=kind, language=code).order_by("-version").first()
            if wording is not None and wording.body.strip():
                return _page(wording, agency.code, is_in_another_language=code != language)
            if wording is not None and code == language:
                break  # emptied on purpose
    return _built_in(kind, language)


def consent_version(agency: Agency, language: str | None = None) -> str:
    """Return the name of the promise that an agency shows in `language`, as it is stored with a consent."""
    return page_of(agency, PageKind.PROMISE, language).version


def wording(version: str, language: str | None = None) -> Page | None:
    """Return the promise called `version`, or None for one that is not kept here, such as that of an old list.

    The built-in one has one name for all languages; `language` says in which it was read.
    """
    if version in WORDINGS:
        return _built_in_promise(version, _known(language or translation.get_language()))
    found = _OWN_VERSION.fullmatch(version)
    return _stored(found, Agency.objects.filter(code=found["code"]).first()) if found else None


def agreed_by(registration: Registration) -> Page | None:
    """Return the very words that a registrant agreed to, or None where they are not kept here."""
    found = _OWN_VERSION.fullmatch(registration.consent_version)
    if found:
        # By the agency itself: its code may have changed since.
        return _stored(found, registration.agency)
    return wording(registration.consent_version, registration.language)


def _stored(found: re.Match[str], agency: Agency | None) -> Page | None:
    stored = AgencyPage.objects.filter(
        agency=agency, kind=PageKind.PROMISE, language=found["language"], version=int(found["number"])
    ).first()
    return _page(stored, found["code"]) if stored else None


def _page(stored: AgencyPage, code: str, *, is_in_another_language: bool = False) -> Page:
    version = f"{code}-{stored.kind}-{stored.language}-{stored.version}"
    return Page(stored.body, stored.language, version, is_in_another_language)


def _built_in(kind: PageKind, language: str) -> Page:
    if kind == PageKind.PROMISE:
        return _built_in_promise(CONSENT_VERSION, language)
    return Page((_DEFAULTS / f"{kind.value}.{language}.md").read_text(encoding="utf-8"), language, BUILT_IN)


def _built_in_promise(version: str, language: str) -> Page:
    with translation.override(language):
        return Page("".join(f"- {sentence}\n" for sentence in WORDINGS[version]), language, version)


def _known(language: str | None) -> str:
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE  # type: ignore[return-value]
