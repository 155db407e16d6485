"""The lists of the settings pages."""

from typing import Any

import django_filters
from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.events import EVENTS
from accounts.models import ApiToken, AuditEntry, Team, User
from accounts.models.people import invited_q
from accounts.rights import Role
from ground.forms import DateInput
from ground.listing import Column, Empty, Listing

STATES = (
    ("active", _("Active")),
    ("invited", _("Invited")),
    ("deactivated", _("Deactivated")),
)


def _search_people(rows: QuerySet[User], text: str) -> QuerySet[User]:
    return rows.filter(Q(name__icontains=text) | Q(email__icontains=text))


class PeopleFilter(django_filters.FilterSet):
    """Narrows the people by role, team and state."""

    role = django_filters.ChoiceFilter(label=_("Role"), choices=Role.choices)
    team = django_filters.ModelChoiceFilter(label=_("Team"), queryset=Team.objects.all())
    state = django_filters.ChoiceFilter(label=_("State"), choices=STATES, method="in_state")

    def in_state(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Return the people in one of ``STATES``."""
        if value == "deactivated":
            return rows.filter(is_active=False)
        rows = rows.filter(is_active=True)
        return rows.filter(invited_q()) if value == "invited" else rows.exclude(invited_q())


PEOPLE: Listing[User] = Listing(
    key="people",
    ordering="name",
    row="accounts/people.html#row",
    row_name="somebody",
    columns=(
        Column("name", _("Name"), order="name", is_main=True),
        Column("email", _("E-mail"), order="email", on_phone=False),
        Column("role", _("Role"), order="role"),
        Column("team", _("Team"), order="team__name", nulls_last=True),
        Column("state", _("State")),
        Column("second_factor", _("Second factor"), on_phone=False),
        Column(
            "last_login", _("Last signed in"), order="last_login", nulls_last=True, on_phone=False
        ),
    ),
    search=_search_people,
    search_label=_("Name or e-mail"),
    filters=PeopleFilter,
    empty=Empty(_("Nobody is here"), "", _("Add a person"), reverse_lazy("add_person"), "users"),
)


def people() -> QuerySet[User]:
    """Return everybody, with their team and ``has_second_factor``."""
    second = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    return User.objects.select_related("team").annotate(has_second_factor=Exists(second))


TEAMS: Listing[Team] = Listing(
    key="teams",
    ordering="name",
    row="accounts/teams.html#row",
    row_name="team",
    columns=(
        Column("name", _("Name"), order="name", is_main=True),
        Column("people", _("People"), order="people", is_number=True),
    ),
    empty=Empty(
        _("No teams yet"),
        _("Teams decide who sees whose leads."),
        _("Create a team"),
        "#new-team",
        "users-group",
    ),
)


def teams() -> QuerySet[Team]:
    """Return every team with the number of its active ``people``."""
    return Team.objects.annotate(people=Count("users", filter=Q(users__is_active=True)))


TOKENS: Listing[ApiToken] = Listing(
    key="tokens",
    ordering="-created_at",
    row="accounts/tokens.html#row",
    row_name="token",
    columns=(
        Column("name", _("Name"), order="name", is_main=True),
        Column("prefix", _("Begins with")),
        Column("scopes", _("Allowed"), on_phone=False),
        Column("owner", _("Made by"), order="owner__name", on_phone=False),
        Column("created_at", _("Made"), order="created_at", is_optional=True),
        Column("expires_at", _("Valid until"), order="expires_at"),
        Column("last_used_at", _("Last used"), order="last_used_at", nulls_last=True),
        Column("state", _("State")),
    ),
    search=lambda rows, text: rows.filter(Q(name__icontains=text) | Q(prefix__startswith=text)),
    search_label=_("Name or beginning of the key"),
    empty=Empty(
        _("No keys yet"),
        _("A key lets another program send and read leads."),
        _("Make a key"),
        reverse_lazy("add_token"),
        "key",
    ),
)


def tokens() -> QuerySet[ApiToken]:
    """Return every key with its owner."""
    return ApiToken.objects.select_related("owner")


def _event_choices() -> list[tuple[str, Any]]:
    return sorted(EVENTS.items(), key=lambda item: str(item[1]))


class AuditFilter(django_filters.FilterSet):
    """Narrows the audit log by event and days, both inclusive."""

    event = django_filters.ChoiceFilter(label=_("Event"), choices=_event_choices)
    since = django_filters.DateFilter(
        label=_("From day"), field_name="at", lookup_expr="date__gte", widget=DateInput
    )
    until = django_filters.DateFilter(
        label=_("To day"), field_name="at", lookup_expr="date__lte", widget=DateInput
    )


AUDIT: Listing[AuditEntry] = Listing(
    key="audit",
    ordering="-at",
    row="accounts/audit_log.html#row",
    row_name="entry",
    row_key="pk",
    columns=(
        Column("at", _("Time"), order="id", is_main=True),
        Column("actor", _("Who"), order="actor_label"),
        Column("event", _("What"), order="event"),
        Column("about", _("About"), on_phone=False),
        Column("data", _("Details"), on_phone=False),
    ),
    search=lambda rows, text: rows.filter(
        Q(actor_label__icontains=text) | Q(object_id__iexact=text)
    ),
    search_label=_("Who, or the id of a thing"),
    filters=AuditFilter,
    page_size=50,
    empty=Empty(_("Nothing has happened yet"), icon="shield-check"),
)


def audit_entries() -> QuerySet[AuditEntry]:
    """Return the whole log."""
    return AuditEntry.objects.all()
