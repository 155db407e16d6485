"""Where sequences use conditions, so that nothing they need is deleted under them."""

from collections.abc import Iterable

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from conditions.refs import Usage, register_usages
from nurturing.models import DraftRevision


def _sequences() -> Iterable[Usage]:
    """Return the trigger and the goal of each sequence: of the draft and of what runs."""
    drafts = DraftRevision.objects.filter(number=F("sequence__revision"))
    for draft in drafts.select_related("sequence__live"):
        live = draft.sequence.live
        parts = [draft.content, {"trigger": live.trigger, "goal": live.goal} if live else {}]
        trees = [part.get("goal") for part in parts]
        trees += [(part.get("trigger") or {}).get("where") for part in parts]
        url = reverse("sequence_editor", args=[draft.sequence.public_id])
        yield Usage(_("Sequence"), draft.sequence.name, url, trees)


register_usages("sequence", _sequences)
