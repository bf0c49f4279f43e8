"""The lower part of the leaflet: the form, with the name of the import's column beside each question."""

from __future__ import annotations

from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table, TableStyle

from registrations.printables import fonts, paper_form
from registrations.printables.content import Content

LINE = HexColor("#8a94a3")
HEADING = ParagraphStyle("form heading", fontName=fonts.BOLD, fontSize=10.5, leading=13)
LABEL = ParagraphStyle("label", fontName=fonts.PLAIN, fontSize=7.4, leading=9)
ROW = 32.0  # points: room for handwriting below the question
CAMERA_ROW = 24.0
# Shares of the width.
ROWS: tuple[tuple[tuple[str, float], ...], ...] = (
    (("name", 0.55), ("phone", 0.45)),
    (("email", 0.7), ("form_no", 0.3)),
    (("address", 0.75), ("unit", 0.25)),
)
CAMERA_SHARES = (0.085, 0.14, 0.15, 0.235, 0.125, 0.165, 0.1)


def draw(canvas: Canvas, content: Content, promise_version: str, left: float, width: float) -> float:
    """Draw the form upward from the lower margin, in the active language; return its upper edge in points."""
    bottom = left
    parts = [_form_rows(width), *_cameras(content, width), _signature(promise_version, width)]
    y = bottom
    for part in reversed(parts):
        _width, height = part.wrapOn(canvas, width, 1000)
        part.drawOn(canvas, left, y)
        y += height + 5
    heading = Paragraph(_("Or on paper: fill in, sign, and hand in or send to the agency"), HEADING)
    _width, height = heading.wrapOn(canvas, width, 100)
    heading.drawOn(canvas, left, y)
    y += height + 4
    canvas.setStrokeColor(LINE)
    canvas.setDash(3, 2)
    canvas.line(left, y, left + width, y)
    canvas.setDash()
    return y + 6


def _question(column: str, hint: str = "") -> Paragraph:
    return Paragraph(f"{escape(paper_form.label(column))}{escape(hint)} {_grey(column)}", LABEL)


def _grey(column: str) -> str:
    return f'<font size="5.6" color="#5a6472">{column}</font>'


def _form_rows(width: float) -> Table:
    """Name to kind of place: each row a table of its own, since their columns differ."""
    rows = [
        [_boxes([[_question(column) for column, _share in row]], [share * width for _column, share in row], ROW)]
        for row in ROWS
    ]
    # Unbreakable spaces, so that no box stands apart from its word.
    premises = ": " + "  ".join(f"☐\u00a0{word}".replace(" ", "\u00a0") for word in paper_form.words("premises"))
    rows.append([_boxes([[_question("premises", premises)]], [width], 24)])
    return Table(rows, colWidths=[width], style=_without_padding())


def _cameras(content: Content, width: float) -> list[Table | Paragraph]:
    if content.is_minimal:
        return [_boxes([[Paragraph(_("How many cameras?"), LABEL)]], [width * 0.3], ROW)]
    header = [_question(column) for column in paper_form.CAMERA_COLUMNS]
    rows = [
        [Paragraph(f"{number} {_grey(f'form_no-{number}')}", LABEL), *[""] * (len(header) - 1)]
        for number in range(1, paper_form.CAMERAS_ON_PAPER + 1)
    ]
    table = Table(
        [header, *rows],
        colWidths=[share * width for share in CAMERA_SHARES],
        rowHeights=[None, *[CAMERA_ROW] * len(rows)],
        style=_grid(),
    )
    offered = [
        f"<b>{escape(paper_form.label(column))}:</b> {escape('; '.join(paper_form.words(column)))}."
        for column in ("camera_type", "mount", "area_viewed", "recording")
    ]
    offered.append(f"<b>{escape(paper_form.label('direction'))}:</b> {'; '.join(paper_form.directions())}.")
    said = _("Write what fits; what you do not know stays empty. More cameras: use another form.")
    return [table, Paragraph(f"{escape(said)} {' '.join(offered)}", LABEL)]


def _signature(promise_version: str, width: float) -> Table:
    agreed = Paragraph(
        f"<b>{escape(_('I have read the promise and agree that my registration is stored.'))}</b> "
        f"{escape(paper_form.label('promise_version'))}: {escape(promise_version)} "
        f"{_grey('promise_version')}",
        LABEL,
    )
    boxes = _boxes([[_question("signed_on"), Paragraph(escape(_("Signature")), LABEL)]], [width * 0.3, width * 0.7], 34)
    return Table([[agreed], [boxes]], colWidths=[width], style=_without_padding())


def _boxes(cells: list[list[Paragraph]], widths: list[float], height: float) -> Table:
    return Table(cells, colWidths=widths, rowHeights=[height], style=_grid())


def _grid() -> TableStyle:
    return TableStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.6, LINE),
            ("FONT", (0, 0), (-1, -1), fonts.PLAIN),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            *[(f"{side}PADDING", (0, 0), (-1, -1), 2.5) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")],
        ]
    )


def _without_padding() -> TableStyle:
    return TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("FONT", (0, 0), (-1, -1), fonts.PLAIN),
            *[(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")],
        ]
    )
