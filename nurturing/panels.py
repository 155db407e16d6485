from typing import Any

from django.http import HttpRequest

from accounts.actor import Actor
from accounts.rights import Right
from capture.views.asking import register_mails
from ground.home import HomeCard, register_home_card
from ground.together import Reader
from leads.models import Lead
from leads.panels import Panel, register_panel
from nurturing.actions.personal import blocked_because
from nurturing.catalogue import register_source
from nurturing.profile_links import NAME, link_tokens, sequences_that_ask
from nurturing.queries import mails_of, runs_of
from nurturing.sources import open_alarms


def lead_panel(lead: Lead, actor: Actor) -> Reader[dict[str, Any]]:
    """Return what the card about sequences and mails shows."""
    runs, mails = yield [runs_of(lead), mails_of(lead)]
    blocked = yield from blocked_because(lead)
    return {
        "lead": lead,
        "runs": runs,
        "mails": mails,
        "blocked": blocked,
        "may_write": actor.may(Right.LEADS_EDIT) and bool(lead.email),
        "may_enrol": actor.may(Right.SEQUENCES_MANAGE),
        "may_read": actor.may(Right.SEQUENCES_READ),
    }


register_panel(Panel("mails", "nurturing/parts/lead.html", lead_panel, place="main", order=40))


def bounce_alarms(actor: Actor, request: HttpRequest) -> dict[str, Any] | None:
    """Return the alarms about mails that came back, None where nothing is unusual."""
    alarms = open_alarms()
    return {"alarms": alarms} if alarms else None


register_home_card(
    HomeCard(
        "bounce_alarms", "nurturing/parts/alarms.html", bounce_alarms, "top", 5, Right.UNSUPPRESS
    )
)

# What asks for more: ``capture`` shows it beside the link, and mails offer it as placeholders.
register_mails(sequences_that_ask)
register_source(NAME, link_tokens)
