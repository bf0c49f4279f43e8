"""The public page of registrations per grid cell, and the same as CSV and GeoJSON; only the newest month is shown."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from disclosure.generalise import Cell, Grid
from disclosure.models import CountedMonth
from disclosure.public_counts import CELL_SIZE_M
from registrations.map_view import allow_tiles, map_view
from registrations.models import Agency
from registrations.spreadsheets import as_csv

# Long enough to spare the server, short enough that a new month is seen the same day.
_KEPT_SECONDS = 3600
_COLUMNS = ("month", "square", "around", "at_least", "west", "south", "east", "north", "latitude", "longitude")


class Square(NamedTuple):
    """One cell as it is shown: its corners are (longitude, latitude), EPSG:4326 degrees, the first one again last."""

    name: str
    around: str
    at_least: int
    ring: list[tuple[float, float]]

    @property
    def middle(self) -> tuple[float, float]:
        """The mean of the corners, as longitude and latitude."""
        corners = self.ring[:-1]
        lon, lat = (sum(corner[axis] for corner in corners) / len(corners) for axis in (0, 1))
        return round(lon, 4), round(lat, 4)

    @property
    def middle_text(self) -> str:
        """The middle as people write it: latitude first, the same in every language."""
        return f"{self.middle[1]:.4f}, {self.middle[0]:.4f}"

    @property
    def corners_text(self) -> str:
        """The corners for the map's script: "latitude,longitude latitude,longitude ..."."""
        return " ".join(f"{lat:.7f},{lon:.7f}" for lon, lat in self.ring[:-1])


@require_safe
def choose(request: HttpRequest) -> HttpResponseBase:
    """Let the reader choose an agency; lead on at once where there is but one."""
    agencies = list(Agency.objects.order_by("name", "code"))
    if len(agencies) == 1:
        return redirect("counts_of", code=agencies[0].code)
    return render(request, "disclosure/choose_agency.html", {"agencies": agencies})


@require_safe
def show(request: HttpRequest, code: str) -> HttpResponse:
    """Show the newest counts of one agency, as a map and as a table."""
    agency = _agency(code)
    counted = _newest(agency)
    context = {
        "agency": agency,
        "counted": counted,
        "squares": _squares(counted) if counted else [],
        "map": map_view(agency),
    }
    return allow_tiles(render(request, "disclosure/counts.html", context), agency)


@require_safe
def download_csv(request: HttpRequest, code: str) -> HttpResponse:
    """Send what the page shows as CSV; angles in degrees, EPSG:4326."""
    counted = _counted_or_404(code)
    rows: list[tuple[str | int | float, ...]] = [_COLUMNS]
    for square in _squares(counted):
        lons, lats = zip(*square.ring, strict=True)
        edges = (min(lons), min(lats), max(lons), max(lats))
        longitude, latitude = square.middle
        rows.append((str(counted), square.name, square.around, square.at_least, *edges, latitude, longitude))
    return _file(as_csv(rows), "text/csv; charset=utf-8", f"{_agency(code).code}-{counted}.csv")


@require_safe
def download_geojson(request: HttpRequest, code: str) -> HttpResponse:
    """Send what the page shows as GeoJSON: one polygon a cell."""
    counted = _counted_or_404(code)
    features: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "id": square.name,
            "geometry": {"type": "Polygon", "coordinates": [square.ring]},
            "properties": {"month": str(counted), "around": square.around, "at_least": square.at_least},
        }
        for square in _squares(counted)
    ]
    body = orjson.dumps({"type": "FeatureCollection", "features": features})
    return _file(body, "application/geo+json", f"{_agency(code).code}-{counted}.geojson")


def _squares(counted: CountedMonth) -> list[Square]:
    grid = Grid(counted.grid_srid)
    squares = []
    for count in counted.counts.order_by("-n", "around", "cell"):
        _, i, j = (int(part) for part in count.cell.split("/"))
        corners = grid.outline(Cell(CELL_SIZE_M, i, j))
        squares.append(Square(count.cell, count.around, count.n, [*corners, corners[0]]))
    return squares


def _agency(code: str) -> Agency:
    agency = Agency.objects.filter(code=code[:16].upper()).first()
    if agency is None:
        raise Http404
    return agency


def _newest(agency: Agency) -> CountedMonth | None:
    newest: CountedMonth | None = agency.counted_months.order_by("-month").first()
    return newest


def _counted_or_404(code: str) -> CountedMonth:
    counted = _newest(_agency(code))
    if counted is None:
        raise Http404
    return counted


def _file(body: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="cameras-{name}"'
    response["Cache-Control"] = f"public, max-age={_KEPT_SECONDS}"
    return response
