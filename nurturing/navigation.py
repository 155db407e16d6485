from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.rights import Right
from ground.navigation import Entry, register_entry
from ground.palette import Command, Hit, Source, register_command, register_source
from nurturing.models import Sequence

register_entry(Entry("nurture", _("Sequences"), "sequence_list", "route", Right.SEQUENCES_READ, 10))
register_entry(Entry("nurture", _("Mails"), "mail_list", "mail", Right.SEQUENCES_READ, 20))
register_entry(Entry("nurture", _("Topics"), "topic_list", "hash", Right.SEQUENCES_MANAGE, 30))
register_entry(
    Entry("nurture", _("Suppression list"), "suppressions", "ban", Right.SEQUENCES_MANAGE, 40)
)
register_command(
    Command(
        _("Write a sequence"),
        "sequence_create",
        "route",
        Right.SEQUENCES_MANAGE,
        40,
        is_create=True,
        in_modal=True,
    )
)


def find_sequences(actor: Actor, text: str, limit: int) -> list[Hit]:
    """Return the sequences whose name has ``text``."""
    rows = Sequence.objects.filter(name__icontains=text).order_by("name")[:limit]
    return [
        Hit(
            sequence.name,
            reverse("sequence_editor", args=[sequence.public_id]),
            "route",
            sequence.get_state_display(),
        )
        for sequence in rows
    ]


register_source(Source("sequences", _("Sequences"), find_sequences, Right.SEQUENCES_READ, 40))
