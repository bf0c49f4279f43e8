"""Draws QR codes that print sharply and scan from paper."""

from __future__ import annotations

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.pdfgen.canvas import Canvas

QUIET_CELLS = 4  # of white around the code, which readers need


def draw(canvas: Canvas, text: str, left: float, bottom: float, side: float) -> None:
    """Draw a code with its quiet zone, in points, as one shape: cell by cell, hairlines show between the cells."""
    code = QrCodeWidget(text, barLevel="M").qr
    code.make()
    cells = code.getModuleCount()
    cell = side / (cells + 2 * QUIET_CELLS)
    shape = canvas.beginPath()
    for row in range(cells):
        for column in range(cells):
            if code.isDark(row, column):
                x = left + (QUIET_CELLS + column) * cell
                shape.rect(x, bottom + (QUIET_CELLS + cells - 1 - row) * cell, cell, cell)
    canvas.drawPath(shape, stroke=0, fill=1)
