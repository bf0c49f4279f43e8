"""Sets the council's report as a PDF: a title, a chart, tables, and a number on every page."""

from __future__ import annotations

import io
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from reportlab.graphics.shapes import Circle, Drawing, Polygon, PolyLine, Rect, String
from reportlab.graphics.shapes import Line as Stroke
from reportlab.lib import colors, pagesizes
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from staff.council_report import FEWER_SHORT, CouncilReport, Month
from staff.report_chart import HEIGHT, WIDTH, Chart, Line, chart_of
from staff.report_words import DEFINITIONS, TITLE, by_district, by_month, newest_by_district

_MARGIN = 0.7 * inch
_SIZES = {"letter": pagesizes.LETTER, "a4": pagesizes.A4}
_INK, _RULE, _HEAD = colors.HexColor("#1b2430"), colors.HexColor("#8a94a3"), colors.HexColor("#e6ecf3")
# Names of places have letters that PDF's own fonts lack. ReportLab brings Vera, for where DejaVu is not installed.
_DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
_FONTS = {"Report": ("DejaVuSans.ttf", "Vera.ttf"), "Report-Bold": ("DejaVuSans-Bold.ttf", "VeraBd.ttf")}


def report_pdf(report: CouncilReport, agency_name: str, made_on: date) -> bytes:
    """Return the report as a PDF on the paper of settings.PAPER; `report` must have at least one month."""
    _register_fonts()
    width, height = _SIZES[settings.PAPER]
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=(width, height),
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN + 0.2 * inch,
        title=f"{TITLE}, {agency_name}",
        author=agency_name,
        subject=f"{report.months[0].name} to {report.months[-1].name}",
        creator="Camera Registry",
        lang="en-US",
    )
    document.build(_story(report, agency_name, made_on, width - 2 * _MARGIN), canvasmaker=_NumberedCanvas)
    return file.getvalue()


class _NumberedCanvas(Canvas):
    """Writes "Page 1 of 3" at the foot of each page, which can be known only when all are there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._finished: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - ReportLab's name
        self._finished.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._finished, start=1):
            self.__dict__.update(page)
            self.setFont("Report", 8)
            self.setFillColor(_INK)
            self.drawString(_MARGIN, 0.5 * inch, TITLE)
            self.drawRightString(self._pagesize[0] - _MARGIN, 0.5 * inch, f"Page {number} of {len(self._finished)}")
            super().showPage()
        super().save()


def _story(report: CouncilReport, agency_name: str, made_on: date, width: float) -> list[Flowable]:
    newest: Month = report.months[-1]
    chart = chart_of(report)
    words, small = _style("words", 9.5, 13), _style("small", 8, 10.5)
    story: list[Flowable] = [
        Paragraph(TITLE, _style("title", 18, 24, "Report-Bold")),
        Paragraph(
            escape(f"{agency_name}: {report.months[0].name} to {newest.name}. Made on {made_on:%Y-%m-%d}."), words
        ),
        Spacer(1, 8),
        *(Paragraph(escape(sentence), small) for sentence in DEFINITIONS),
        Spacer(1, 6),
    ]
    if chart is not None:
        story += [_heading("All districts together, at least"), _drawing(chart, width)]
    story += [
        _table(by_month(report), [width * 0.31] + [width * 0.23] * 3),
        _heading(f"By district, {newest.name}"),
        _table(newest_by_district(report), [width * 0.4] + [width * 0.2] * 3),
    ]
    over_time = by_district(report)
    over_time[0] = [str(cell).replace("-", "-\n") for cell in over_time[0]]  # 12 months go on the page in two lines
    months = len(over_time[0]) - 1
    if months > 1:
        columns = [width - months * width * 0.0625] + [width * 0.0625] * months
        note = Paragraph(escape(f"{FEWER_SHORT}: fewer than 5."), small)
        story += [_heading("Registered, by district over time"), _table(over_time, columns, 7), Spacer(1, 4), note]
    return story


def _heading(text: str) -> Flowable:
    return Paragraph(
        escape(text), _style("heading", 12, 16, "Report-Bold", spaceBefore=12, spaceAfter=5, keepWithNext=1)
    )


def _style(name: str, size: float, leading: float, font: str = "Report", **more: Any) -> ParagraphStyle:
    return ParagraphStyle(name, fontName=font, fontSize=size, leading=leading, textColor=_INK, **more)


def _table(rows: list[list[Any]], widths: list[float], size: float = 8.5) -> Flowable:
    name, head = _style("cell", size, size * 1.25), _style("head", size, size * 1.25, "Report-Bold")
    cells: list[list[Any]] = [
        [Paragraph(escape(str(rows[0][0])), head), *(str(value) for value in rows[0][1:])],
        # A long name wraps; the figures stay plain text, which is set much faster.
        *([Paragraph(escape(str(row[0])), name), *(str(value) for value in row[1:])] for row in rows[1:]),
    ]
    style = TableStyle(
        [
            ("FONT", (1, 0), (-1, 0), "Report-Bold", size),
            ("FONT", (1, 1), (-1, -1), "Report", size),
            ("TEXTCOLOR", (0, 0), (-1, -1), _INK),
            ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("BACKGROUND", (0, 0), (-1, 0), _HEAD),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _RULE),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ]
    )
    return Table(cells, colWidths=widths, style=style, repeatRows=1, hAlign="LEFT")


def _drawing(chart: Chart, width: float) -> Flowable:
    """Draw the chart; ReportLab counts upward from the lower left corner."""
    key = 18
    drawing = Drawing(WIDTH, HEIGHT + key)
    for tick in chart.up:
        y = HEIGHT - tick.at + key
        drawing.add(Stroke(chart.left, y, chart.right, y, strokeColor=colors.HexColor("#d5dbe2"), strokeWidth=0.7))
        drawing.add(_text(chart.left - 6, y - 3.5, tick.text, "end"))
    for number, tick in enumerate(chart.across):
        anchor = "start" if number == 0 else "end" if tick.at >= chart.right else "middle"
        drawing.add(_text(tick.at, HEIGHT - chart.bottom - 18 + key, tick.text, anchor))
    for number, line in enumerate(chart.lines):
        _draw_line(drawing, line, [(x, HEIGHT - y + key) for x, y in line.points])
        left = chart.left + number * 130
        _draw_line(drawing, line, [(left, 6), (left + 17, 6), (left + 34, 6)], marked=[1])
        drawing.add(_text(left + 40, 2.5, line.name, "start"))
    drawing.scale(width / WIDTH, width / WIDTH)
    drawing.width, drawing.height = width, (HEIGHT + key) * width / WIDTH
    return KeepTogether([drawing, Spacer(1, 6)])


def _draw_line(
    drawing: Drawing, line: Line, points: list[tuple[float, float]], marked: list[int] | None = None
) -> None:
    colour = colors.HexColor(line.colour)
    if len(points) > 1:
        flat = [value for point in points for value in point]
        drawing.add(PolyLine(flat, strokeColor=colour, strokeWidth=1.8, strokeDashArray=list(line.dashes) or None))
    for number, (x, y) in enumerate(points):
        if marked is not None and number not in marked:
            continue
        shapes = {
            "circle": Circle(x, y, 3.2),
            "square": Rect(x - 3, y - 3, 6, 6),
            "triangle": Polygon([x - 4, y - 3, x + 4, y - 3, x, y + 4]),
        }
        shapes[line.mark].fillColor, shapes[line.mark].strokeColor = colour, None
        drawing.add(shapes[line.mark])


def _text(x: float, y: float, text: str, anchor: str) -> String:
    return String(x, y, text, fontName="Report", fontSize=10, fillColor=_INK, textAnchor=anchor)


@cache
def _register_fonts() -> None:
    for name, (dejavu, vera) in _FONTS.items():
        path = _DEJAVU / dejavu
        pdfmetrics.registerFont(TTFont(name, str(path) if path.is_file() else vera))
