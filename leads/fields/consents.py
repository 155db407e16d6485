"""What somebody agreed to, per purpose and channel."""

from django.db.models import OuterRef
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conditions.describe import operator_sentence
from conditions.halves import NEVER, Halves, exists
from conditions.operators import Kind
from conditions.registry import Ask, Choice, Field, Param, Snapshot
from conditions.tree import Leaf
from leads.fields.choices import closed
from leads.models import Consent, ConsentChannel, ConsentPurpose, ConsentState

NEVER_ASKED = "never_asked"


def _states(_snapshot: Snapshot) -> list[Choice]:
    states = [Choice(state.value, state.label, state.value) for state in ConsentState]
    return [*states, Choice(NEVER_ASKED, _("Never asked"), NEVER_ASKED)]


def _consent(ask: Ask) -> Halves:
    """Answer from the row of the purpose and channel; no row means never asked."""
    rows = Consent.objects.filter(
        lead=OuterRef("pk"), purpose=ask.params["purpose"], channel=ask.params["channel"]
    )
    states = [key for key in ask.keys if key != NEVER_ASKED]
    answer = exists(rows.filter(state__in=states)) if states else NEVER
    return answer | exists(rows).swapped() if NEVER_ASKED in ask.keys else answer


def _sentence(leaf: Leaf, denied: bool) -> str:
    label = gettext("Consent to {purpose} by {channel}").format(
        purpose=leaf.chosen_params["purpose"].label, channel=leaf.chosen_params["channel"].label
    )
    return operator_sentence(leaf, label, denied=denied)


FIELDS = [
    Field(
        name="consent",
        label=_("Consent"),
        group=_("Consent"),
        kind=Kind.CHOICE,
        ops=("is", "is_not", "is_one_of", "is_none_of"),
        choices=_states,
        params=(
            Param(
                name="purpose",
                label=_("Purpose"),
                kind=Kind.CHOICE,
                choices=closed(ConsentPurpose),
                is_required=True,
            ),
            Param(
                name="channel",
                label=_("Channel"),
                kind=Kind.CHOICE,
                choices=closed(ConsentChannel),
                is_required=True,
            ),
        ),
        sentence=_sentence,
        test=_consent,
    ),
]
