"""People, teams, tokens, the organisation, and the log of what must be provable."""

from accounts.models.audit import AuditEntry, AuditHead
from accounts.models.bookkeeping import AccountMail, IdempotencyKey, RateCount, SentPage, SetupLink
from accounts.models.organisation import FormOfAddress, Organisation
from accounts.models.people import Team, Theme, User, UserManager, check_time_zone
from accounts.models.tokens import ApiToken, check_networks

__all__ = [
    "AccountMail",
    "ApiToken",
    "AuditEntry",
    "AuditHead",
    "FormOfAddress",
    "IdempotencyKey",
    "Organisation",
    "RateCount",
    "SentPage",
    "SetupLink",
    "Team",
    "Theme",
    "User",
    "UserManager",
    "check_networks",
    "check_time_zone",
]
