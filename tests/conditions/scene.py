"""Leads of all sorts: full ones, bare ones, and ones with every kind of gap."""

from datetime import timedelta
from typing import Any

from accounts.action import writing
from accounts.models import Team, User
from conditions.operators import Kind
from leads.entries import ConsentEntry, IdentifierEntry
from leads.models import Company, ConsentChannel, ConsentPurpose, ConsentState, Lead, Segment
from leads.stages import AcquisitionType, Channel, OtherReason, Stage, Temperature
from scoring.models import ScoringModel
from tests.factories import NOW, make_activity, make_field, make_lead, make_team, make_user

DAY = timedelta(days=1)
COLOURS = [
    {"value": "red", "de": "Rot", "en": "Red"},
    {"value": "blue", "de": "Blau", "en": "Blue"},
]
CUSTOM = {
    "town": "text",
    "notes": "long_text",
    "budget": "number",
    "vip": "boolean",
    "renewal": "date",
    "colour": "choice",
    "colours": "multi_choice",
    "shop": "url",
    "contains": "text",
}


def build_scene() -> dict[str, Lead]:
    """Create the leads, by the names that tests use for them."""
    for key, field_type in CUSTOM.items():
        make_field(key, field_type, choices=COLOURS if "choice" in field_type else [])
    team = make_team("Nord")
    owner = make_user(name="Olga Owner", team=team)
    leads = {
        "full": _full_lead(owner, team),
        "bare": make_lead(email="", first_name="", last_name="", phone="+49301234567"),
        "other": _other_lead(),
        "nulls": make_lead(custom=dict.fromkeys(CUSTOM), email="nulls@sub.example.com"),
        "blanks": make_lead(custom=dict.fromkeys(CUSTOM, "") | {"colours": []}, city=" "),
        "odd": make_lead(custom={key: {"odd": [1]} for key in CUSTOM}, language="DE"),
    }
    with writing("scene"):
        Company.objects.filter(name="Full GmbH").update(
            domain="full.example", industry="Software", employees=50, country="DE"
        )
        ScoringModel.objects.create(name="Second opinion", created_at=NOW)
        Segment.objects.create(name="Berlin", where=leaf("city", "is", "Berlin"))
        Segment.objects.create(
            name="Not Berlin", where={"not": leaf("segment", "is", segment_id("Berlin"))}
        )
    _activities(leads)
    return leads


def leaf(field: str, op: str, value: Any = None, **params: Any) -> dict[str, Any]:
    """Return the JSON of one leaf; without a value for ``None``."""
    written: dict[str, Any] = {"field": field, "op": op}
    if value is not None:
        written["value"] = value
    if params:
        written["params"] = params
    return written


def segment_id(name: str) -> str:
    return str(Segment.objects.get(name=name).public_id)


def _full_lead(owner: User, team: Team) -> Lead:
    return make_lead(
        first_name="Ada",
        last_name="Lovelace",
        email="Ada@Example.com",
        phone="+49 151 23456789",
        country="DE",
        company="Full GmbH",
        channel=Channel.WEBINAR,
        stage=Stage.MQL,
        occurred_at=NOW - 40 * DAY,
        identifiers=[IdentifierEntry("external", "hubspot:151000")],
        consents=[ConsentEntry(ConsentPurpose.NEWSLETTER, ConsentChannel.EMAIL)],
        tags=["VIP", "Fair"],
        salutation="Frau",
        job_title="CEO",
        street="Weg 1",
        postal_code="10115",
        city="Berlin",
        language="de",
        website="https://full.example",
        preferred_channel=Channel.EMAIL,
        source_detail="Fair 2026",
        acquisition_type=AcquisitionType.NET,
        is_sales_sourced=True,
        score=70,
        fit=40,
        engagement=30,
        grade="B2",
        temperature=Temperature.HOT,
        owner=owner,
        owner_since=NOW - 3 * DAY,
        team=team,
        paused_until=NOW + DAY,
        custom={
            "town": "Köln",
            "notes": "Long\ntext",
            "budget": 5000,
            "vip": True,
            "renewal": "2026-11-20",
            "colour": "red",
            "colours": ["red", "blue"],
            "shop": "https://shop.example",
            "contains": "trap",
        },
    )


def _other_lead() -> Lead:
    return make_lead(
        stage=Stage.OTHER,
        other_reason=OtherReason.NO_FIT,
        email="bob@other.example",
        company="Unknown AG",
        is_email_valid=False,
        city="Hamburg",
        postal_code="20095",
        tags=["VIP"],
        score=-5,
        paused_until=NOW - DAY,
        consents=[
            ConsentEntry(ConsentPurpose.NEWSLETTER, ConsentChannel.EMAIL, ConsentState.OBJECTED)
        ],
        custom={"budget": 12.5, "vip": False, "renewal": "2026-01-01", "colours": ["blue"]},
    )


def _activities(leads: dict[str, Lead]) -> None:
    for days in (20, 10, 2):
        make_activity(leads["full"], "note.added", NOW - days * DAY)
    make_activity(leads["full"], "note.added", NOW + DAY)
    make_activity(leads["other"], "note.added", NOW - 1 * DAY, is_machine=True)
    make_activity(leads["other"], "note.added", NOW - 30 * DAY)
    with writing("scene"):
        Lead.objects.filter(pk=leads["full"].pk).update(
            last_activity_at=NOW - 2 * DAY, referrer=leads["other"]
        )


# Values that hit, values that miss, and values at the edge.
SAMPLES: dict[Kind, list[Any]] = {
    Kind.TEXT: ["Berlin", "berlin", "x%_\\'", "full.example", "hubspot", "VIP"],
    Kind.NUMBER: [0, 1, 3, 50, 5000, -5, 10**15, -(10**15)],
    Kind.BOOLEAN: [True, False],
    Kind.DATE: ["2026-11-20", "2026-11-02", "1900-01-01"],
    Kind.DATETIME: ["2026-11-02", "2026-11-02T10:00:00+00:00", "2026-09-23"],
}
