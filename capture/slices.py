"""The slices that add to forms of some kinds; see ``capture/kinds.py``."""

from capture.content import gated

__all__ = ["gated"]
