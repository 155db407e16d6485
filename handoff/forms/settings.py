from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.models import Team, User
from accounts.rights import LeadScope
from accounts.zones import known_zones
from conditions.forms import ConditionField
from ground.forms import DateInput, TimeInput
from handoff.actions.agreements import TERMS
from handoff.actions.rules import RuleInput
from handoff.authority import WORKING_ROLES
from handoff.forms.people import PersonField, TeamField, workers
from handoff.models import Agreement, AssignmentRule, BriefingPart, Region, Strategy, Weekday
from leads.conditions import LEADS

HALF = {"data-width": "half"}


class AgreementForm(forms.Form):
    """The terms on which marketing gives leads and sales answers."""

    accept_minutes = forms.IntegerField(
        label=_("Sales answers within, working minutes"),
        min_value=1,
        max_value=100_000,
        widget=forms.NumberInput(attrs=HALF),
    )
    remind_minutes = forms.IntegerField(
        label=_("Remind before the end, working minutes"),
        min_value=0,
        max_value=100_000,
        help_text=_("0: no reminder."),
        widget=forms.NumberInput(attrs=HALF),
    )
    expire_minutes = forms.IntegerField(
        label=_("Back to the manager after the end, working minutes"),
        min_value=0,
        max_value=100_000,
        help_text=_("0: never."),
        widget=forms.NumberInput(attrs=HALF),
    )
    next_step_days = forms.IntegerField(
        label=_("A lead is forgotten without next step after, days"),
        min_value=1,
        max_value=365,
        widget=forms.NumberInput(attrs=HALF),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Working days"),
        choices=Weekday.choices,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    opens_at = forms.TimeField(label=_("From"), widget=TimeInput(attrs=HALF))
    closes_at = forms.TimeField(label=_("Until"), widget=TimeInput(attrs=HALF))
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=[(name, name.replace("_", " ")) for name in sorted(known_zones())],
        widget=forms.Select(attrs=HALF),
    )
    region = forms.ChoiceField(
        label=_("Public holidays"),
        choices=Region.choices,
        required=False,
        widget=forms.Select(attrs=HALF),
    )
    required_parts = forms.MultipleChoiceField(
        label=_("A briefing must say"),
        choices=BriefingPart.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A lead whose briefing lacks one of these is not handed over."),
    )

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(agreement, name) for name in TERMS}
        super().__init__(*args, **kwargs)


class RuleForm(forms.Form):
    """Which leads go to whom."""

    name = forms.CharField(label=_("Name"), max_length=100)
    where = ConditionField(subject=LEADS, label=_("For leads that"))
    strategy = forms.ChoiceField(label=_("Who gets them"), choices=Strategy.choices)
    target_team = TeamField(
        label=_("Team"),
        required=False,
        empty_label="–",
        widget=forms.Select(attrs=HALF),
        help_text=_("For everything but “Always the same person”."),
    )
    target_user = PersonField(
        label=_("Person"),
        required=False,
        empty_label="–",
        widget=forms.Select(attrs=HALF),
        help_text=_("For “Always the same person”."),
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        required=False,
        help_text=_("Stands beside the rule in every hand-over."),
    )
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(
        self, *args: Any, actor: Actor, rule: AssignmentRule | None = None, **kwargs: Any
    ) -> None:
        initial: dict[str, Any] = {"where": {"everyone": True}, "is_active": True}
        if rule is not None:
            names = ("name", "where", "strategy", "reason", "is_active")
            initial = {name: getattr(rule, name) for name in names}
            initial["target_team"] = rule.target_team and rule.target_team.public_id
            initial["target_user"] = rule.target_user and rule.target_user.public_id
        super().__init__(*args, **{"initial": initial, **kwargs})
        self.fields["where"].rights = actor.rights  # type: ignore[attr-defined]
        people = User.objects.filter(is_active=True, role__in=WORKING_ROLES)
        self.fields["target_user"].queryset = people  # type: ignore[attr-defined]
        self.fields["target_team"].queryset = Team.objects.all()  # type: ignore[attr-defined]

    def rule_input(self) -> RuleInput:
        """Return what was typed in."""
        return RuleInput(**self.cleaned_data)


class AbsenceForm(forms.Form):
    """When somebody is away, and who stands in."""

    person = PersonField(label=_("Who"))
    deputy = PersonField(
        label=_("Deputy"),
        required=False,
        empty_label=_("Nobody: leads go to the next in turn"),
    )
    from_on = forms.DateField(label=_("First day"), widget=DateInput(attrs=HALF))
    until_on = forms.DateField(label=_("Last day"), widget=DateInput(attrs=HALF))

    def __init__(self, *args: Any, actor: Actor, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"person": user.public_id}, **kwargs})
        may_others = actor.lead_scope in (LeadScope.ALL, LeadScope.TEAM)
        people = workers(actor) if may_others else User.objects.filter(pk=user.pk)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        self.fields["deputy"].queryset = workers(actor)  # type: ignore[attr-defined]
