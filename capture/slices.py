"""The slices that add to forms of some kinds; see ``capture/kinds.py``."""

from capture.chat import slice as chat
from capture.content import gated
from capture.events import formed
from capture.quotes import calculator
from capture.referrals import passed_on

__all__ = ["calculator", "chat", "formed", "gated", "passed_on"]
