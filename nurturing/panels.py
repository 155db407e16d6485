from typing import Any

from accounts.actor import Actor
from accounts.rights import Right
from leads.models import Lead
from leads.panels import Panel, register_panel
from nurturing.actions.personal import blocked_because
from nurturing.queries import mails_of, runs_of


def lead_panel(lead: Lead, actor: Actor) -> dict[str, Any]:
    """Return what the card about sequences and mails shows."""
    return {
        "lead": lead,
        "runs": runs_of(lead),
        "mails": mails_of(lead),
        "blocked": blocked_because(lead),
        "may_write": actor.may(Right.LEADS_EDIT) and bool(lead.email),
        "may_enrol": actor.may(Right.SEQUENCES_MANAGE),
        "may_read": actor.may(Right.SEQUENCES_READ),
    }


register_panel(Panel("mails", "nurturing/parts/lead.html", lead_panel, place="main", order=40))
