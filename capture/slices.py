"""The slices that add to forms of some kinds; see ``capture/kinds.py``."""

from capture.content import gated
from capture.events import formed
from capture.quotes import calculator
from capture.referrals import passed_on

__all__ = ["calculator", "formed", "gated", "passed_on"]
