"""What an export says of leads that must not be written to."""

from collections.abc import Mapping, Sequence

from leads.export import register_column
from leads.models import Lead
from nurturing.addresses import suppressions_of


def suppressed(leads: Sequence[Lead]) -> Mapping[int, str]:
    """Return for each lead whose address is suppressed from what and why; one query."""
    known = suppressions_of({lead.email for lead in leads})
    return {
        lead.pk: ", ".join(f"{scope}: {reason}" for scope, reason in sorted(scopes.items()))
        for lead in leads
        if (scopes := known.get(lead.email))
    }


register_column("suppressed", suppressed)
