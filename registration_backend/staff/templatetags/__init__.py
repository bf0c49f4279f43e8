"""What the templates of the staff pages need beyond Django."""
