"""What a printed sheet says about an agency: nothing but what the agency publishes about itself."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from reportlab.lib.pagesizes import A4, LETTER

from registrations import agency_pages, markdown
from registrations.enumerations import FormProfile, PageKind
from registrations.models import Agency
from registrations.printables import fonts

# Width and height in points.
PAPERS: dict[str, tuple[float, float]] = {"letter": LETTER, "a4": A4}


@dataclass(frozen=True)
class PromiseOnPaper:
    """The promise as one side of the leaflet shows it: `version` is what a consent on that side refers to."""

    language: str
    version: str
    paragraphs: tuple[str, ...]
    language_name: str = ""  # where the agency has no wording in the language of the side


@dataclass(frozen=True)
class Content:
    """Everything that a sheet is made from; two equal ones give the same file, byte by byte."""

    code: str
    title_name: str
    name: str
    phone: str
    email: str
    address: str
    register_url: str
    contact_url: str
    is_minimal: bool
    promises: tuple[PromiseOnPaper, ...]
    paper: tuple[float, float]


def content_of(agency: Agency, base_url: str, paper: str) -> Content:
    """Collect what to print; `base_url` is how the backend is reached. Raises KeyError for an unknown paper."""
    return Content(
        code=agency.code,
        title_name=agency.name,
        name=fonts.name_of(agency),
        phone=fonts.printable(agency.public_phone),
        email=fonts.printable(agency.public_email),
        address=fonts.printable(agency.public_address),
        register_url=f"{base_url}{reverse('register')}?agency={agency.code}",
        contact_url=f"{base_url}{reverse('contact', args=[agency.code])}",
        is_minimal=agency.form_profile == FormProfile.MINIMAL,
        promises=tuple(_promise(agency, code) for code, _name in settings.LANGUAGES),
        paper=PAPERS[paper],
    )


def _promise(agency: Agency, language: str) -> PromiseOnPaper:
    page = agency_pages.page_of(agency, PageKind.PROMISE, language)
    return PromiseOnPaper(
        language,
        page.version,
        tuple(fonts.printable(paragraph) for paragraph in markdown.paragraphs(page.text)),
        page.language_name if page.is_in_another_language else "",
    )
