"""Between QGIS and the plain-Python packages: layers, arrays, settings, tasks and network, without widgets."""
