"""The slices that add to forms of some kinds; see ``capture/kinds.py``."""

from capture.chat import slice as chat
from capture.content import gated
from capture.quotes import calculator

__all__ = ["calculator", "chat", "gated"]
