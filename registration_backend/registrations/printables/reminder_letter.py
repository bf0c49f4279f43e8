"""The letter that asks somebody without e-mail whether the registration is still right: one page, an answer to sign."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from xml.sax.saxutils import escape

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepInFrame, Paragraph, Spacer

from registrations.contacts import ContactDetails
from registrations.enumerations import Premises
from registrations.models import Agency, Registration
from registrations.printables import answer_form, fonts, qr_code
from registrations.printables.content import Content

MARGIN = 54.0  # points
# From the page's left and upper edge, in points. Folded in three the block shows in the window of a US no. 10 envelope
# and of a European DL one, however far the letter slides in it; nothing else may stand where the window can reach.
ADDRESS_LEFT, ADDRESS_TOP, ADDRESS_WIDTH, ADDRESS_HEIGHT = 72.0, 179.0, 236.0, 48.0
HEAD_BOTTOM, BODY_TOP = 140.0, 272.0
QR_SIDE = 92.0

NAME = ParagraphStyle("agency", fontName=fonts.BOLD, fontSize=12, leading=15)
SMALL = ParagraphStyle("small", fontName=fonts.PLAIN, fontSize=8, leading=10)
ADDRESS = ParagraphStyle("address", fontName=fonts.PLAIN, fontSize=10.5, leading=12)
SUBJECT = ParagraphStyle("subject", fontName=fonts.BOLD, fontSize=13, leading=17, spaceAfter=6)
TEXT = ParagraphStyle("text", fontName=fonts.PLAIN, fontSize=10.5, leading=14, spaceAfter=6)


@dataclass(frozen=True, repr=False)
class Letter:
    """One registration to ask about, and whom to write to. It never shows its values when printed."""

    registration: Registration
    contact: ContactDetails
    cameras: int

    def __repr__(self) -> str:
        return "Letter(confidential)"


def reference(registration: Registration) -> str:
    """Return the first letters of the id, by which staff find the registration of an answer."""
    return str(registration.pk)[:8]


def address_lines(contact: ContactDetails) -> list[str]:
    """Return name and postal address in lines, as they stand in an envelope's window."""
    street, _comma, rest = " ".join(contact.address.split()).partition(",")
    lines = [contact.name, ", ".join(part for part in (street, contact.unit) if part), rest]
    return [shown for line in lines if (shown := fonts.printable(" ".join(line.split())))]


def can_be_addressed(contact: ContactDetails) -> bool:
    """Say whether the font has every letter of name and address; a letter that gets lost is worse than none."""
    return fonts.is_printable(f"{contact.name} {contact.address} {contact.unit}")


def draw(canvas: Canvas, letter: Letter, agency: Agency, content: Content, today: date) -> None:
    """Draw one letter on a page of its own, in the language of its registrant."""
    with translation.override(letter.registration.language):
        width, height = content.paper
        _head(canvas, content, today)
        block = [Paragraph(escape(line), ADDRESS) for line in address_lines(letter.contact)]
        _fit(canvas, block, (ADDRESS_LEFT, height - ADDRESS_TOP - ADDRESS_HEIGHT, ADDRESS_WIDTH, ADDRESS_HEIGHT))
        _code(canvas, content)
        ref = reference(letter.registration)
        top_of_form = answer_form.draw(canvas, ref, MARGIN, MARGIN, width - 2 * MARGIN)
        room = height - BODY_TOP - top_of_form - 14
        _fit(canvas, _body(letter, agency, content, today), (MARGIN, top_of_form + 14, width - 2 * MARGIN, room))
    canvas.showPage()


def letters(
    made: Iterable[Letter], agency: Agency, content: Content, today: date, cover: Sequence[Flowable] = ()
) -> bytes:
    """Return the letters as one PDF, a page each, behind a page with `cover` where there is any.

    Nothing of it is kept: not in a cache and not on a disk.
    """
    fonts.register()
    file = BytesIO()
    canvas = Canvas(file, pagesize=content.paper, lang="en", initialFontName=fonts.PLAIN)
    canvas.setTitle(f"Letters: {content.title_name}")
    canvas.setAuthor(content.title_name)
    if cover:
        width, height = content.paper
        _fit(canvas, list(cover), (MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN))
        canvas.showPage()
    for letter in made:
        draw(canvas, letter, agency, content, today)
    canvas.save()
    return file.getvalue()


def _head(canvas: Canvas, content: Content, today: date) -> None:
    width, height = content.paper
    reach = [content.address, content.phone, content.email]
    lines: list[Flowable] = [Paragraph(escape(content.name), NAME)]
    lines += [Paragraph(escape(" ".join(line.split())), SMALL) for line in reach if line]
    lines.append(Paragraph(escape(_day(today)), SMALL))
    _fit(canvas, lines, (MARGIN, height - HEAD_BOTTOM, width - 2 * MARGIN, HEAD_BOTTOM - 44))


def _code(canvas: Canvas, content: Content) -> None:
    """Draw the code to the right of where the window can reach."""
    width, height = content.paper
    left, bottom = width - MARGIN - QR_SIDE, height - ADDRESS_TOP - QR_SIDE + 34
    qr_code.draw(canvas, content.contact_url, left, bottom, QR_SIDE)
    caption = Paragraph(escape(_("How to reach us")), ParagraphStyle("caption", parent=SMALL, alignment=1))
    _width, used = caption.wrapOn(canvas, QR_SIDE, 30)
    caption.drawOn(canvas, left, bottom - used)


def _body(letter: Letter, agency: Agency, content: Content, today: date) -> list[Flowable]:
    paragraphs = [
        _("You told %(agency)s where your cameras are. Once a year we ask whether that is still right.")
        % {"agency": content.name},
        _registered(letter),
        _what_to_do(content, _day(today + timedelta(days=agency.suspend_after_days))),
        _otherwise(agency),
    ]
    return [
        Paragraph(escape(_("Is your camera registration still right?")), SUBJECT),
        *(Paragraph(escape(text), TEXT) for text in paragraphs),
        Spacer(1, 1),
    ]


def _registered(letter: Letter) -> str:
    """Say what is registered in general words: whoever else opens the letter learns no more than that."""
    registration = letter.registration
    parts = [ngettext("%(count)d camera", "%(count)d cameras", letter.cameras) % {"count": letter.cameras}]
    if registration.premises != Premises.OTHER:
        parts.append(str(registration.get_premises_display()))
    if registration.confirmed_on:
        parts.append(_("last confirmed on %(day)s") % {"day": _day(registration.confirmed_on)})
    said = _("Registered at the address above: %(what)s. Our reference: %(reference)s.")
    return said % {"what": ", ".join(parts), "reference": reference(registration)}


def _what_to_do(content: Content, day: str) -> str:
    address = " ".join(content.address.split())
    if address and content.phone:
        said = _(
            "Please answer by %(day)s: fill in and sign the form below and send it to %(address)s, or call %(phone)s."
        )
    elif address:
        said = _("Please answer by %(day)s: fill in and sign the form below and send it to %(address)s.")
    elif content.phone:
        said = _("Please answer by %(day)s: call %(phone)s, or fill in and sign the form below and hand it in to us.")
    else:
        said = _("Please answer by %(day)s: fill in and sign the form below and hand it in to us.")
    return said % {"day": day, "address": address, "phone": content.phone}


def _otherwise(agency: Agency) -> str:
    said = [_("Without an answer your cameras leave the map after that day, and officers do not see them any more.")]
    if agency.purge_after_days is not None and agency.purge_without_email:
        later = _("After %(days)d more days your registration is deleted for good.")
        said.append(later % {"days": agency.purge_after_days})
    said.append(_("Taking part is voluntary and free. You may have everything deleted at any time."))
    return " ".join(said)


def _day(day: date) -> str:
    return str(date_format(day, "DATE_FORMAT"))


def _fit(canvas: Canvas, lines: list[Flowable], box: tuple[float, float, float, float]) -> None:
    """Draw the lines from the top of a box (x, y, width, height) in points; too many make them smaller."""
    x, y, width, height = box
    frame = KeepInFrame(width, height, lines, mode="shrink")
    _width, used = frame.wrapOn(canvas, width, height)
    frame.drawOn(canvas, x, y + height - used)
