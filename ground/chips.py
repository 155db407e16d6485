"""The filters of a list that are set, in words."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.forms import Form
from django.utils.functional import Promise
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Chip:
    """One filter that is set, with the address without it."""

    label: str | Promise
    value: str
    url: str


def spoken_value(form: Form, name: str) -> str:
    """Return the value of a filter in words."""
    value = form.cleaned_data[name]
    if value is True:
        return _("yes")
    if value is False:
        return _("no")
    choices = dict(_flat(getattr(form.fields[name], "choices", ())))
    if isinstance(value, slice):
        ends = [str(end) for end in (value.start, value.stop) if end is not None]
        return " – ".join(ends)
    if isinstance(value, list | tuple | set | QuerySet):
        return ", ".join(str(choices.get(str(item), item)) for item in value)
    return str(choices.get(str(value), value))


def _flat(choices: Any) -> list[tuple[str, Any]]:
    flat = []
    for value, label in choices:
        if isinstance(label, list | tuple):
            flat += [(str(inner), text) for inner, text in label]
        else:
            flat.append((str(value), label))
    return flat
