"""What events, errors and refusals are called."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from capture.words import reason_text
from ground.stuck import explain

ERRORS: dict[str, str | Promise] = {
    "empty": _("Nothing was sent."),
    "unreadable": _("What was sent cannot be read."),
    "no_contact": _(
        "No e-mail address and no phone number was found in it. Say what the fields become, then"
        " replay it."
    ),
    "no_talk": _("It says nothing of a talk: “conversation_id” is missing."),
    "talk_of_nobody": _(
        "The talk names nobody yet. It is kept under Chats and becomes a lead with the first"
        " address, number or handle."
    ),
    "no_token": _("The access token is missing."),
    "no_secret": _("The secrets of this connection cannot be opened. Enter them again."),
    "no_owner": _("The owner of the forms is missing."),
    "token_expired": _("The network no longer accepts the access token. Enter a new one."),
    "server_refused": _("The server of the network refused to answer."),
    "server_away": _("The server of the network did not answer."),
    "stuck": _("The program met an error that nobody expected."),
    "discarded": _("Somebody put it away as spam. Replaying lets it through."),
    "given_up": _("Somebody gave it up."),
    "suspicious": _("It looks like spam. Replaying lets it through."),
    "no_mailbox": _("The mailbox is not entered yet."),
    "mailbox_away": _("The mail server did not answer."),
    "login_refused": _("The mail server refused user name or password."),
    "folder_missing": _("There is no such folder."),
    "auto_reply": _("An automatic answer."),
    "bounce": _("A report that a mail came back."),
    "feedback": _("A report of a mail provider that is no complaint."),
    "bounce_hard": _("The address does not work. It gets no more mails."),
    "bounce_soft": _("The mail came back. Five times in two weeks, and the address is given up."),
    "bounce_held": _(
        "The mail came back, as unusually many did. It counts once an administrator says so."
    ),
    "complaint": _("The recipient called the mail spam. The address gets no more mails."),
    "delivered": _("The mail arrived."),
    "reported_before": _("That was known before."),
    "mail_unknown": _("It is about no mail of ours, or about one that was deleted."),
    "not_the_address": _("It came back for a reason that does not lie with the address."),
    "no_mail_event": _("It tells nothing of a mail that came back or of a complaint."),
    "subscribed": _("Amazon asked whether we want its reports, and we said yes."),
    "topic_left": _("Somebody ended the subscription: no more reports come by it."),
    "list_mail": _("A mail to many: a newsletter or a mailing list."),
    "null_sender": _("Written by a mail server."),
    "no_sender": _("It does not say who wrote it."),
    "own_mail": _("Written by us."),
    "no_events": _("There was nothing in it."),
    "no_lead": _("It tells of no new lead."),
    "no_person": _("It tells nothing about a person."),
}
REFUSALS: dict[str, str | Promise] = {
    "no_secret": _("The secret is not entered yet."),
    "signature_missing": _("It was not signed."),
    "signature_wrong": _("The signature was wrong: is this the secret of the same app?"),
    "not_by_web": _("Mails come by the mailbox, not by this address."),
    "time_missing": _("The time of the signature was missing."),
    "time_off": _("The time of the signature was more than five minutes off."),
    "too_old": _("It was signed more than an hour ago."),
    "no_topic": _("The ARN of the topic is not entered yet."),
    "topic_wrong": _("It came from another topic than the one that is entered."),
    "certificate_wrong": _("The certificate is none of Amazon's."),
}


def error_text(error: Mapping[str, Any]) -> str:
    """Return why an event became nothing, with the words of the other server."""
    code = str(error.get("code", ""))
    if not code:
        return ""
    text = str(ERRORS.get(code, code))
    details = error.get("details", {})
    if reasons := details.get("reasons"):
        return " ".join([text, *map(reason_text, reasons)])
    said = str(details.get("text", ""))
    if code in {"stuck", "server_away"} and said:
        return f"{text} {explain(said)}" if code == "server_away" else str(explain(said))
    return f"{text} {gettext('It said:')} {said}" if said else text


def refusal_text(reason: str) -> str:
    """Return why something was turned away at the door."""
    return str(REFUSALS.get(reason, reason))
