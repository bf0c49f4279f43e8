"""The window sticker: tells who passes that a camera is here, in both languages, on sheets to cut."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from xml.sax.saxutils import escape

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import KeepInFrame, Paragraph

from registrations.printables import fonts
from registrations.printables.content import Content

# Width and height in points.
SIZES = {"small": (3 * inch, 2 * inch), "medium": (3.5 * inch, 3 * inch), "large": (7 * inch, 4.5 * inch)}
DEFAULT_SIZE = "medium"
BLUE, CUT = HexColor("#0b5394"), HexColor("#8a94a3")
SMALLEST_MARGIN = 18.0


@lru_cache(maxsize=32)
def stickers(content: Content, size: str = DEFAULT_SIZE) -> bytes:
    """Return one sheet full of stickers as a PDF. Raises KeyError for an unknown size."""
    width, height = SIZES[size]
    fonts.register()
    file = BytesIO()
    canvas = Canvas(file, pagesize=content.paper, invariant=1, lang="en", initialFontName=fonts.PLAIN)
    canvas.setTitle(f"Window sticker: {content.title_name}")
    canvas.setAuthor(content.title_name)
    canvas.setSubject("Sheet of window stickers, in English and Spanish")
    columns, rows = (int((side - 2 * SMALLEST_MARGIN) // one) for side, one in zip(content.paper, (width, height)))
    left, bottom = (content.paper[0] - columns * width) / 2, (content.paper[1] - rows * height) / 2
    for column in range(columns):
        for row in range(rows):
            _sticker(canvas, content, left + column * width, bottom + row * height, width, height)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def texts(name: str) -> tuple[str, str]:
    """Return heading and sentence of a sticker in the active language."""
    sentence = _(
        "This camera is registered with %(agency)s. Police cannot look through it; they may ask for a recording."
    )
    return _("Camera in use"), sentence % {"agency": name}


def _sticker(canvas: Canvas, content: Content, x: float, y: float, width: float, height: float) -> None:
    scale = height / SIZES["small"][1]
    canvas.setStrokeColor(CUT)
    canvas.setLineWidth(0.4)
    canvas.setDash(2, 2)
    canvas.rect(x, y, width, height)
    canvas.setDash()
    band = 30 * scale
    canvas.setFillColor(BLUE)
    canvas.rect(x + 6, y + height - 6 - band, width - 12, band, stroke=0, fill=1)
    _lens(canvas, x + 6 + band / 2, y + height - 6 - band / 2, band * 0.36)
    _words(canvas, content, (x + 12, y + 8, width - 24, height - band - 22), scale)
    _headings(canvas, (x + 8 + band, y + height - 6 - band, width - band - 18, band), scale)


def _headings(canvas: Canvas, box: tuple[float, float, float, float], scale: float) -> None:
    style = ParagraphStyle(
        "heading", fontName=fonts.BOLD, fontSize=9.5 * scale, leading=11.5 * scale, textColor="white"
    )
    lines = [Paragraph(escape(said[0]), style) for said in _in_all_languages("")]
    _fit(canvas, lines, box)


def _words(canvas: Canvas, content: Content, box: tuple[float, float, float, float], scale: float) -> None:
    style = ParagraphStyle("sentence", fontName=fonts.PLAIN, fontSize=9 * scale, leading=11.2 * scale)
    style.spaceAfter = 3 * scale
    _fit(canvas, [Paragraph(escape(said[1]), style) for said in _in_all_languages(content.name)], box)


def _in_all_languages(name: str) -> list[tuple[str, str]]:
    found = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.append(texts(name))
    return found


def _fit(canvas: Canvas, lines: list[Paragraph], box: tuple[float, float, float, float]) -> None:
    """Draw the lines in the middle of a box (x, y, width, height); a long name makes them smaller."""
    x, y, width, height = box
    frame = KeepInFrame(width, height, lines, mode="shrink")
    _width, used = frame.wrapOn(canvas, width, height)
    frame.drawOn(canvas, x, y + (height - used) / 2)


def _lens(canvas: Canvas, x: float, y: float, radius: float) -> None:
    canvas.setFillColor("white")
    canvas.circle(x, y, radius, stroke=0, fill=1)
    canvas.setFillColor(BLUE)
    canvas.circle(x, y, radius * 0.62, stroke=0, fill=1)
    canvas.setFillColor("white")
    canvas.circle(x + radius * 0.2, y + radius * 0.2, radius * 0.18, stroke=0, fill=1)
