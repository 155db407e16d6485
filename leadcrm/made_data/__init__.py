"""Invented leads by the million, written by the database itself: for trying out how fast it is."""
