"""The leaflet: one side a language, with the promise, the way to the web page, and a form to sign and hand in."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from xml.sax.saxutils import escape

from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Frame, Paragraph

from registrations.printables import fonts, form_part, qr_code
from registrations.printables.content import Content, PromiseOnPaper

MARGIN = 36.0  # points, half an inch: what office printers reach
QR_SIDE = 104.0
GAP = 12.0

TITLE = ParagraphStyle("title", fontName=fonts.BOLD, fontSize=19, leading=23)
NAME = ParagraphStyle("name", fontName=fonts.BOLD, fontSize=11, leading=14)
TEXT = ParagraphStyle("text", fontName=fonts.PLAIN, fontSize=9.4, leading=12)
# The promise is printed as large as it fits.
ITEM_SIZES = (10.6, 9.4, 8.4)
SMALL = ParagraphStyle("small", parent=TEXT, fontSize=7, leading=8.6)


@lru_cache(maxsize=16)
def leaflet(content: Content) -> bytes:
    """Return the leaflet as a PDF: one page a language, then the promises that are too long for theirs."""
    fonts.register()
    file = BytesIO()
    canvas = Canvas(file, pagesize=content.paper, invariant=1, lang="en", initialFontName=fonts.PLAIN)
    canvas.setTitle(f"Register your camera: {content.title_name}")
    canvas.setAuthor(content.title_name)
    canvas.setSubject("Leaflet with a paper form, in English and Spanish")
    too_long = []
    for promise in content.promises:
        with translation.override(promise.language):
            if not _Side(canvas, content, promise).draw():
                too_long.append(promise)
        canvas.showPage()
    for promise in too_long:
        with translation.override(promise.language):
            _whole_promise(canvas, content, promise)
    canvas.save()
    return file.getvalue()


class _Side:
    """One language's page; `y` is how far down it is filled, in points from the bottom."""

    def __init__(self, canvas: Canvas, content: Content, promise: PromiseOnPaper) -> None:
        self.canvas, self.content, self.promise = canvas, content, promise
        self.width, height = content.paper
        self.width -= 2 * MARGIN
        self.y = height - MARGIN

    def draw(self) -> bool:
        """Draw the page; say whether the promise fitted on it whole."""
        top_of_form = form_part.draw(self.canvas, self.content, self.promise.version, MARGIN, self.width)
        self._put(Paragraph(_("Tell the police where your camera is"), TITLE), self.width)
        self._put(Paragraph(escape(self.content.name), NAME), self.width)
        self._draw_code()
        beside_code = self.width - QR_SIDE - GAP
        self._put(
            Paragraph(
                _(
                    "When something happens near you, a recording can help to find out what it was. Register on the "
                    "web page, or fill in the form below, sign it and hand it in."
                ),
                TEXT,
            ),
            beside_code,
            after=4,
        )
        self._put(Paragraph(self._reach(), TEXT), beside_code, after=5)
        self._put(Paragraph(_("What we promise"), NAME), beside_code, after=1)
        room = self.y - top_of_form
        for size in ITEM_SIZES:
            items = _items(self.promise, size)
            if sum(_height(item, beside_code) for item in items) <= room:
                for item in items:
                    self._put(item, beside_code, after=item.getSpaceAfter())
                return True
        note = _("The promise stands in full at the end of this leaflet. Please read it before you sign.")
        self._put(Paragraph(note, TEXT), beside_code)
        return False

    def _put(self, paragraph: Paragraph, width: float, after: float = 3) -> None:
        _width, height = paragraph.wrapOn(self.canvas, width, self.y)
        paragraph.drawOn(self.canvas, MARGIN, self.y - height)
        self.y -= height + after

    def _reach(self) -> str:
        parts = [self.content.phone, self.content.email, self.content.address]
        return " · ".join(escape(" ".join(part.split())) for part in parts if part)

    def _draw_code(self) -> None:
        left = MARGIN + self.width - QR_SIDE
        qr_code.draw(self.canvas, self.content.register_url, left, self.y - QR_SIDE, QR_SIDE)
        # Cut where the path begins rather than in the middle of a word.
        address = Paragraph(escape(self.content.register_url).replace("/register/", "<br/>/register/"), SMALL)
        _width, height = address.wrapOn(self.canvas, QR_SIDE, 100)
        address.drawOn(self.canvas, left, self.y - QR_SIDE - height)


def _items(promise: PromiseOnPaper, size: float) -> list[Paragraph]:
    style = ParagraphStyle(
        f"item {size}",
        parent=TEXT,
        fontSize=size,
        leading=size * 1.3,
        leftIndent=10,
        bulletFontName=fonts.PLAIN,
        spaceAfter=size * 0.25,
    )
    items = [Paragraph(escape(text), style, bulletText="•") for text in promise.paragraphs]
    if promise.language_name:
        said = _("The agency wrote this text in this language only: %(name)s.") % {"name": promise.language_name}
        items.insert(0, Paragraph(escape(said), style))
    return items


def _height(paragraph: Paragraph, width: float) -> float:
    return float(paragraph.wrap(width, 10_000)[1] + paragraph.getSpaceAfter())


def _whole_promise(canvas: Canvas, content: Content, promise: PromiseOnPaper) -> None:
    width, height = content.paper
    left: list[Paragraph] = [
        Paragraph(_("What we promise"), TITLE),
        Paragraph(f"{escape(content.name)} ({escape(promise.version)})", NAME),
        *_items(promise, ITEM_SIZES[1]),
    ]
    while left:
        frame = Frame(MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN, 0, 0, 0, 0)
        while left and frame.add(left[0], canvas):
            del left[0]
        if left:
            # What does not fit any more is cut between two lines. A page without a line would never end.
            fitting, *rest = frame.split(left[0], canvas) or [None, left[0]]
            if fitting is not None:
                frame.add(fitting, canvas)
                left[:1] = rest
            elif frame._atTop:
                raise ValueError("A line of the promise is taller than the page.")
        canvas.showPage()
