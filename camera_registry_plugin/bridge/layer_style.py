"""How the layer of registered cameras looks: a marker by premises, a wedge by direction, a cell by precision."""

from __future__ import annotations

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFillSymbol,
    QgsGeometryGeneratorSymbolLayer,
    QgsMarkerSymbol,
    QgsProperty,
    QgsRendererCategory,
)

from camera_registry_plugin.registry.fields import COARSE_PREMISES, FINE_PREMISES
from camera_registry_plugin.registry.policy import GENERALISED, Grid, Policy

from . import compat

# Okabe and Ito's palette, which stays apart for every kind of colour vision; the shapes help in print.
LOOKS = {
    "residence": ("#0072b2", "circle"),
    "apartment": ("#56b4e9", "circle"),
    "business": ("#e69f00", "square"),
    "school": ("#f0e442", "triangle"),
    "worship": ("#cc79a7", "diamond"),
    "nonprofit": ("#009e73", "pentagon"),
    "government": ("#d55e00", "hexagon"),
    "other": ("#999999", "circle"),
    "residential": ("#0072b2", "circle"),
    "non_residential": ("#e69f00", "square"),
}
UNKNOWN_LOOK = ("#999999", "circle")
OUTLINE = "#1f1f1f"
PALE_ALPHA = 70

DEFAULT_FIELD_OF_VIEW_DEG = 60
SCREEN_WEDGE_MM = 5
FEWEST_WEDGE_STEPS = 6

# Degrees to metres near enough for a wedge of some metres: 0.5 % off at worst.
METRES_A_DEGREE = 111_320

# An icon of the legend has no feature, so the expressions fail there; QGIS would then fill the whole icon, which
# 3.40 makes 2 cm high.
NOTHING_TO_SEE = "buffer($geometry, 0.0001)"

CELL_PASS, WEDGE_PASS, MARKER_PASS = 0, 1, 2


def renderer(policy: Policy) -> QgsCategorizedSymbolRenderer:
    """Return the renderer for what a reader with this policy sees."""
    words = dict(FINE_PREMISES)
    if policy.position == GENERALISED:
        words.update(COARSE_PREMISES)
    categories = [QgsRendererCategory(code, _symbol(*LOOKS[code], policy), label) for code, label in words.items()]
    categories.append(QgsRendererCategory(None, _symbol(*UNKNOWN_LOOK, policy), "Unknown"))
    styled = QgsCategorizedSymbolRenderer("premises", categories)
    # Passes: no cell covers another camera's wedge, no wedge covers a marker.
    styled.setUsingSymbolLevels(True)
    return styled


def _symbol(colour: str, shape: str, policy: Policy) -> QgsMarkerSymbol:
    symbol = QgsMarkerSymbol.createSimple(
        {
            "name": shape,
            "color": colour,
            "size": "3",
            "outline_color": OUTLINE,
            "outline_width": "0.25",
        }
    )
    marker = symbol.symbolLayer(0)
    marker.setRenderingPass(MARKER_PASS)
    if policy.position == GENERALISED:
        # A pale marker: the camera is somewhere in the cell, and not where the marker happens to stand.
        marker.setDataDefinedProperty(compat.FILL_COLOUR, QgsProperty.fromExpression(marker_fill(colour)))
    for screen in (True, False):
        wedge = _generator(_wedge_fill(colour), screen_wedge() if screen else ground_wedge(), WEDGE_PASS)
        if screen:
            wedge.setUnits(compat.MILLIMETRES)
        symbol.insertSymbolLayer(0, wedge)
    if policy.position == GENERALISED and policy.grid is not None:
        symbol.insertSymbolLayer(0, _generator(_cell_fill(), cell(policy.grid), CELL_PASS))
    return symbol


def marker_fill(colour: str) -> str:
    """Return the expression of a marker's fill: pale where the position is generalised."""
    return f"if(\"position_precision_m\" > 0, set_color_part('{colour}', 'alpha', {PALE_ALPHA}), '{colour}')"


def _generator(fill: QgsFillSymbol, expression: str, rendering_pass: int) -> QgsGeometryGeneratorSymbolLayer:
    layer = QgsGeometryGeneratorSymbolLayer.create({"geometryModifier": f"try({expression}, {NOTHING_TO_SEE})"})
    layer.setSymbolType(compat.FILL_SYMBOL)
    layer.setSubSymbol(fill)
    layer.setRenderingPass(rendering_pass)
    return layer


def _wedge_fill(colour: str) -> QgsFillSymbol:
    fill = QgsFillSymbol.createSimple({"color": colour, "outline_color": OUTLINE, "outline_width": "0.15"})
    fill.setOpacity(0.45)
    return fill


def _cell_fill() -> QgsFillSymbol:
    # Thin lines, not a flat tint: fifty cameras in one cell draw it fifty times, which would end opaque.
    fill = QgsFillSymbol.createSimple(
        {"style": "f_diagonal", "color": "#b9c3ce", "outline_color": "#708090", "outline_width": "0.3"}
    )
    fill.setOpacity(0.5)
    return fill


def screen_wedge() -> str:
    """Return the expression of a wedge of fixed screen size: the range, or the very place, is not known."""
    return (
        'if("direction_deg" IS NOT NULL AND (coalesce("range_m", 0) <= 0 OR "position_precision_m" > 0), '
        # On the screen y grows downwards, so north is at 180 degrees and the sense is reversed.
        'wedge_buffer($geometry, 180 - "direction_deg" - coalesce(@map_rotation, 0), '
        f'min(coalesce("field_of_view_deg", {DEFAULT_FIELD_OF_VIEW_DEG}), 359), {SCREEN_WEDGE_MM}), NULL)'
    )


def ground_wedge() -> str:
    """Return the expression of a wedge as long as the camera's range, in degrees on the ground (EPSG:4326)."""
    half = f'(min(coalesce("field_of_view_deg", {DEFAULT_FIELD_OF_VIEW_DEG}), 359) / 2)'
    corner = (
        f'make_point(x($geometry) + "range_m" * sin(radians("direction_deg" + @element)) / '
        f'({METRES_A_DEGREE} * cos(radians(y($geometry)))), y($geometry) + "range_m" * '
        f'cos(radians("direction_deg" + @element)) / {METRES_A_DEGREE})'
    )
    steps = f"generate_series(-{half}, {half} + 0.001, {half} / {FEWEST_WEDGE_STEPS})"
    return (
        'if("direction_deg" IS NOT NULL AND "range_m" > 0 AND coalesce("position_precision_m", 0) = 0, '
        f"make_polygon(make_line(array_cat(array($geometry), array_foreach({steps}, {corner}), "
        "array($geometry)))), NULL)"
    )


def cell(grid: Grid) -> str:
    """Return the expression of the grid cell that a generalised camera is somewhere in (EPSG:4326)."""
    size = '"position_precision_m"'
    east, north = grid.origin
    corners = ", ".join(
        f"make_point(@west + {i} * {size}, @south + {j} * {size})" for i, j in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
    )
    ring = f"transform(make_polygon(make_line({corners})), '{grid.crs}', 'EPSG:4326')"
    return (
        f"if({size} > 0, with_variable('place', transform($geometry, 'EPSG:4326', '{grid.crs}'), "
        f"with_variable('west', floor((x(@place) - {east!r}) / {size}) * {size} + {east!r}, "
        f"with_variable('south', floor((y(@place) - {north!r}) / {size}) * {size} + {north!r}, {ring}))), NULL)"
    )
