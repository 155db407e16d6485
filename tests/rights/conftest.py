"""Registers what stands in addresses, whichever test of the folder runs."""

from tests.rights import (  # noqa: F401
    capture_objects,
    link_objects,
    objects,
    scoring_objects,
    stuck_objects,
)
