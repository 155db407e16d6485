from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.models import Organisation
from ground import days
from ground.forms import DateInput
from handoff.actions.deals import NewDeal
from handoff.forms.people import PersonField, workers
from handoff.models import Currency, LostReason, Opportunity

HALF = {"data-width": "half"}
_WRITTEN = ("name", "amount", "currency", "closes_on", "price_tolerance", "delivery_tolerance")
_SHOWN = (*_WRITTEN, "version")


class DealForm(forms.Form):
    """What a deal is about; a new one may need to say why no talk came first."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=200)
    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=12,
        decimal_places=2,
        min_value=0,
        required=False,
        localize=True,
        widget=forms.TextInput(attrs={**HALF, "inputmode": "decimal"}),
    )
    currency = forms.ChoiceField(
        label=_("Currency"), choices=Currency.choices, widget=forms.Select(attrs=HALF)
    )
    closes_on = forms.DateField(
        label=_("Expected on"), required=False, widget=DateInput(attrs=HALF)
    )
    owner = PersonField(
        label=_("Owner"), required=False, empty_label="–", widget=forms.Select(attrs=HALF)
    )
    price_tolerance = forms.CharField(
        label=_("Price tolerance"),
        max_length=500,
        required=False,
        help_text=_("Which higher price would the lead accept, and for what?"),
    )
    delivery_tolerance = forms.CharField(
        label=_("Delivery tolerance"),
        max_length=500,
        required=False,
        help_text=_("Which longer delivery time would the lead accept?"),
    )
    is_offer_sent = forms.BooleanField(label=_("An offer was sent"), required=False)
    exception = forms.CharField(
        label=_("Why there was neither a talk nor an offer"),
        max_length=500,
        required=False,
        help_text=_("Only needed when no follow-up call is logged and no offer was sent."),
    )

    def __init__(
        self,
        *args: Any,
        actor: Actor,
        deal: Opportunity | None = None,
        owner: Any = None,
        **kwargs: Any,
    ) -> None:
        if deal is not None:
            kwargs["initial"] = {name: getattr(deal, name) for name in _SHOWN}
            owner = deal.owner
        else:
            kwargs["initial"] = {"currency": Organisation.current().currency}
        kwargs["initial"]["owner"] = owner and owner.public_id
        super().__init__(*args, **kwargs)
        people = workers(actor)
        if owner is not None:
            people = people | people.model.objects.filter(pk=owner.pk)
        self.fields["owner"].queryset = people.distinct()  # type: ignore[attr-defined]
        if deal is not None:
            del self.fields["is_offer_sent"], self.fields["exception"]

    def values(self) -> dict[str, Any]:
        """Return what was typed in by the columns of a deal."""
        data = self.cleaned_data
        owner = data["owner"]
        return {**{name: data[name] for name in _WRITTEN}, "owner_id": owner.pk if owner else None}

    def new_deal(self, lead_id: int) -> NewDeal:
        """Return what was typed in as a deal with a lead."""
        data = self.cleaned_data
        return NewDeal(
            lead_id,
            **self.values(),
            is_offer_sent=data["is_offer_sent"],
            exception=data["exception"],
        )


class WinForm(forms.Form):
    """What a won deal is worth, and since when it is won."""

    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=12,
        decimal_places=2,
        min_value=0,
        localize=True,
        widget=forms.TextInput(attrs={**HALF, "inputmode": "decimal"}),
    )
    won_on = forms.DateField(label=_("Won on"), widget=DateInput(attrs=HALF))

    def __init__(self, *args: Any, deal: Opportunity, **kwargs: Any) -> None:
        kwargs["initial"] = {"amount": deal.amount, "won_on": days.today()}
        super().__init__(*args, **kwargs)


class LoseForm(forms.Form):
    """Why a deal was lost, and what becomes of the lead."""

    reason = forms.ChoiceField(label=_("Why"), choices=LostReason.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("In your words"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    is_final = forms.BooleanField(
        label=_("This is the end: no further contact"),
        required=False,
        help_text=_("Otherwise the lead goes back to marketing."),
    )
