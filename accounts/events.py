"""The events of the audit log; upper apps register their own in their ``activities.py``."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

EVENTS: dict[str, Promise | str] = {}


def register_event(name: str, label: Promise | str) -> str:
    """Register an audit event ``area.past_tense`` with what the log shows; return its name."""
    if name in EVENTS:
        raise ValueError(f"The audit event {name} exists twice.")
    EVENTS[name] = label
    return name


LOGGED_IN = register_event("account.logged_in", _("Signed in"))
LOGIN_LIMITED = register_event("account.login_limited", _("Too many failed tries to sign in"))
PASSWORD_CHANGED = register_event("account.password_changed", _("Password changed"))
SECURITY_CHANGED = register_event("account.security_changed", _("Second factor changed"))
SESSIONS_ENDED = register_event("account.sessions_ended", _("Sessions ended"))
INVITATION_ACCEPTED = register_event("account.invitation_accepted", _("Invitation accepted"))
PERSON_INVITED = register_event("person.invited", _("Person invited"))
INVITATION_RENEWED = register_event("person.invitation_renewed", _("Invitation sent again"))
PERSON_CHANGED = register_event("person.changed", _("Person changed"))
PERSON_DEACTIVATED = register_event("person.deactivated", _("Person deactivated"))
PERSON_REACTIVATED = register_event("person.reactivated", _("Person activated again"))
TEAM_CREATED = register_event("team.created", _("Team created"))
TEAM_RENAMED = register_event("team.renamed", _("Team renamed"))
TEAM_DELETED = register_event("team.deleted", _("Team deleted"))
TOKEN_CREATED = register_event("token.created", _("API token created"))
TOKEN_REVOKED = register_event("token.revoked", _("API token revoked"))
ORGANISATION_CHANGED = register_event("organisation.changed", _("Organisation changed"))
SET_UP = register_event("organisation.set_up", _("Installation set up"))
