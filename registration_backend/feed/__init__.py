"""What QGIS pulls."""
