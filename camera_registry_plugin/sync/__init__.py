"""From a registry on the network to one verified snapshot on this machine; plain Python, no QGIS."""
