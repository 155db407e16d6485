"""Companies, found again by their name."""

from collections.abc import Iterable, Sequence

from accounts.action import action
from leads.models import Company
from leads.normalise import clean_text, normalise_name


@action
def company_ids(names: Sequence[str], *, is_sample: bool = False) -> dict[str, int]:
    """Return the id of the company behind each name, made where there is none.

    Names are compared without case; blank ones are left out.
    """
    keys = {name: normalise_name(name) for name in names}
    wanted = {key: clean_text(name, limit=200) for name, key in keys.items() if key}
    if not wanted:
        return {}
    found = _known(wanted)
    missing = sorted(wanted.keys() - found)
    if missing:
        Company.objects.bulk_create(
            (Company(name=wanted[key], name_key=key, is_sample=is_sample) for key in missing),
            ignore_conflicts=True,
        )
        found |= _known(missing)
    return {name: found[key] for name, key in keys.items() if key}


def _known(keys: Iterable[str]) -> dict[str, int]:
    rows = Company.objects.filter(name_key__in=list(keys))
    return dict(rows.order_by().values_list("name_key", "pk"))
