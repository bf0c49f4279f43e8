"""Brings paper forms and old lists into the registry, through a mapping that a GIS admin keeps in one file."""
