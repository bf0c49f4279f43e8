"""What an agency hands out on paper: a leaflet with a form that can be typed into the registry, and stickers."""
