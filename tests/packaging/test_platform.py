"""PyQGIS, GDAL, NumPy, SciPy, pyproj, shapely, SpatiaLite and ReportLab work in one Python."""

from __future__ import annotations

import subprocess
import sys

from scripts.backend_process import EmbeddedBackend

EVERYTHING = """
import matplotlib, numpy, pyproj, scipy.spatial, shapely, sqlite3
import qgis.core
from osgeo import gdal_array
from reportlab.graphics import renderPDF
from reportlab.lib.utils import ImageReader
assert shapely.box(0, 0, 2, 1).area == 2
assert gdal_array.OpenArray(numpy.zeros((2, 2))).RasterXSize == 2
assert scipy.spatial.cKDTree(numpy.zeros((1, 2))).n == 1
assert round(pyproj.Geod(ellps="WGS84").inv(0, 0, 1, 0)[2]) == 111319
assert pyproj.Transformer.from_crs(4326, 3067, always_xy=True).transform(24.94, 60.17)[0] > 380_000
crs = qgis.core.QgsCoordinateReferenceSystem("EPSG:3067")
assert crs.isValid()
connection = sqlite3.connect(":memory:")
connection.enable_load_extension(True)
connection.load_extension("mod_spatialite")
from PIL import Image
assert ImageReader(Image.new("RGB", (3, 2))).getSize() == (3, 2)
print("together")
"""


def test_everything_the_project_stands_on_imports_and_works_together(tmp_path: object) -> None:
    environment = EmbeddedBackend(tmp_path).environment  # type: ignore[arg-type]
    done = subprocess.run(
        [sys.executable, "-c", EVERYTHING], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "together"
