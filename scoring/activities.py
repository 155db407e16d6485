"""The activity kinds and audit events of scoring."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import register_event
from accounts.rights import Right
from leads.kinds import register_kind

THRESHOLD_CROSSED = register_kind(
    "score.threshold_crossed",
    _("Score reached the threshold"),
    icon="gauge",
    right=Right.SCORES_READ,
)

VERSION_PROPOSED = register_event("scoring.proposed", _("Scoring version put up for signature"))
VERSION_SIGNED = register_event("scoring.signed", _("Scoring version signed"))
VERSION_VOIDED = register_event("scoring.voided", _("Signatures voided by an edit"))
VERSION_ACTIVATED = register_event("scoring.activated", _("Scoring version activated"))
