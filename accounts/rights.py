"""Who may do what: the closed set of rights, and which role and API scope has them."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What somebody does in the organisation."""

    ADMIN = "admin", _("Administrator")
    MARKETER = "marketer", _("Marketer")
    SALES_MANAGER = "sales_manager", _("Sales manager")
    SALES_REP = "sales_rep", _("Sales rep")
    SERVICE = "service", _("Service")
    VIEWER = "viewer", _("Viewer")


class LeadScope(StrEnum):
    """Which leads an actor sees, from the widest to the narrowest."""

    ALL = "all"
    TEAM = "team"
    OWN = "own"
    NONE = "none"

    def narrowed_to(self, other: str) -> "LeadScope":
        """Return the narrower of this scope and ``other``."""
        order = list(LeadScope)
        return order[max(order.index(self), order.index(LeadScope(other)))]


class Right(StrEnum):
    """One thing that may be done; checked inside the action that does it."""

    LEADS_READ = "leads.read"
    SCORES_READ = "scores.read"
    LEADS_CREATE = "leads.create"
    LEADS_EDIT = "leads.edit"
    LEADS_ASSIGN = "leads.assign"
    LEADS_CLAIM = "leads.claim"
    LEADS_DELETE = "leads.delete"
    LEADS_MERGE = "leads.merge"
    LEADS_IMPORT = "leads.import"
    LEADS_EXPORT = "leads.export"
    VIEWS_SHARE = "views.share"
    NOTES_ADD = "notes.add"
    NOTES_PRIVATE = "notes.private"
    STAGE_MARKETING = "stage.marketing"
    STAGE_SALES = "stage.sales"
    CONSENT_ADD = "consent.add"
    CONSENT_WITHDRAW = "consent.withdraw"
    UNSUPPRESS = "suppression.lift"
    FORMS_READ = "forms.read"
    FORMS_MANAGE = "forms.manage"
    SUBMISSIONS_READ = "submissions.read"
    CHATS_ANSWER = "chats.answer"
    CAMPAIGNS_MANAGE = "campaigns.manage"
    EVENTS_MANAGE = "events.manage"
    SEGMENTS_READ = "segments.read"
    SEGMENTS_MANAGE = "segments.manage"
    SCORING_READ = "scoring.read"
    SCORING_MANAGE = "scoring.manage"
    SCORING_SIGN_MARKETING = "scoring.sign_marketing"
    SCORING_SIGN_SALES = "scoring.sign_sales"
    SEQUENCES_READ = "sequences.read"
    SEQUENCES_MANAGE = "sequences.manage"
    SEQUENCES_ACTIVATE = "sequences.activate"
    HANDOFF_GIVE = "handoff.give"
    HANDOFF_WORK = "handoff.work"
    HANDOFF_DISTRIBUTE = "handoff.distribute"
    ASSIGNMENT_MANAGE = "assignment.manage"
    DEALS_READ = "deals.read"
    DEALS_EDIT = "deals.edit"
    REPORTS_READ = "reports.read"
    COSTS_READ = "costs.read"
    AUDIT_READ = "audit.read"
    PRIVACY = "privacy"
    USERS_MANAGE = "users.manage"
    SETTINGS_MANAGE = "settings.manage"


_READ = {Right.LEADS_READ, Right.SCORES_READ, Right.REPORTS_READ, Right.DEALS_READ}
_MARKETER = _READ | {
    Right.LEADS_CREATE,
    Right.LEADS_EDIT,
    Right.LEADS_IMPORT,
    Right.LEADS_EXPORT,
    Right.VIEWS_SHARE,
    Right.NOTES_ADD,
    Right.STAGE_MARKETING,
    Right.CONSENT_ADD,
    Right.CONSENT_WITHDRAW,
    Right.FORMS_READ,
    Right.FORMS_MANAGE,
    Right.SUBMISSIONS_READ,
    Right.CHATS_ANSWER,
    Right.CAMPAIGNS_MANAGE,
    Right.EVENTS_MANAGE,
    Right.SEGMENTS_READ,
    Right.SEGMENTS_MANAGE,
    Right.SCORING_READ,
    Right.SCORING_MANAGE,
    Right.SCORING_SIGN_MARKETING,
    Right.SEQUENCES_READ,
    Right.SEQUENCES_MANAGE,
    Right.SEQUENCES_ACTIVATE,
    Right.HANDOFF_GIVE,
    Right.COSTS_READ,
}
_REP = _READ | {
    Right.CHATS_ANSWER,
    Right.LEADS_CREATE,
    Right.LEADS_EDIT,
    Right.LEADS_CLAIM,
    Right.NOTES_ADD,
    Right.NOTES_PRIVATE,
    Right.STAGE_SALES,
    Right.CONSENT_ADD,
    Right.CONSENT_WITHDRAW,
    Right.SCORING_READ,
    Right.HANDOFF_WORK,
    Right.DEALS_EDIT,
}
_SALES_MANAGER = _REP | {
    Right.LEADS_ASSIGN,
    Right.LEADS_DELETE,
    Right.LEADS_MERGE,
    Right.LEADS_EXPORT,
    Right.VIEWS_SHARE,
    Right.FORMS_READ,
    Right.SEGMENTS_READ,
    Right.SEQUENCES_READ,
    Right.SCORING_SIGN_SALES,
    Right.HANDOFF_DISTRIBUTE,
    Right.ASSIGNMENT_MANAGE,
}
# Nobody signs for both sides: an administrator signs for neither.
_ADMIN = set(Right) - {Right.SCORING_SIGN_MARKETING, Right.SCORING_SIGN_SALES}

ROLE_RIGHTS: dict[str, frozenset[Right]] = {
    Role.ADMIN: frozenset(_ADMIN),
    Role.MARKETER: frozenset(_MARKETER),
    Role.SALES_MANAGER: frozenset(_SALES_MANAGER),
    Role.SALES_REP: frozenset(_REP),
    Role.SERVICE: frozenset(
        {Right.LEADS_READ, Right.NOTES_ADD, Right.CONSENT_WITHDRAW, Right.CHATS_ANSWER}
    ),
    Role.VIEWER: frozenset(
        _READ | {Right.FORMS_READ, Right.SEGMENTS_READ, Right.SEQUENCES_READ, Right.COSTS_READ}
    ),
}

ROLE_SCOPES: dict[str, LeadScope] = {
    Role.ADMIN: LeadScope.ALL,
    Role.MARKETER: LeadScope.ALL,
    Role.SALES_MANAGER: LeadScope.TEAM,
    Role.SALES_REP: LeadScope.OWN,
    Role.SERVICE: LeadScope.ALL,
    Role.VIEWER: LeadScope.ALL,
}


class ApiScope(TextChoices):
    """What an API token may be allowed; a token never has more than its owner."""

    LEADS_READ = "leads:read", _("Read leads")
    LEADS_WRITE = "leads:write", _("Create and change leads")
    LEADS_ASSIGN = "leads:assign", _("Assign leads")
    LEADS_EXPORT = "leads:export", _("Export leads")
    SCORES_READ = "scores:read", _("Read scores")
    CONSENT_WRITE = "consent:write", _("Record consent")
    SEGMENTS_READ = "segments:read", _("Read segments")
    SEGMENTS_WRITE = "segments:write", _("Put leads on lists and take them off")
    FORMS_READ = "forms:read", _("Read forms")
    SUBMISSIONS_READ = "submissions:read", _("Read submissions")
    REPORTS_READ = "reports:read", _("Read figures of posts and pages")
    POSTS_WRITE = "posts:write", _("Note likes of posts")
    EVENTS_WRITE = "events:write", _("Say who attended events")
    HANDOFFS_WRITE = "handoffs:write", _("Hand over, accept and reject leads")
    DEALS_READ = "opportunities:read", _("Read opportunities")
    DEALS_WRITE = "opportunities:write", _("Create and change opportunities")


SCOPE_RIGHTS: dict[str, frozenset[Right]] = {
    ApiScope.LEADS_READ: frozenset({Right.LEADS_READ}),
    ApiScope.LEADS_WRITE: frozenset(
        {
            Right.LEADS_CREATE,
            Right.LEADS_EDIT,
            Right.NOTES_ADD,
            Right.STAGE_MARKETING,
            Right.STAGE_SALES,
        }
    ),
    ApiScope.LEADS_ASSIGN: frozenset({Right.LEADS_ASSIGN, Right.LEADS_CLAIM}),
    ApiScope.LEADS_EXPORT: frozenset({Right.LEADS_EXPORT}),
    ApiScope.SCORES_READ: frozenset({Right.SCORES_READ, Right.SCORING_READ}),
    ApiScope.CONSENT_WRITE: frozenset({Right.CONSENT_ADD, Right.CONSENT_WITHDRAW}),
    ApiScope.SEGMENTS_READ: frozenset({Right.SEGMENTS_READ}),
    ApiScope.SEGMENTS_WRITE: frozenset({Right.SEGMENTS_READ, Right.SEGMENTS_MANAGE}),
    ApiScope.FORMS_READ: frozenset({Right.FORMS_READ}),
    ApiScope.SUBMISSIONS_READ: frozenset({Right.SUBMISSIONS_READ}),
    ApiScope.REPORTS_READ: frozenset({Right.REPORTS_READ}),
    ApiScope.POSTS_WRITE: frozenset({Right.CAMPAIGNS_MANAGE}),
    ApiScope.EVENTS_WRITE: frozenset({Right.EVENTS_MANAGE}),
    ApiScope.HANDOFFS_WRITE: frozenset(
        {Right.HANDOFF_GIVE, Right.HANDOFF_WORK, Right.HANDOFF_DISTRIBUTE}
    ),
    ApiScope.DEALS_READ: frozenset({Right.DEALS_READ}),
    ApiScope.DEALS_WRITE: frozenset({Right.DEALS_READ, Right.DEALS_EDIT}),
}
