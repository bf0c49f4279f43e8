"""The lower part of the yearly letter: what may be answered, to tick, sign and send back."""

from __future__ import annotations

from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from registrations.printables import fonts

LINE = HexColor("#8a94a3")
HEADING = ParagraphStyle("answer heading", fontName=fonts.BOLD, fontSize=11.5, leading=15)
TEXT = ParagraphStyle("answer", fontName=fonts.PLAIN, fontSize=10.5, leading=13.5)
LABEL = ParagraphStyle("answer label", fontName=fonts.PLAIN, fontSize=8, leading=10)
BOX, GAP, WRITING = 10.0, 8.0, 30.0  # points


def draw(canvas: Canvas, reference: str, left: float, bottom: float, width: float) -> float:
    """Draw the form upward from `bottom`, in the active language; return its upper edge in points."""
    y = bottom
    for label in (_("Signature and date"), _("Phone number, if you want us to call")):
        y = _line_to_write_on(canvas, label, left, y, width)
    for answer in reversed(_answers()):
        y = _answer(canvas, answer, left, y, width)
    heading = Paragraph(escape(_("Your answer (reference %(reference)s)") % {"reference": reference}), HEADING)
    y = _put(canvas, heading, left, y, width) + GAP
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.6)
    canvas.setDash(3, 3)
    canvas.line(left, y, left + width, y)
    canvas.setDash()
    return y


def _answers() -> list[str]:
    return [
        _("Everything is still right. Please keep my registration."),
        _("Something has changed. Please call me."),
        _("Please delete my registration for good."),
    ]


def _line_to_write_on(canvas: Canvas, label: str, left: float, y: float, width: float) -> float:
    y = _put(canvas, Paragraph(escape(label), LABEL), left, y, width)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.6)
    canvas.line(left, y + 2, left + width, y + 2)
    return y + WRITING


def _answer(canvas: Canvas, text: str, left: float, y: float, width: float) -> float:
    indent = BOX + GAP
    paragraph = Paragraph(escape(text), TEXT)
    top = _put(canvas, paragraph, left + indent, y, width - indent)
    canvas.setStrokeColor("black")
    canvas.setLineWidth(0.9)
    canvas.rect(left, top - BOX - 1.5, BOX, BOX)
    return top + GAP


def _put(canvas: Canvas, paragraph: Paragraph, left: float, y: float, width: float) -> float:
    """Draw a paragraph that stands on `y`; return its upper edge."""
    _width, height = paragraph.wrapOn(canvas, width, 1000)
    paragraph.drawOn(canvas, left, y)
    return float(y + height)
