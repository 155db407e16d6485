"""What codes of capture mean in plain words."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, Promise] = {
    "trap": _("A field was filled in that people do not see."),
    "too_fast": _("Filled in faster than a person can."),
    "time_unknown": _("Nobody knows how long filling in took."),
    "without_script": _("Sent without JavaScript."),
    "links": _("Links in the text."),
    "link_in_name": _("A link where a name should be."),
    "disposable": _("A throw-away address."),
    "denied_domain": _("A domain that is never welcome."),
    "dead_domain": _("A domain that takes no mail."),
    "role_address": _("An address that no person reads."),
    "foreign_script": _("Written in a script that the form is not in."),
    "other_language": _("Written in another language than the form."),
    "learned_spam": _("Much of it was put away as spam before."),
    "learned_good": _("Much of it was let through before."),
    "known_sender": _("Something of this sender was let through before: weak signs do not count."),
    "origin": _("Sent from a website that is not on the list of the form."),
    "many_from_ip": _("Many submissions from one address."),
    "many_from_network": _("Many submissions from one network."),
    "many_for_address": _("Many submissions for one address."),
    "same_text": _("The same text was sent for other addresses."),
    "proof_used": _("The check against machines was used before."),
    "unknown_form": _("This form does not exist."),
    "stuck": _("Processing failed five times."),
}
FLAGS: dict[str, Promise] = {
    "characters_replaced": _("Characters that cannot be stored were replaced."),
    "encoding_guessed": _("The encoding was guessed."),
    "too_many_fields": _("Only the first 1,000 fields were read."),
    "value_truncated": _("A value was too long and was cut."),
    "files_ignored": _("Files were left out."),
    "form_archived": _("The form is closed."),
    "role_address": _("The address belongs to a post, not to a person."),
    "origin_missing": _("The browser did not say which website it was sent from."),
    "email_invalid": _("The e-mail address is not well formed."),
    "phone_invalid": _("The phone number is not well formed."),
    "identifier_taken": _("The address or number belongs to another lead already."),
    "custom_value": _("A value did not fit its field."),
}

MACHINES: dict[str, Promise] = {
    "": _("A machine of which the reason was not kept."),
    "head": _("Asked for the head of a page alone."),
    "prefetch": _("Loaded ahead, before anybody looked."),
    "no_agent": _("Does not say what it is."),
    "robot": _("Says itself that it is a robot."),
    "automated": _("A browser that is steered by a program."),
    "burst": _("More pages or links at once than a person opens."),
    "repeat": _("The same browser once more within two seconds."),
}


SIGNS: dict[str, Promise] = {
    "domain": _("Domain"),
    "sender": _("This sender"),
    "network": _("Network"),
    "place": _("This form"),
    "text": _("This text"),
    "word": _("Word"),
}


def reason_text(code: str) -> str:
    """Return what a reason of a verdict means; an unknown one stands for itself."""
    return str(REASONS.get(code, code))


def told_reason(reason: Mapping[str, Any]) -> str:
    """Return what a stored reason means, with what was learned: "14 of 15 were let through"."""
    text = reason_text(str(reason["code"]))
    told = [told_sign(*item, is_for=reason["points"] < 0) for item in reason.get("basis", [])]
    return f"{text} {'; '.join(told)}." if told else text


def told_sign(kind: str, value: str, good: int, spam: int, *, is_for: bool) -> str:
    """Return how often a sign stood on what was let through, or put away."""
    values = {
        "what": sign_text(kind, value),
        "count": good if is_for else spam,
        "all": good + spam,
    }
    if is_for:
        return gettext("%(what)s: %(count)s of %(all)s let through") % values
    return gettext("%(what)s: %(count)s of %(all)s put away") % values


def sign_text(kind: str, value: str) -> str:
    """Return what a sign is called, whose kind is one of ``capture.guard.signs``."""
    if kind == "reason":
        return reason_text(value).rstrip(".")
    label = str(SIGNS.get(kind, kind))
    if kind in {"sender", "place", "text"}:
        return label
    return gettext("%(label)s “%(value)s”") % {"label": label, "value": value}


def flag_text(code: str) -> str:
    """Return what a flag of a verdict means; an unknown one stands for itself."""
    return str(FLAGS.get(code, code))


def machine_text(code: str) -> str:
    """Return why somebody was taken for a machine; an unknown code stands for itself."""
    return str(MACHINES.get(code, code))
