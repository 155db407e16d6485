from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from ground import days
from ground.forms import DateInput
from handoff.forms.people import TargetField
from handoff.models import RejectReason, VerdictValue


def _override() -> forms.CharField:
    return forms.CharField(
        label=_("Why hand it over all the same?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "This lead is only gathering information and gave no signal to buy. The reason is kept"
            " in the history, and sales reads it."
        ),
    )


class HandOverForm(forms.Form):
    """To whom a lead goes; by the rules unless somebody is named."""

    target = TargetField(label=_("To"), required=False)
    interest = forms.CharField(
        label=_("What is the lead interested in?"), max_length=200, required=False
    )

    override = _override()

    def __init__(
        self,
        *args: Any,
        actor: Actor,
        needs_interest: bool,
        needs_override: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        target = self.fields["target"]
        assert isinstance(target, TargetField)
        target.offer(
            actor,
            rules_label=_("By the assignment rules"),
            people_label=_("People"),
            pool_label=_("Pool of the team"),
        )
        if not needs_interest:
            del self.fields["interest"]
        if not needs_override:
            del self.fields["override"]

    def arguments(self) -> dict[str, Any]:
        """Return what was chosen as the arguments of the action."""
        target = self.fields["target"]
        assert isinstance(target, TargetField)
        interest = self.cleaned_data.get("interest", "")
        return {
            **target.chosen(self.cleaned_data["target"]),
            "interest": interest,
            "override": self.cleaned_data.get("override", ""),
        }


class DistributeForm(forms.Form):
    """Who gets the leads that were chosen."""

    target = TargetField(label=_("To"))
    override = _override()

    def __init__(
        self, *args: Any, actor: Actor, needs_override: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not needs_override:
            del self.fields["override"]
        target = self.fields["target"]
        assert isinstance(target, TargetField)
        target.offer(actor, people_label=_("People"), pool_label=_("Pool of the team"))

    def arguments(self) -> dict[str, Any]:
        """Return what was chosen as the arguments of the action."""
        target = self.fields["target"]
        assert isinstance(target, TargetField)
        override = self.cleaned_data.get("override", "")
        return {**target.chosen(self.cleaned_data["target"]), "override": override}


class RejectForm(forms.Form):
    """Why a lead is not wanted, and whether to ask again."""

    reason = forms.ChoiceField(
        label=_("Why"), choices=RejectReason.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("In your words"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    revisit_on = forms.DateField(
        label=_("Ask again on"),
        required=False,
        widget=DateInput(attrs={"data-width": "half"}),
        help_text=_("Needed for “No interest”, unless this is the end."),
    )
    is_final = forms.BooleanField(label=_("This is the end: do not ask again"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tomorrow = days.today() + timedelta(days=1)
        self.fields["revisit_on"].widget.attrs["min"] = tomorrow.isoformat()


class ReferralForm(forms.Form):
    """Somebody whom a lead recommended."""

    first_name = forms.CharField(
        label=_("First name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"data-width": "half"}),
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"data-width": "half"}),
    )
    email = forms.CharField(
        label=_("E-mail"),
        max_length=320,
        required=False,
        widget=forms.TextInput(attrs={"data-width": "half"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"data-width": "half"}),
    )
    company = forms.CharField(label=_("Company"), max_length=200, required=False)


class SatisfactionForm(forms.Form):
    """How likely a customer would recommend us."""

    score = forms.TypedChoiceField(
        label=_("How likely would they recommend us?"),
        choices=[(str(number), str(number)) for number in range(11)],
        coerce=int,
        widget=forms.RadioSelect,
        help_text=_("0 is not at all, 10 is certainly. From 9 on a customer is a promoter."),
    )
    text = forms.CharField(
        label=_("In their words"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class VerdictForm(forms.Form):
    """What somebody thinks of a lead after contact."""

    value = forms.ChoiceField(
        label=_("After the talk: how good is the lead?"),
        choices=VerdictValue.choices,
        widget=forms.RadioSelect,
        help_text=_("It is kept beside the score of now. No lead is rejected by it."),
    )
    text = forms.CharField(
        label=_("In your words"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
