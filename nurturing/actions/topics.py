"""The topics that readers can unsubscribe from."""

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError
from leads.normalise import clean_text
from nurturing.models import Topic


@action
def save_topic(
    topic: Topic | None,
    *,
    label_de: str,
    label_en: str,
    is_active: bool,
    by: Actor,
    is_sample: bool = False,
) -> Topic:
    """Create or change a topic; raises ``DomainError`` (``name_missing``, ``name_taken``)."""
    by.require(Right.SEQUENCES_MANAGE)
    row = topic or Topic(is_sample=is_sample)
    for name, raw in (("label_de", label_de), ("label_en", label_en)):
        label = clean_text(raw, limit=100)
        if not label:
            raise DomainError("name_missing", _("Enter a name."), field=name)
        if Topic.objects.filter(**{name: label}).exclude(pk=row.pk or 0).exists():
            raise DomainError("name_taken", _("There is a topic with this name."), field=name)
        setattr(row, name, label)
    row.is_active = is_active
    row.save()
    return row
