"""The slices that add to forms of some kinds; see ``capture/kinds.py``."""

from capture.content import gated
from capture.quotes import calculator

__all__ = ["calculator", "gated"]
