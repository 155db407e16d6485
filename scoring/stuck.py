"""What of scoring can be stuck."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ground.stuck import Told, register_queue
from leads.stuck import tell_by_lead
from scoring.due import DRAIN, SWEEP
from scoring.models import DueScore, DueSweep


def _tell_sweeps(keys: Sequence[int]) -> dict[int, Told]:
    rows = DueSweep.objects.filter(pk__in=keys).select_related("version__model")
    return {
        row.pk: Told(
            gettext("The scores of all leads by %(model)s") % {"model": row.version},
            reverse("scoring_version", args=[row.version.public_id]),
        )
        for row in rows
    }


register_queue(
    DueScore,
    tick=DRAIN,
    label=_("Scores of single leads"),
    loss=_("The score stays as it is until something happens to the lead again."),
    tell=tell_by_lead(DueScore, lambda row, name: gettext("Score of %(lead)s") % {"lead": name}),
)
register_queue(
    DueSweep,
    tick=SWEEP,
    label=_("Scores of all leads"),
    loss=_("Leads to whom nothing happens keep the score that they have."),
    tell=_tell_sweeps,
)
