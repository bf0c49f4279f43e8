"""What a registered camera is: its fields, its allow-list, its retention, and the errors of this product."""
