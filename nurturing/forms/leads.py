from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nurturing.models import Sequence, SequenceState


class EnrolForm(forms.Form):
    """Which sequence a lead begins."""

    sequence = forms.ModelChoiceField(
        label=_("Sequence"), queryset=Sequence.objects.none(), to_field_name="public_id"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = Sequence.objects.filter(state=SequenceState.ACTIVE, live__isnull=False)
        self.fields["sequence"].queryset = active  # type: ignore[attr-defined]


class PersonalMailForm(forms.Form):
    """A mail to one lead."""

    subject = forms.CharField(label=_("Subject"), max_length=300)
    text = forms.CharField(label=_("Text"), max_length=20_000, widget=forms.Textarea({"rows": 10}))
    asked_for = forms.CharField(
        label=_("What did they ask for?"),
        max_length=300,
        required=False,
        help_text=_("An answer to a question needs no consent. It is kept with the mail."),
    )


class EndForm(forms.Form):
    """Why a run is ended by hand."""

    detail = forms.CharField(label=_("Why"), max_length=200, required=False)
