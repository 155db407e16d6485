"""The slices of hand-over that add to forms of some kinds; see ``capture/kinds.py``."""

from handoff.meetings import intake, mails

__all__ = ["intake", "mails"]
