"""The mail that asks somebody to confirm their address, and what the confirmation undoes."""

import re
from collections.abc import Collection
from datetime import datetime

from django.template.loader import render_to_string
from django.utils import translation

from accounts.action import action
from accounts.actor import Actor
from accounts.models import Organisation
from capture.models import OptIn
from capture.optin import opt_in_link
from leads.normalise import clean_text
from nurturing.actions.queueing import NewMessage, queue_messages
from nurturing.addresses import address_hash
from nurturing.models import Message, MessageKind, Suppression

MAX_NAME = 60
_SUSPICIOUS = re.compile(r"://|www\.|@|\.[a-z]{2,}\b|[<>{}\[\]\\/]|\d{4,}", re.IGNORECASE)


@action
def queue_opt_in_mails(opt_ins: Collection[OptIn], *, by: Actor, as_of: datetime) -> list[Message]:
    """Queue one confirmation mail each; asking again for the same request queues nothing."""
    organisation = Organisation.current()
    return queue_messages(
        [_message(opt_in, organisation) for opt_in in opt_ins], by=by, as_of=as_of
    )


def _message(opt_in: OptIn, organisation: Organisation) -> NewMessage:
    context = {
        "name": safe_name(opt_in.lead.full_name),
        "link": opt_in_link(opt_in),
        "organisation": organisation,
    }
    template = "nurturing/mails/optin"
    with translation.override(opt_in.language):
        return NewMessage(
            kind=MessageKind.OPT_IN,
            lead=opt_in.lead,
            to_address=opt_in.email,
            language=opt_in.language,
            subject=clean_text(render_to_string(f"{template}.subject.txt", context), limit=300),
            text=render_to_string(f"{template}.txt", context),
            html=render_to_string(f"{template}.html", context),
            context={"opt_in_id": opt_in.pk},
            dedupe_key=f"optin:{opt_in.public_id}",
        )


def safe_name(name: str) -> str:
    """Return a name for a mail to an address that nobody has confirmed, or "".

    SECURITY: the name was typed by whoever sent the form, the address may belong to a victim. A
    name that could carry a link, a number or markup is left out (as GOV.UK Notify does).
    """
    name = clean_text(name)
    return "" if len(name) > MAX_NAME or _SUSPICIOUS.search(name) else name


@action
def welcome_back(addresses: Collection[str], *, by: Actor, as_of: datetime) -> int:
    """Take addresses off the suppression list whose owner has just signed up and confirmed it."""
    hashes = {address_hash(address) for address in addresses}
    return Suppression.objects.filter(address_hash__in=hashes, lifted_at=None).update(
        lifted_at=as_of, lifted_by=by.label[:150], lift_note="double opt-in"
    )
