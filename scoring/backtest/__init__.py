"""Trying a version on the past, and how good the one in force is."""
