"""What hand-over does in its own name, and who can be given leads."""

from django.utils.translation import gettext_lazy as _

from accounts.actor import system_actor
from accounts.models import User
from accounts.rights import ROLE_RIGHTS, Right

# Gives leads to sales by the assignment rules and keeps the clock of the agreement.
ASSIGNER = system_actor(
    "assignment",
    Right.LEADS_READ,
    Right.LEADS_EDIT,
    Right.LEADS_ASSIGN,
    Right.HANDOFF_GIVE,
    Right.STAGE_MARKETING,
    shown=_("Assignment"),
)
# Reads and writes the calendars of people, reminds of meetings and gives back slots.
CALENDARS = system_actor("calendars", Right.LEADS_READ, shown=_("Calendars"))
# Whoever has the link in the mail about a meeting.
GUEST = system_actor("guest", Right.LEADS_READ, shown=_("Guest of a meeting"))


def may_work(user: User) -> bool:
    """Say whether leads can be handed to ``user``."""
    return user.is_active and Right.HANDOFF_WORK in ROLE_RIGHTS.get(user.role, frozenset())


# Roles of the people to whom leads can be handed.
WORKING_ROLES = tuple(role for role, rights in ROLE_RIGHTS.items() if Right.HANDOFF_WORK in rights)
MANAGING_ROLES = tuple(
    role
    for role, rights in ROLE_RIGHTS.items()
    if Right.HANDOFF_DISTRIBUTE in rights and Right.USERS_MANAGE not in rights
)
