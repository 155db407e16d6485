from collections.abc import Mapping, Sequence
from typing import Any

import django_filters as filters
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from capture.activities import NETWORKS
from capture.connectors.learning import Seen
from capture.connectors.mapping import ANSWER, CONSENTS, IGNORE, TARGETS, FieldMapping
from capture.connectors.models import Connection, EventState, HookEvent
from capture.connectors.registry import Connector
from capture.connectors.social import SocialProfile
from capture.events.formed import events_for_connections
from leads.entries import ENTRY_FIELDS
from leads.models import FieldDefinition, Lead

_LABELS = {
    "full_name": _("Full name"),
    "company": _("Company"),
    "message": _("Message"),
    "tag": _("Tags"),
    "consent_email": _("Consent: advertising by e-mail"),
    "consent_newsletter": _("Consent: newsletter"),
    "consent_phone": _("Consent: phone"),
    ANSWER: _("Keep as an answer on the timeline"),
    IGNORE: _("Leave out"),
}


def target_choices(known: Mapping[str, FieldDefinition]) -> list[tuple[Any, Any]]:
    """Return what a field can become, in groups."""
    person = [
        ("full_name", _LABELS["full_name"]),
        *(
            (name, Lead._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            for name in ENTRY_FIELDS
            if name in TARGETS
        ),
        ("company", _LABELS["company"]),
    ]
    groups = [
        (ANSWER, _LABELS[ANSWER]),
        (IGNORE, _LABELS[IGNORE]),
        (_("Person"), person),
        (_("More"), [(name, _LABELS[name]) for name in ("message", "tag")]),
        (_("Consents"), [(name, _LABELS[name]) for name in CONSENTS]),
    ]
    own = [(f"custom.{key}", item.label) for key, item in known.items()]
    return [*groups, (_("Own fields"), own)] if own else groups


class ConnectionForm(forms.ModelForm):
    """The settings that every connection has."""

    tags = forms.CharField(
        label=_("tags"),
        required=False,
        help_text=_("Separated by commas; every lead of this connection gets them."),
    )

    class Meta:
        model = Connection
        fields = ["name", "kind", "language", "channel", "campaign", "event", "team", "is_active"]
        widgets = {
            name: forms.Select(attrs={"data-width": "half"})
            for name in ("kind", "language", "channel", "campaign", "event", "team")
        }
        labels = {"event": _("Event for which people register")}
        help_texts = {
            "kind": _("Decides what it counts for in scoring and in which stage people start."),
            "channel": _("Where leads come from when the sender says nothing else."),
            "event": _(
                "For webinars and events on site: who comes in is registered, and gets the"
                " confirmation by mail."
            ),
            "team": _("Whose pool the leads join before somebody has them."),
            "is_active": _("While it is not, the sender is turned away."),
        }

    field_order = [
        *("name", "kind", "event", "language", "channel", "campaign", "team", "tags", "is_active")
    ]

    def __init__(
        self, data: Any = None, *, instance: Connection, brings_leads: bool = True
    ) -> None:
        super().__init__(data, instance=instance, initial={"tags": ", ".join(instance.tags)})
        if not brings_leads:
            for name in set(self.fields) - {"name", "is_active"}:
                del self.fields[name]
            return
        teams = self.fields["team"]
        assert isinstance(teams, forms.ModelChoiceField)
        teams.queryset = Team.objects.order_by("name")
        events = self.fields["event"]
        assert isinstance(events, forms.ModelChoiceField)
        events.queryset = events_for_connections(instance.event_id)

    def clean_tags(self) -> list[str]:
        return [tag.strip()[:60] for tag in self.cleaned_data["tags"].split(",") if tag.strip()]

    def columns(self) -> dict[str, Any]:
        """Return the values under the names of ``change_connection``."""
        values = dict(self.cleaned_data)
        for name in {"campaign", "event", "team"} & values.keys():
            chosen = values.pop(name)
            values[f"{name}_id"] = chosen.pk if chosen else None
        return values


class KeysForm(forms.Form):
    """What one connector needs to know; secrets are entered and not shown again."""

    def __init__(
        self, data: Any = None, *, connector: Connector, connection: Connection, known: set[str]
    ) -> None:
        super().__init__(data, auto_id="keys_%s")
        self.connector = connector
        for item in connector.settings:
            if item.is_made:
                continue
            if item.is_secret:
                self.fields[item.name] = _secret_field(
                    str(item.label), str(item.help), item.name in known
                )
                continue
            self.fields[item.name] = forms.CharField(
                label=str(item.label),
                help_text=str(item.help),
                required=False,
                max_length=500,
                initial=connection.settings.get(item.name, ""),
            )

    def of_secrets(self, *, is_secret: bool) -> dict[str, str]:
        """Return what was entered for secrets, or for everything else."""
        return {
            item.name: self.cleaned_data[item.name]
            for item in self.connector.settings
            if not item.is_made and item.is_secret == is_secret
        }


def _secret_field(label: str, help_text: str, is_known: bool) -> forms.CharField:
    kept = _("Is entered. Leave this empty to keep it.")
    return forms.CharField(
        label=label,
        help_text=kept if is_known else help_text,
        required=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class FieldsForm(forms.Form):
    """What each field of a sender becomes, and what a ticked box stands for."""

    consent_text = forms.CharField(
        label=_("wording beside the box"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "The proof of a consent, word for word as visitors read it. Networks that send the"
            " wording along do not need it."
        ),
    )
    asks_by_mail = forms.BooleanField(
        label=_("Ask by mail whether the address is right (double opt-in)"),
        required=False,
        help_text=_("Until the link in the mail is clicked a consent by e-mail does not count."),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        seen: Sequence[Seen],
        mapping: FieldMapping,
        known: Mapping[str, FieldDefinition],
    ) -> None:
        initial = {"consent_text": mapping.consent_text, "asks_by_mail": mapping.asks_by_mail}
        super().__init__(data, initial=initial)
        choices = target_choices(known)
        # What came in meanwhile may have changed the order: the names are sent along.
        names = data.getlist("name")[:500] if data else [item.field.name for item in seen]
        chosen = {item.field.name: item.target for item in seen}
        self.names = list(dict.fromkeys(names))
        for number, name in enumerate(self.names):
            self.fields[f"target{number}"] = forms.ChoiceField(
                label=name, choices=choices, initial=chosen.get(name, ANSWER)
            )

    def mapping(self) -> FieldMapping:
        """Return what was chosen."""
        targets = {
            name: self.cleaned_data[f"target{number}"] for number, name in enumerate(self.names)
        }
        return FieldMapping(
            targets, self.cleaned_data["consent_text"], self.cleaned_data["asks_by_mail"]
        )


class ProfileForm(forms.Form):
    """The contact data that makes somebody on a network a lead."""

    email = forms.EmailField(label=_("e-mail"), required=False)
    phone = forms.CharField(label=_("phone"), required=False, max_length=40)


class EventFilter(filters.FilterSet):
    """Narrows what came in."""

    state = filters.MultipleChoiceFilter(choices=EventState.choices, label=_("State"))
    received = filters.DateFromToRangeFilter(field_name="received_at", label=_("Received"))

    class Meta:
        model = HookEvent
        fields: list[str] = []


class ProfileFilter(filters.FilterSet):
    """Narrows the people on networks."""

    network = filters.MultipleChoiceFilter(choices=NETWORKS, label=_("Network"))
    is_lead = filters.BooleanFilter(
        field_name="lead", lookup_expr="isnull", exclude=True, label=_("Is a lead")
    )

    class Meta:
        model = SocialProfile
        fields: list[str] = []
