"""Registers what stands in addresses, whichever test of the folder runs."""

from tests.rights import capture_objects, link_objects, objects, scoring_objects  # noqa: F401
