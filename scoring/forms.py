from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from conditions.forms import ConditionField
from leads.conditions import LEADS
from scoring.backtest.outcomes import outcomes
from scoring.checks import scorable_kinds
from scoring.details import details_of, distinct_labels
from scoring.models import Axis, Counting, ModelVersion, Rule, VersionState
from scoring.models.backtests import HORIZON, STEPS
from scoring.rulesets import LIMITS

HALF = {"data-width": "half"}
MAX_FILE = 512 * 1024


class ModelForm(forms.Form):
    """A new model: empty, ready-made, or from a file."""

    name = forms.CharField(label=_("Name"), max_length=80)
    start = forms.ChoiceField(
        label=_("Begin with"),
        choices=[("ready", _("Ready-made rules")), ("empty", _("No rules")), ("file", _("A file"))],
        initial="ready",
        widget=forms.RadioSelect,
    )
    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("JSON, as a model is taken along."),
        widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if cleaned.get("start") == "file" and not file:
            self.add_error("file", _("Choose a file."))
        if file and file.size > MAX_FILE:
            self.add_error("file", _("This file is too large."))
        return cleaned


class LimitsForm(forms.Form):
    """Threshold, caps, grades and temperatures of a version, and what is new in it."""

    def __init__(self, *args: Any, version: ModelVersion, **options: Any) -> None:
        names = (*LIMITS, "note")
        options["initial"] = {name: getattr(version, name) for name in names}
        super().__init__(*args, **options)
        self.fields.update(forms.fields_for_model(ModelVersion, names))
        for name in LIMITS:
            self.fields[name].widget.attrs |= HALF


class RuleForm(forms.Form):
    """What every rule has: points and, if somebody gives it one, a name."""

    points = forms.IntegerField(
        label=_("Points"),
        min_value=-100,
        max_value=100,
        help_text=_("Negative points take away."),
    )
    name_de = forms.CharField(label=_("Name in German"), max_length=120, required=False)
    name_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)
    what: list[str]
    more: list[str]

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor = actor
        for name in ("name_de", "name_en"):
            self.fields[name].widget.attrs |= HALF

    @property
    def first_fields(self) -> list[forms.BoundField]:
        """What everybody fills in."""
        return [self[name] for name in self.what]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """What stands behind "More"."""
        return [self[name] for name in (*self.more, "name_de", "name_en")]


class ConditionRuleForm(RuleForm):
    """Points for those who meet a condition."""

    axis = forms.ChoiceField(label=_("Counts as"), choices=Axis.choices, initial=Axis.FIT)
    where = ConditionField(subject=LEADS, label=_("Who gets the points"))
    purpose = forms.CharField(
        label=_("What sensitive data is used for"),
        max_length=300,
        required=False,
        help_text=_("Needed where the condition asks for age, sex, health and the like."),
    )
    what = ["where", "points"]
    more = ["axis", "purpose"]

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, actor=actor, **options)
        self.fields["where"].rights = actor.rights  # type: ignore[attr-defined]

    def columns(self) -> dict[str, Any]:
        """Return the columns of the rule."""
        return dict(self.cleaned_data)


class ActivityRuleForm(RuleForm):
    """Points for what somebody does."""

    activity_kind = forms.ChoiceField(label=_("What happened"))
    detail = forms.ChoiceField(label=_("Only with this"), required=False)
    detail_value = forms.CharField(label=_("Which"), required=False, max_length=200)
    counting = forms.ChoiceField(
        label=_("Counts"), choices=Counting.choices, initial=Counting.EACH, required=False
    )
    distinct_by = forms.ChoiceField(label=_("Different"), required=False)
    half_life_days = forms.IntegerField(
        label=_("Halves every … days"), min_value=1, max_value=3650, required=False
    )
    cap = forms.IntegerField(label=_("At most"), min_value=1, max_value=1000, required=False)
    what = ["activity_kind", "detail", "detail_value", "points"]
    more = ["counting", "distinct_by", "half_life_days", "cap"]

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, actor=actor, **options)
        kinds = [(kind.name, kind.label) for kind in scorable_kinds()]
        self._choose("activity_kind", sorted(kinds, key=lambda choice: str(choice[1])))
        self._choose("distinct_by", [("", "–"), *distinct_labels().items()])
        kind = self._asked("activity_kind") or self.fields["activity_kind"].choices[0][0]  # type: ignore[attr-defined]
        details = {detail.name: detail for detail in details_of(kind)}
        if not details:
            del self.fields["detail"], self.fields["detail_value"]
            self.what = ["activity_kind", "points"]
            return
        everything = ("", _("Everything"))
        self._choose("detail", [everything, *((d.name, d.label) for d in details.values())])
        chosen = details.get(self._asked("detail"))
        if chosen is None:
            del self.fields["detail_value"]
            self.what = ["activity_kind", "detail", "points"]
        elif chosen.choices is not None:
            choices = [(c.value, c.label) for c in chosen.choices(LEADS.snapshot())]
            label = self.fields["detail_value"].label
            self.fields["detail_value"] = forms.ChoiceField(label=label, choices=choices)

    def _choose(self, name: str, choices: Iterable[Any]) -> None:
        self.fields[name].choices = list(choices)  # type: ignore[attr-defined]

    def _asked(self, name: str) -> str:
        """Return the value of a field before it is checked, to offer what fits it."""
        given = self.data.get(self.add_prefix(name)) if self.is_bound else self.initial.get(name)
        return str(given or "")

    def columns(self) -> dict[str, Any]:
        """Return the columns of the rule."""
        values = {**self.cleaned_data, "axis": Axis.ENGAGEMENT, "where": None}
        values["counting"] = values["counting"] or Counting.EACH
        if values["counting"] != Counting.DISTINCT:
            values["distinct_by"] = ""
        return values


def form_for(kind: str) -> type[ConditionRuleForm | ActivityRuleForm]:
    """Return the form for rules about what people do (``activity``) or who they are."""
    return ActivityRuleForm if kind == "activity" else ConditionRuleForm


def initial_of(rule: Rule) -> dict[str, Any]:
    """Return a stored rule as the initial values of its form."""
    names = {*ConditionRuleForm.base_fields, *ActivityRuleForm.base_fields}
    return {name: getattr(rule, name) for name in names}


class BacktestForm(forms.Form):
    """What a version is tried against."""

    outcome = forms.ChoiceField(label=_("A lead turned out well when it"), widget=forms.RadioSelect)
    horizon_days = forms.IntegerField(
        label=_("within days"),
        min_value=HORIZON[0],
        max_value=HORIZON[1],
        initial=90,
        help_text=_("Newer weeks are left out: they were not watched for so long yet."),
        widget=forms.NumberInput(attrs=HALF),
    )
    steps = forms.IntegerField(
        label=_("Weeks to look at"),
        min_value=STEPS[0],
        max_value=STEPS[1],
        initial=52,
        widget=forms.NumberInput(attrs=HALF),
    )
    against_id = forms.TypedChoiceField(
        label=_("Beside"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("Both are tried on the same leads."),
    )

    def __init__(self, *args: Any, version: ModelVersion, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        kinds = [outcome for outcome in outcomes().values() if actor.may(outcome.right)]
        self.fields["outcome"].choices = [(kind.name, kind.label) for kind in kinds]  # type: ignore[attr-defined]
        self.fields["outcome"].initial = kinds[0].name
        others = list(version.model.versions.exclude(pk=version.pk).order_by("-number"))
        label = gettext("Version %(number)s (%(state)s)")
        self.fields["against_id"].choices = [  # type: ignore[attr-defined]
            ("", _("No other version")),
            *((v.pk, label % {"number": v.number, "state": v.get_state_display()}) for v in others),
        ]
        active = next((other for other in others if other.state == VersionState.ACTIVE), None)
        self.fields["against_id"].initial = active.pk if active else None


class WhatIfForm(forms.Form):
    """Another threshold, and how many leads sales can take a week."""

    threshold = forms.IntegerField(
        label=_("Another threshold"),
        min_value=0,
        max_value=100,
        required=False,
        widget=forms.NumberInput(attrs=HALF),
    )
    capacity = forms.IntegerField(
        label=_("Leads that sales can take a week"),
        min_value=0,
        max_value=100_000,
        required=False,
        widget=forms.NumberInput(attrs=HALF),
    )

    @property
    def asked(self) -> tuple[int | None, int | None]:
        """The threshold and the capacity, each None where none can be read."""
        self.is_valid()
        return self.cleaned_data.get("threshold"), self.cleaned_data.get("capacity")
