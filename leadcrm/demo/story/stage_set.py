"""The scenery of the demo: people with logins, the organisation, fields, forms, rules."""

from dataclasses import dataclass
from datetime import datetime

from accounts.action import action
from accounts.actions.organisation import change_organisation
from accounts.actor import Actor, system_actor, user_actor
from accounts.models import Team, User
from accounts.rights import Right, Role
from capture.actions.forms import create_ready_made_forms
from capture.models import Campaign, CampaignKind, Form
from handoff.actions.agreements import agree
from handoff.actions.rules import RuleInput, create_rule
from handoff.models import Strategy
from leadcrm.demo.story.more_forms import add_more_forms
from leadcrm.demo.story.rules import SCORING_LIMITS, SCORING_RULES
from leads.actions.fields import save_field
from leads.models import FieldType
from leads.stages import Channel
from scoring.actions.approval import activate_version, propose_version, sign_version
from scoring.actions.drafts import change_limits, create_model, save_rule

PASSWORD = "leadcrm-demo"  # noqa: S105 - only invented data is behind it
# The narrator does what administrators, marketers and visitors did in the story.
NARRATOR = system_actor("demo", *Right)
CAST = (
    ("admin@demo.example", "Alma Berg", Role.ADMIN, ""),
    ("marketing@demo.example", "Mara Lindner", Role.MARKETER, ""),
    ("vertriebsleitung@demo.example", "Max Sommer", Role.SALES_MANAGER, "Team Süd"),
    ("rita@demo.example", "Rita Engel", Role.SALES_REP, "Team Süd"),
    ("samir@demo.example", "Samir Haddad", Role.SALES_REP, "Team Süd"),
    ("nora@demo.example", "Nora Petersen", Role.SALES_REP, "Team Nord"),
    ("piet@demo.example", "Piet Janssen", Role.SALES_REP, "Team Nord"),
    ("leitung.nord@demo.example", "Lisbeth Thomsen", Role.SALES_MANAGER, "Team Nord"),
    ("service@demo.example", "Sina Roth", Role.SERVICE, ""),
    ("chef@demo.example", "Viktor Adler", Role.VIEWER, ""),
)


@dataclass(frozen=True, slots=True)
class Scenery:
    """What the story needs by name."""

    people: dict[str, User]
    teams: dict[str, Team]
    contact_form: Form
    newsletter_form: Form

    def actor(self, name: str) -> Actor:
        """Return the actor for the person whose address begins with ``name``."""
        return user_actor(self.people[name])

    def reps(self, team: str) -> list[User]:
        """Return the reps of a team."""
        return [
            user
            for user in self.people.values()
            if user.role == Role.SALES_REP and user.team == self.teams[team]
        ]


@action
def build_scenery(*, as_of: datetime, by: Actor) -> Scenery:
    """Make people, organisation, fields, forms, campaigns, scoring model and agreement."""
    teams = {name: Team.objects.create(name=name) for name in ("Team Süd", "Team Nord")}
    people = {
        email.partition("@")[0]: User.objects.create_user(
            email,
            PASSWORD,
            name=name,
            role=role,
            team=teams.get(team),
            language="de",
            is_sample=True,
        )
        for email, name, role, team in CAST
    }
    _name_organisation(by=by, as_of=as_of)
    _add_fields(by=by, as_of=as_of)
    contact, newsletter = create_ready_made_forms(by=by, as_of=as_of, language="de")
    add_more_forms(by=by, as_of=as_of)
    _start_campaigns(as_of)
    _agree(people, teams, by=by, as_of=as_of)
    scenery = Scenery(people, teams, contact, newsletter)
    _sign_scoring(scenery, as_of)
    return scenery


def _name_organisation(*, by: Actor, as_of: datetime) -> None:
    change_organisation(
        {
            "name": "Nordlicht Solartechnik",
            "legal_form": "GmbH, vertreten durch Viktor Adler",
            "street": "Am Deich 7",
            "postal_code": "28195",
            "city": "Bremen",
            "country": "Deutschland",
            "email": "hallo@nordlicht.example",
            "second_contact": "+49 421 23125 000",
            "register_number": "Amtsgericht Bremen, HRB 00000",
            "vat_id": "DE000000000",
            "sender_name": "Nordlicht Solartechnik",
            "sender_email": "hallo@nordlicht.example",
            "default_language": "de",
        },
        by=by,
        as_of=as_of,
    )


def _add_fields(*, by: Actor, as_of: datetime) -> None:
    fields: tuple[tuple[str, str, str, str, list[dict[str, str]]], ...] = (
        ("employees", FieldType.NUMBER, "Mitarbeitende", "Employees", []),
        (
            "interest",
            FieldType.CHOICE,
            "Interesse",
            "Interest",
            [
                {"value": "dach", "de": "Dachanlage", "en": "Roof system"},
                {"value": "carport", "de": "Solarcarport", "en": "Solar carport"},
                {"value": "speicher", "de": "Stromspeicher", "en": "Battery storage"},
                {"value": "wartung", "de": "Wartung", "en": "Maintenance"},
                {"value": "finanzierung", "de": "Finanzierung", "en": "Financing"},
            ],
        ),
        ("planned_purchase", FieldType.DATE, "Geplanter Kauf", "Planned purchase", []),
        (
            "only_information",
            FieldType.BOOLEAN,
            "Ich möchte mich vorerst nur informieren",
            "I only want to gather information for now",
            [],
        ),
    )
    for key, field_type, german, english, choices in fields:
        values = {
            "key": key,
            "field_type": field_type,
            "label_de": german,
            "label_en": english,
            "choices": choices,
            "is_sample": True,
        }
        save_field(None, values, by=by, as_of=as_of)


def _agree(people: dict[str, User], teams: dict[str, Team], *, by: Actor, as_of: datetime) -> None:
    """South and north share the map; who comes by recommendation goes to the manager's team."""
    agree({"accept_minutes": 240, "remind_minutes": 60, "region": "DE-HB"}, by=by, as_of=as_of)
    southern = {
        "any": [{"field": "postal_code", "op": "starts_with", "value": digit} for digit in "6789"]
    }
    rules = (
        RuleInput("Süden", southern, Strategy.ROUND_ROBIN, target_team=teams["Team Süd"]),
        RuleInput(
            "Alle anderen",
            {"everyone": True},
            Strategy.ROUND_ROBIN,
            target_team=teams["Team Nord"],
        ),
    )
    for rule in rules:
        create_rule(rule, by=by, as_of=as_of)


def _start_campaigns(as_of: datetime) -> None:
    campaigns = (
        ("Herbst-Whitepaper", "herbst-whitepaper", CampaignKind.LEAD_AD, Channel.FACEBOOK),
        ("Sommerkampagne", "sommer", CampaignKind.SOCIAL, Channel.INSTAGRAM),
        ("Webinar Förderung", "webinar-foerderung", CampaignKind.WEBINAR, Channel.WEBINAR),
        ("Google Ads", "google-ads", CampaignKind.ADVERTISING, Channel.PAID_SEARCH),
    )
    Campaign.objects.bulk_create(
        Campaign(name=name, code=code, kind=kind, channel=channel, created_at=as_of, is_sample=True)
        for name, code, kind, channel in campaigns
    )


def _sign_scoring(scenery: Scenery, as_of: datetime) -> None:
    """Marketing writes the rules, marketing and sales sign them, and they are in force."""
    marketer, manager = scenery.actor("marketing"), scenery.actor("vertriebsleitung")
    version = create_model("Solar für Betriebe", by=marketer, as_of=as_of, is_sample=True)
    for rule in SCORING_RULES:
        save_rule(version.pk, rule, by=marketer, as_of=as_of)
    change_limits(version.pk, SCORING_LIMITS, by=marketer, as_of=as_of)
    propose_version(version.pk, by=marketer, as_of=as_of)
    sign_version(version.pk, side="marketing", by=marketer, as_of=as_of)
    sign_version(version.pk, side="sales", by=manager, as_of=as_of)
    activate_version(version.pk, by=marketer, as_of=as_of)
