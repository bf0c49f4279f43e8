"""WHERE: positions, distances and which cameras are near, in plain Python without QGIS."""
