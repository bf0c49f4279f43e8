"""WHO IS ASKED: the list of cameras near an incident and what is written from it."""
