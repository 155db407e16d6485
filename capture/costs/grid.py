"""The table into which costs are entered: a row for each month, a column for each kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from capture.costs.actions import CostCell
from capture.costs.months import month_key, month_name
from capture.models import Campaign, Cost, CostKind
from leads.customfields import read_number

CENT = Decimal("0.01")


def read_amount(text: str) -> Decimal | None:
    """Return the amount in ``text``, written the German or the English way; None for nothing.

    Raises ``ValidationError`` for what is no amount, is below zero or has parts of a cent.
    """
    bare = text.strip().strip("€$£").removesuffix("EUR").strip()
    if not bare:
        return None
    try:
        amount = read_number(bare)
        exact = amount.quantize(CENT)
    except InvalidOperation as error:
        raise ValidationError(_("Enter an amount such as 1,250.00."), "invalid") from error
    if amount < 0:
        raise ValidationError(_("A cost cannot be negative."), "negative")
    if exact != amount:
        raise ValidationError(_("An amount has two decimal places at most."), "cents")
    return exact


def write_amount(amount: Decimal | None) -> str:
    """Return ``amount`` as a reader would type it."""
    if amount is None:
        return ""
    return number_format(amount, 0 if amount == int(amount) else 2, use_l10n=True)


class AmountField(forms.Field):
    """Money, in the signs of the reader's language; empty is None."""

    widget = forms.TextInput
    kind: CostKind | None = None

    def to_python(self, value: Any) -> Decimal | None:
        """Return the amount."""
        return read_amount(str(value)) if value else None

    def prepare_value(self, value: Any) -> Any:
        """Return an amount as it is typed, and what was typed as it is."""
        return write_amount(value) if isinstance(value, Decimal) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Say whether two texts are different amounts."""
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


@dataclass(frozen=True, slots=True)
class Row:
    """One month of the table."""

    month: date
    name: str
    cells: list[BoundField]


class CostGrid(forms.Form):
    """Amounts of ``months``, of one campaign or of none in particular.

    Each cell carries what it showed beside what was typed, so that only what the reader changed is
    saved, and nothing over what somebody else saved meanwhile.
    """

    def __init__(
        self, data: Any = None, *, campaign: Campaign | None, months: Sequence[date]
    ) -> None:
        super().__init__(data, auto_id="cost_%s")
        self.campaign, self.months = campaign, months
        rows = Cost.objects.filter(campaign=campaign, month__in=months)
        known = {(row.month, row.kind): row.amount for row in rows}
        for month in months:
            for kind in CostKind:
                name = f"{month_key(month)}_{kind}"
                self.fields[name] = _field(month, kind)
                self.initial[name] = known.get((month, kind))

    @property
    def rows(self) -> list[Row]:
        """The months with their cells, the oldest first."""
        return [
            Row(month, month_name(month), [self[f"{month_key(month)}_{kind}"] for kind in CostKind])
            for month in self.months
        ]

    @property
    def kinds(self) -> list[CostKind]:
        """The columns."""
        return list(CostKind)

    def cells(self) -> list[CostCell]:
        """Return what was changed, with what was there when the page was opened."""
        campaign_id = self.campaign.pk if self.campaign else None
        return [
            CostCell(
                campaign_id,
                month,
                kind,
                self.cleaned_data[name],
                seen=True,
                before=self._shown(name),
            )
            for month in self.months
            for kind in CostKind
            if (name := f"{month_key(month)}_{kind}") in self.changed_data
        ]

    def _shown(self, name: str) -> Decimal | None:
        text = self.data.get(self.add_initial_prefix(name))
        if text is None:
            shown: Decimal | None = self.initial[name]
            return shown
        try:
            return read_amount(text)
        except ValidationError:
            return None


def _field(month: date, kind: CostKind) -> AmountField:
    label = f"{month_name(month)}: {kind.label}"
    widget = forms.TextInput(
        attrs={
            "aria-label": label,
            "inputmode": "decimal",
            "autocomplete": "off",
            "maxlength": 20,
            "class": "is-amount",
        }
    )
    field = AmountField(label=label, required=False, widget=widget, show_hidden_initial=True)
    field.kind = kind
    return field
