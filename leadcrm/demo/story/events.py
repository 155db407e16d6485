"""Events of the story: a webinar that was, one that comes, and an evening on site that is full."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from accounts.action import action
from accounts.actor import Actor
from capture.actions.forms import NewForm, create_forms, publish_forms
from capture.events.actions import save_event
from capture.events.attendance import Presence, mark_attendance
from capture.events.lists import stage_list
from capture.events.seats import NewRegistration, register_for_events
from capture.models import Event, EventRegistration, Form, FormState
from capture.readymade import ready_made
from leads.models import Lead

PAST, COMING, EVENING = 40, 24, 15
# So many get their confirmation in the mailbox of the demo; the others would bury it.
_WITH_MAIL = 3
_ZONE = "Europe/Berlin"


@action
def tell_events(*, by: Actor, until: datetime) -> list[Event]:
    """Hold a webinar three weeks ago, plan one and an evening on site, with their forms."""
    leads = list(Lead.objects.filter(is_sample=True, deleted_at=None).order_by("-pk")[:200])
    held = _hold_webinar(leads, by=by, until=until)
    webinar = save_event(
        None,
        by=by,
        as_of=until,
        is_sample=True,
        title_de="Stromspeicher für Betriebe: was sich 2027 rechnet",
        title_en="Battery storage for firms: what pays off in 2027",
        description_de="45 Minuten mit Rechenbeispielen, danach Zeit für Ihre Fragen.",
        description_en="45 minutes with worked examples, then time for your questions.",
        join_url="https://meet.nordlicht.example/speicher-2027",
        **_times(until, days=9, hour=10),
    )
    evening = save_event(
        None,
        by=by,
        as_of=until,
        is_sample=True,
        kind="event",
        title_de="Solarabend in Bremen",
        title_en="A solar evening in Bremen",
        description_de="Drei Betriebe zeigen ihre Dächer und ihre Zahlen.",
        description_en="Three firms show their roofs and their figures.",
        place="Nordlicht Solartechnik, Am Deich 7, 28195 Bremen",
        capacity=12,
        **_times(until, days=24, hour=18),
    )
    forms = _make_forms(webinar, evening, by=by, as_of=until)
    _register(webinar, leads[:COMING], forms[0], by=by, as_of=until - timedelta(hours=3))
    before = until - timedelta(hours=1)
    _register(evening, leads[COMING : COMING + EVENING], forms[1], by=by, as_of=before)
    return [held, webinar, evening]


def _times(until: datetime, *, days: int, hour: int) -> dict[str, Any]:
    starts = (until + timedelta(days=days)).replace(hour=hour - 1, minute=0, second=0)
    return {"starts_at": starts, "ends_at": starts + timedelta(hours=1), "time_zone": _ZONE}


def _hold_webinar(leads: Sequence[Lead], *, by: Actor, until: datetime) -> Event:
    """Let four of ten have been there, for longer or shorter."""
    times = _times(until, days=-21, hour=10)
    event = save_event(
        None,
        by=by,
        as_of=until - timedelta(days=42),
        is_sample=True,
        title_de="Photovoltaik auf Gewerbedächern",
        title_en="Photovoltaics on commercial roofs",
        join_url="https://meet.nordlicht.example/gewerbedach",
        **times,
    )
    before = until - timedelta(days=28)
    known = [lead for lead in leads if lead.created_at < before][:PAST]
    rows = _register(event, known, None, by=by, as_of=before)
    there = {
        row.pk: Presence(True, 20 + 7 * number % 40)
        for number, row in enumerate(rows)
        if number % 5 < 3
    }
    mark_attendance(
        event.pk, there, others_absent=True, by=by, as_of=event.ends_at + timedelta(hours=1)
    )
    event.refresh_from_db()
    _stage_latecomers(event, rows, by=by, as_of=until - timedelta(hours=4))
    return event


def _stage_latecomers(
    event: Event, rows: Sequence[EventRegistration], *, by: Actor, as_of: datetime
) -> None:
    """Leave a list of who watched the recording, read and not yet taken over."""
    watched = [
        (row.lead.display_name, row.lead.email, 12 + 9 * n) for n, row in enumerate(rows[:6])
    ]
    watched.append(("Tomke Harms", "t.harms@dachdecker-harms.example", 31))
    lines = ["Name;E-Mail;Minuten", *(f"{name};{email};{told}" for name, email, told in watched)]
    content = "\n".join(lines).encode()
    stage_list(event.pk, content, file_name="aufzeichnung.csv", by=by, as_of=as_of)


def _register(
    event: Event, leads: Sequence[Lead], form: Form | None, *, by: Actor, as_of: datetime
) -> list[EventRegistration]:
    wishes = [
        NewRegistration(
            event.pk,
            lead.pk,
            lead.first_channel,
            "de",
            as_of + timedelta(minutes=number),
            email=lead.email if form and number < _WITH_MAIL else "",
            email_key=lead.email if form and number < _WITH_MAIL else "",
            form=form,
            is_sample=True,
        )
        for number, lead in enumerate(leads)
    ]
    return register_for_events(wishes, by=by, as_of=as_of)


def _make_forms(webinar: Event, evening: Event, *, by: Actor, as_of: datetime) -> list[Form]:
    """Make the forms of both events, and one to recommend us."""
    contact = Form.objects.filter(kind="contact", state=FormState.PUBLISHED).order_by("pk")[0]
    parts = (
        ("webinar", "Webinar Stromspeicher", {"event": str(webinar.public_id)}),
        ("event", "Solarabend Bremen", {"event": str(evening.public_id)}),
        ("referral", "Weiterempfehlen", {"target": str(contact.public_id)}),
    )
    made = [(ready_made(key, "de"), name, more) for key, name, more in parts]
    forms = create_forms(
        [
            NewForm(name, item.kind, item.definition.with_parts(**more), "de", is_sample=True)
            for item, name, more in made
        ],
        by=by,
        as_of=as_of,
    )
    publish_forms([form.pk for form in forms], by=by, as_of=as_of)
    return forms
