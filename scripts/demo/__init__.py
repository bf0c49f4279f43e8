"""The demo: registrations, a sync, the cameras near every incident, and two pictures by real QGIS."""
