"""A day of traffic from networks and from a website of another make, as its senders send it."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from accounts.actor import Actor
from capture.connectors.actions.connections import create_connection, map_fields
from capture.connectors.actions.events import NewEvent, store_events
from capture.connectors.actions.intake import take_in_events
from capture.connectors.keys import event_key
from capture.connectors.mapping import FieldMapping
from capture.connectors.models import Connection
from capture.models import Campaign
from leadcrm.demo.story.cast import Character, invent
from leads.stages import Channel

PAGE = "104857600000001"
COMMENTS = (
    "Lohnt sich das auch bei einem Norddach?",
    "Was kostet so eine Anlage für eine Halle mit 800 m²?",
    "Sieht sauber aus!",
    "Gibt es dafür noch Förderung?",
    "Wir haben seit zwei Jahren eine, läuft bestens.",
)
_SEED = 11


def play_networks(*, by: Actor, until: datetime) -> int:
    """Open three connections and let a day come in by them; returns how many events came."""
    dice = Random(_SEED)  # noqa: S311 - a story, not a secret
    # Numbers of their own, so that nobody of the year is met again.
    people = [invent(dice, 3_900 + number) for number in range(12)]
    return (
        _google(people[:4], by=by, until=until)
        + _meta(people[4:10], by=by, until=until)
        + _website(people[10:], by=by, until=until)
    )


def _open(connector: str, name: str, channel: str, *, by: Actor, until: datetime) -> Connection:
    campaign = Campaign.objects.filter(channel=channel).first()
    return create_connection(
        connector,
        name=name,
        language="de",
        channel=channel,
        campaign_id=campaign.pk if campaign else None,
        is_sample=True,
        by=by,
        as_of=until,
    )


def _keep(row: Connection, events: list[NewEvent], *, by: Actor, until: datetime) -> int:
    store_events(row, events, by=by, as_of=until)
    take_in_events(list(row.events.values_list("pk", flat=True)), by=by, as_of=until)
    return len(events)


def _google(people: list[Character], *, by: Actor, until: datetime) -> int:
    """Leads of a lead form, the last of which left out how to reach them."""
    row = _open("google", "Google Ads: Dachanlage", Channel.PAID_SEARCH, by=by, until=until)
    events = []
    for number, person in enumerate(people):
        is_last = person is people[-1]
        columns = {
            "FULL_NAME": f"{person.first_name} {person.last_name}",
            "EMAIL": "" if is_last else person.email,
            "COMPANY_NAME": person.firm,
            "Wie groß ist die Dachfläche?": f"{400 + 200 * number} m²",
        }
        at = until - timedelta(hours=2 * number + 1)
        lead = {
            "lead_id": f"demo-{number}",
            "api_version": "1.0",
            "campaign_id": 21000000001,
            "gcl_id": f"demo{number}",
            "lead_submit_time": at.isoformat(),
            "user_column_data": [
                {"column_id": name, "column_name": name, "string_value": text}
                for name, text in columns.items()
            ],
        }
        key = event_key(f"demo-{number}")
        events.append(NewEvent(key, json.dumps(lead).encode(), "application/json"))
    return _keep(row, events, by=by, until=until)


def _meta(people: list[Character], *, by: Actor, until: datetime) -> int:
    """Comments and likes at a post; one person writes a message and becomes a lead."""
    row = _open("meta", "Facebook und Instagram", Channel.FACEBOOK, by=by, until=until)
    events = []
    for number, person in enumerate(people):
        seconds = int((until - timedelta(hours=3 * number + 2)).timestamp())
        change = {
            "item": "comment" if number < len(COMMENTS) else "reaction",
            "verb": "add",
            "post_id": f"{PAGE}_1",
            "comment_id": f"{PAGE}_1_{number}",
            "from": {"id": str(90_000 + number), "name": _name(person)},
            "message": COMMENTS[number] if number < len(COMMENTS) else "",
            "created_time": seconds,
        }
        body = {"object": "page", "page": PAGE, "field": "feed", "change": change}
        events.append(_part(f"change:{number}", body))
    asking = {
        "sender": {"id": "90001"},
        "timestamp": int((until - timedelta(hours=1)).timestamp() * 1000),
        "message": {
            "mid": "m_demo",
            "text": f"Können Sie mich dazu anrufen? {people[1].phone or people[1].email}",
        },
    }
    body = {"object": "page", "page": PAGE, "messaging": asking}
    events.append(_part("message:demo", body))
    return _keep(row, events, by=by, until=until)


def _part(key: str, body: Mapping[str, Any]) -> NewEvent:
    raw = json.dumps(body).encode()
    return NewEvent(event_key(key), raw, "application/json", is_part=True)


def _website(people: list[Character], *, by: Actor, until: datetime) -> int:
    """A form of WordPress, whose fields the marketer has mapped."""
    row = _open("forms", "Website: Beratungsanfrage", Channel.WEBSITE, by=by, until=until)
    mapping = FieldMapping(
        {
            "your-name": "full_name",
            "your-email": "email",
            "your-firm": "company",
            "your-message": "message",
            "acceptance-news": "consent_email",
        },
        "Ja, ich möchte Neues per E-Mail erfahren.",
    )
    map_fields(row.pk, mapping, by=by, as_of=until)
    row.refresh_from_db()
    events = [
        NewEvent(
            event_key(f"demo-{number}"),
            json.dumps(
                {
                    "your-name": _name(person),
                    "your-email": person.email,
                    "your-firm": person.firm,
                    "your-message": "Bitte um einen Termin zur Beratung.",
                    "acceptance-news": "1" if number else "",
                    "page_url": "https://www.nordlicht.example/kontakt/",
                }
            ).encode(),
            "application/json",
            is_part=True,
        )
        for number, person in enumerate(people)
    ]
    return _keep(row, events, by=by, until=until)


def _name(person: Character) -> str:
    return f"{person.first_name} {person.last_name}"
