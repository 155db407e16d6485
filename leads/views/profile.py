from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import request_actor
from accounts.rights import Right
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.toasts import toast
from leads.actions.profile import MAX_DAYS, add_usual_fields, change_profile
from leads.customfields import all_fields
from leads.models import FieldType
from leads.profile import MAX_WEIGHT, current_profile, fields_of_profile, stored_profile


class ProfileForm(forms.Form):
    """The weight of each field, and when a planned purchase is too far away."""

    purchase_field = forms.ChoiceField(
        label=gettext_lazy("Field with the planned purchase"),
        required=False,
        widget=forms.Select(attrs={"data-width": "half"}),
    )
    early_days = forms.IntegerField(
        label=gettext_lazy("Too early for sales when more than (days) ahead"),
        min_value=0,
        max_value=MAX_DAYS,
        widget=forms.NumberInput(attrs={"data-width": "half"}),
        help_text=gettext_lazy(
            "No rule makes such a lead an MQL until the day comes nearer; people may. 0: never."
        ),
    )

    def __init__(self, data: Any = None) -> None:
        row = stored_profile()
        initial = {"purchase_field": row.purchase_field, "early_days": row.early_days}
        super().__init__(data, initial=initial)
        dates = [item for item in all_fields() if item.field_type == FieldType.DATE]
        chosen = self.fields["purchase_field"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [("", "–"), *((item.key, item.label) for item in dates)]
        weights = current_profile().weights
        for name, label in fields_of_profile().items():
            self.fields[f"weight.{name}"] = forms.IntegerField(
                label=str(label),
                required=False,
                min_value=0,
                max_value=MAX_WEIGHT,
                initial=weights.get(name, 0),
                widget=forms.NumberInput(attrs={"data-width": "half"}),
            )

    @property
    def weights(self) -> dict[str, int]:
        """The weights by name of field."""
        return {
            name.removeprefix("weight."): value or 0
            for name, value in self.cleaned_data.items()
            if name.startswith("weight.")
        }

    @property
    def rows(self) -> list[forms.BoundField]:
        """The fields with their weights, as the page shows them."""
        return [self[name] for name in self.fields if name.startswith("weight.")]


@login_required
@require_http_methods(["GET", "POST"])
def profile_settings(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SETTINGS_MANAGE, Right.FORMS_MANAGE)
    form = ProfileForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("purchase_field", "early_days")}
        try:
            change_profile(form.weights, **given, by=actor, as_of=timezone.now())
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("lead_profile")
    total = sum(current_profile().weights.values())
    status = 422 if form.errors else 200
    context = {"form": form, "total": total}
    return render(request, "leads/profile_settings.html", context, status=status)


@login_required
@require_POST
def usual_fields(request: HttpRequest) -> HttpResponse:
    made = add_usual_fields(by=request_actor(request), as_of=timezone.now())
    said = _("The fields are there.") if made else _("They were there already.")
    toast(request, said)
    return redirect("lead_profile")
