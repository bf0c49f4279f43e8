"""Sets the list of people to call as a PDF, with room to note each answer, and says what was left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from django.conf import settings
from reportlab.lib import colors
from reportlab.lib.pagesizes import landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from registrations.forms import PREFERRED_WAYS
from registrations.printables import fonts
from registrations.printables.content import Content
from registrations.printables.reminder_letter import Letter, reference

MARGIN = 36.0  # points
_HEADS = ("Reference", "Name", "Phone", "Best reached", "Language", "Cameras", "Answer")
_SHARES = (0.1, 0.18, 0.16, 0.16, 0.095, 0.09, 0.215)
_INK, _RULE, _SHADE = colors.HexColor("#1b2430"), colors.HexColor("#8a94a3"), colors.HexColor("#e6ecf3")
_CELL = ParagraphStyle("cell", fontName=fonts.PLAIN, fontSize=9.5, leading=12, textColor=_INK)
_HEAD = ParagraphStyle("head", parent=_CELL, fontName=fonts.BOLD)
_TITLE = ParagraphStyle("title", fontName=fonts.BOLD, fontSize=15, leading=20, textColor=_INK)
_ROOM_TO_WRITE = 18.0


class LeftOut(NamedTuple):
    """A registration that is not in a file, by its reference, and why."""

    reference: str
    why: str


def call_list(made: Sequence[Letter], left_out: Sequence[LeftOut], content: Content, today: date) -> bytes:
    """Return the call list as a PDF. Nothing of it is kept: not in a cache and not on a disk."""
    width = landscape(content.paper)[0] - 2 * MARGIN
    rows = [[Paragraph(head, _HEAD) for head in _HEADS], *(_row(letter) for letter in made)]
    table = LongTable(rows, [share * width for share in _SHARES], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.5, _RULE),
                ("BACKGROUND", (0, 0), (-1, 0), _SHADE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("BOTTOMPADDING", (0, 1), (-1, -1), _ROOM_TO_WRITE),
            ]
        )
    )
    story: list[Flowable] = [
        _text(f"Call list, {content.name}, {today:%Y-%m-%d}", _TITLE),
        _text(
            "Ask: is the registration of your cameras still right? Confidential: keep it with you, note on the staff "
            "pages who was reached, and shred it the same day."
        ),
        Spacer(1, 8),
        table,
        *_said_of(left_out),
    ]
    return _built(story, landscape(content.paper), f"Call list: {content.title_name}")


def cover_sheet(left_out: Sequence[LeftOut], content: Content) -> list[Flowable]:
    """Return what the first page says where letters could not be made."""
    return [_text(f"Not for posting: letters of {content.name}", _TITLE), *_said_of(left_out)]


def _said_of(left_out: Sequence[LeftOut]) -> list[Flowable]:
    if not left_out:
        return []
    said = [_text(f"{one.reference}: {one.why}") for one in left_out]
    return [Spacer(1, 10), Paragraph(f"Left out: {len(left_out)}", _HEAD), *said]


def _row(letter: Letter) -> list[Flowable]:
    contact, registration = letter.contact, letter.registration
    way = str(dict(PREFERRED_WAYS).get(contact.preferred_way, contact.preferred_way))
    return [
        _text(reference(registration)),
        _text(contact.name),
        _text(contact.phone),
        _text(", ".join(part for part in (way, contact.preferred_time) if part)),
        _text(dict(settings.LANGUAGES)[registration.language]),
        _text(str(letter.cameras)),
        _text(""),
    ]


def _text(text: str, style: ParagraphStyle = _CELL) -> Paragraph:
    return Paragraph(escape(fonts.printable(" ".join(text.split()))), style)


def _built(story: list[Flowable], paper: tuple[float, float], title: str) -> bytes:
    fonts.register()
    file = BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), MARGIN)
    document = SimpleDocTemplate(file, pagesize=paper, title=title, lang="en", initialFontName=fonts.PLAIN, **margins)
    document.build(story, onFirstPage=_number, onLaterPages=_number)
    return file.getvalue()


def _number(canvas: Canvas, document: Any) -> None:
    canvas.setFont(fonts.PLAIN, 8)
    canvas.drawRightString(document.pagesize[0] - MARGIN, MARGIN / 2, f"Page {canvas.getPageNumber()}")
