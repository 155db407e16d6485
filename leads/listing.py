"""The list of leads: its columns, its filters, its search."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import django_filters as filters
from django import forms
from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.http import HttpRequest, QueryDict
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor, request_actor
from accounts.models import Team, User
from accounts.rights import Right
from conditions.compile import make_context
from conditions.errors import ConditionError
from conditions.tree import parse_text
from ground.filters import AmountFilter
from ground.listing import SEARCH_CAP, BadListRequestError, Column, Empty, Listing
from leads.acquisition import won_as_q
from leads.conditions import LEADS, Asked, leads_where, segment_leads
from leads.models import Lead, SearchText, Segment, Tag
from leads.normalise import normalise_email, normalise_name, normalise_phone
from leads.position import position_halves, position_label
from leads.stages import SORTED_OUT, AcquisitionType, Channel, JourneyPhase, Stage, Temperature

MINE, NOBODY = "me", "nobody"
# Columns and filters that tell something about the score.
_SCORES = ("score", "temperature")


def search_leads(leads: QuerySet[Lead], text: str) -> QuerySet[Lead]:
    """Return the leads in which every word of ``text`` occurs in a name, contact or address.

    One or two letters must begin a word, three and more are found anywhere. Contacts are all that
    a lead is known by: handles, foreign ids, former addresses. A whole e-mail address or number is
    looked up first, so that other spellings find the lead. Asks the database for the hits.
    """
    if (hits := _known_by(leads, text)) is not None:
        return hits
    parts = _parts(text)
    found = list(_telling(parts).values_list("lead_id", flat=True)[: SEARCH_CAP + 1])
    if len(found) <= SEARCH_CAP:
        return leads.filter(pk__in=found)
    # So many that the first page is soon full: looked at one by one in the order of the list. From
    # the index, 41,000 hits among a million leads take 480 ms to be sorted, like this 5 ms. A
    # sub-select in the place of a value is never turned into a join.
    leads = leads.alias(
        told=Subquery(SearchText.objects.filter(lead=OuterRef("pk")).values("told"))
    )
    return leads.filter(*(Q(told__contains=part) for part in parts))


def find_leads(leads: QuerySet[Lead], text: str) -> QuerySet[Lead]:
    """Return what ``search_leads`` does, from the index alone: to be counted, not to be sorted."""
    hits = _known_by(leads, text)
    return leads.filter(pk__in=_telling(_parts(text)).values("lead")) if hits is None else hits


def _known_by(leads: QuerySet[Lead], text: str) -> QuerySet[Lead] | None:
    """Return the leads with exactly this address or number, None where there are none."""
    found = Q()
    if "@" in text:
        key = normalise_email(text).key
        found |= Q(identifiers__kind="email", identifiers__normalised=key)
    digits = sum(letter.isdigit() for letter in text)
    if digits >= 5 and digits * 2 > len(text):
        key = normalise_phone(text).key
        found |= Q(identifiers__kind="phone", identifiers__normalised=key)
    hits = leads.filter(found)
    return hits if found and hits.exists() else None


def _parts(text: str) -> list[str]:
    """Return what must occur in the text of a lead, in which a blank stands before each word."""
    return [word if len(word) > 2 else f" {word}" for word in normalise_name(text).split()[:6]]


def _telling(parts: Sequence[str]) -> QuerySet[SearchText]:
    told = SearchText.objects.alias(grams=_grams(F("told")))
    for part in parts:
        told = told.filter(grams__contains=_grams(Value(part)), told__contains=part)
    return told


def _grams(text: F | Value) -> Func:
    return Func(text, function="leadcrm_grams", output_field=ArrayField(TextField()))


class ConditionText(forms.CharField):
    """The JSON of a condition in the address of a list, over what the reader may read."""

    widget = forms.HiddenInput

    def __init__(self, *args: Any, rights: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rights = rights

    def to_python(self, value: Any) -> Any:
        """Return the condition, which reads as its sentence, or None for no text."""
        text = super().to_python(value)
        if not text:
            return None
        try:
            return Asked(parse_text(text, LEADS.snapshot(self.rights), is_personal=True))
        except ConditionError as error:
            raise forms.ValidationError(str(error), code=error.code) from error


class ConditionFilter(filters.Filter):
    """Narrows a list of leads to those that meet a condition."""

    field_class = ConditionText

    def filter(self, qs: QuerySet[Lead], value: Any) -> QuerySet[Lead]:
        """Return the leads that meet the condition."""
        if not value:
            return qs
        actor = request_actor(self.parent.request)
        matching = leads_where(value.node, actor=actor, as_of=timezone.now())
        return qs.filter(pk__in=matching.values("pk"))


def _people(request: HttpRequest | None) -> list[tuple[str, Any]]:
    people = User.objects.filter(is_active=True).values_list("public_id", "name", "email")
    return [
        (MINE, _("Me")),
        (NOBODY, _("Nobody")),
        *((str(key), name or email) for key, name, email in people),
    ]


class LeadFilters(filters.FilterSet):
    """What a list of leads can be narrowed to; every name stands in the address."""

    stage = filters.MultipleChoiceFilter(label=_("Stage"), choices=Stage.choices, distinct=False)
    temperature = filters.MultipleChoiceFilter(
        label=_("Temperature"), choices=Temperature.choices, distinct=False
    )
    owner = filters.ChoiceFilter(label=_("Owner"), method="by_owner")
    channel = filters.MultipleChoiceFilter(
        label=_("Channel"), field_name="first_channel", choices=Channel.choices, distinct=False
    )
    acquisition = filters.MultipleChoiceFilter(
        label=_("Acquisition type"), choices=AcquisitionType.choices, method="by_acquisition"
    )
    position = filters.MultipleChoiceFilter(
        label=_("Position in the funnel"), choices=JourneyPhase.choices, method="by_position"
    )
    tag = filters.ModelChoiceFilter(
        label=_("Tag"), field_name="tags", queryset=Tag.objects.all(), to_field_name="name"
    )
    team = filters.ModelChoiceFilter(
        label=_("Team"), queryset=Team.objects.all(), to_field_name="public_id"
    )
    segment = filters.ModelChoiceFilter(
        label=_("Segment"),
        queryset=Segment.objects.all(),
        to_field_name="public_id",
        method="by_segment",
    )
    sorted_out = filters.ChoiceFilter(
        label=_("Sorted out"),
        choices=[("without", _("Without them")), ("only", _("Only them"))],
        method="by_sorting",
    )
    score = AmountFilter(label=_("Score from"), field_name="score", lookup_expr="gte")
    country = filters.CharFilter(label=_("Country"), lookup_expr="iexact", max_length=2)
    where = ConditionFilter(label=_("Condition"))

    class Meta:
        model = Lead
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not request_actor(self.request).may(Right.SCORES_READ):
            self._refuse_scores()
        self.filters["position"].extra["choices"] = [
            (phase.value, position_label(phase)) for phase in JourneyPhase
        ]
        self.filters["owner"].extra["choices"] = _people(self.request)
        self.filters["where"].extra["rights"] = request_actor(self.request).rights

    def _refuse_scores(self) -> None:
        """SECURITY: who narrows a list by what they may not read finds it out."""
        for name in _SCORES:
            del self.filters[name]
            if (self.data or {}).get(name):
                raise BadListRequestError(f"This reader may not narrow leads by {name}.")

    def by_owner(self, leads: QuerySet[Lead], name: str, value: str) -> QuerySet[Lead]:
        """Return the leads of one person, of nobody, or of the reader."""
        if value == NOBODY:
            return leads.filter(owner=None)
        if value == MINE:
            return leads.filter(owner_id=self.request.user.pk)
        return leads.filter(owner__public_id=value)

    def by_position(self, leads: QuerySet[Lead], name: str, value: list[str]) -> QuerySet[Lead]:
        """Return the leads that stand at one of these positions of the funnel now."""
        if not value:
            return leads
        return leads.filter(position_halves(value, make_context(as_of=timezone.now())).when)

    def by_acquisition(self, leads: QuerySet[Lead], name: str, value: list[str]) -> QuerySet[Lead]:
        """Return the leads that were won in one of these ways, by their channel if need be."""
        return leads.filter(won_as_q(value)) if value else leads

    def by_segment(self, leads: QuerySet[Lead], name: str, value: Segment) -> QuerySet[Lead]:
        """Return the leads of a segment."""
        actor = request_actor(self.request)
        inside = segment_leads(value, actor=actor, as_of=timezone.now())
        return leads.filter(pk__in=inside.values("pk"))

    def by_sorting(self, leads: QuerySet[Lead], name: str, value: str) -> QuerySet[Lead]:
        """Return the leads that were sorted out, or the others, as for an audience."""
        is_out = Q(stage=Stage.OTHER, other_reason__in=SORTED_OUT)
        return leads.filter(is_out) if value == "only" else leads.exclude(is_out)


LEAD_LIST: Listing[Lead] = Listing(
    key="leads",
    columns=[
        Column("name", _("Lead"), ("last_name", "first_name"), is_main=True),
        Column("stage", _("Stage"), ("stage", "created_at")),
        Column("score", _("Score"), "score", is_number=True),
        Column("temperature", _("Temperature"), ("temperature", "score"), on_phone=False),
        # By person, not by name: a million names are not sorted for a page.
        Column("owner", _("Owner"), "owner_id", on_phone=False),
        Column("channel", _("Channel"), ("first_channel", "created_at"), on_phone=False),
        Column("last_activity", _("Last activity"), "last_activity_at", nulls_last=True),
        Column("created", _("Created"), "created_at", on_phone=False),
        Column("email", _("E-mail"), "email", is_optional=True),
        Column("phone", _("Phone"), "phone", is_optional=True),
        Column("city", _("City"), "city", is_optional=True),
        Column("country", _("Country"), "country", is_optional=True),
        Column("source", _("Source"), "source_detail", is_optional=True),
        Column("position", _("Position in the funnel"), is_optional=True),
        Column("acquisition", _("Acquisition type"), is_optional=True),
        Column("completeness", _("Profile"), is_number=True, is_optional=True),
    ],
    ordering="-created",
    row="leads/list.html#row",
    row_name="lead",
    search=search_leads,
    count_search=find_leads,
    search_label=_("Name, e-mail, phone or company"),
    filters=LeadFilters,
    has_bulk=True,
    empty=Empty(
        _("No leads yet"),
        _("Leads come in through forms, imports and by hand."),
        _("Add a lead"),
        reverse_lazy("lead_create"),
        icon="users",
    ),
)
_WITHOUT_SCORES = replace(
    LEAD_LIST, columns=[column for column in LEAD_LIST.columns if column.key not in _SCORES]
)


def may_ask(query: str, actor: Actor) -> bool:
    """Say whether ``actor`` may open the list at the address ``query``, such as a shared view."""
    if actor.may(Right.SCORES_READ):
        return True
    params = QueryDict(query)
    columns = ",".join(params.getlist("columns")).split(",")
    asked = {*params, *columns, params.get("ordering", "").removeprefix("-")}
    return asked.isdisjoint(_SCORES)


def asked_leads(query: str, actor: Actor) -> QuerySet[Lead]:
    """Return the leads of the list at the address ``query`` that ``actor``, a person, may see.

    Raises ``BadListRequestError`` for an address that asks for what is not there any more.
    """
    request = HttpRequest()
    request.method = "GET"
    request.GET = QueryDict(query)
    request.user = User.objects.get(pk=actor.user_id or 0)
    page = lead_listing(actor).page(request, Lead.objects.visible_to(actor))
    if not page.is_valid:
        raise BadListRequestError("This list cannot be asked for any more.")
    return page.matching


def lead_listing(actor: Actor) -> Listing[Lead]:
    """Return the list of leads with the columns that ``actor`` may read and sort by."""
    return LEAD_LIST if actor.may(Right.SCORES_READ) else _WITHOUT_SCORES
