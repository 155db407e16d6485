"""What tests about capture have in common: a published form, and a visitor who fills it in."""

import base64
import json
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any
from uuid import uuid4

import altcha
from django.test import Client
from django.utils import timezone

from accounts.action import writing
from capture.actions.forms import NewForm, create_forms, publish_forms
from capture.actions.tracking import PARTS, switch_tracking
from capture.content.actions import NewFile, save_content
from capture.events.actions import save_event
from capture.events.facts import EVENT_FORMS
from capture.guard import proof
from capture.models import Content, Event, Form, FormKind, Sighting, Submission
from capture.readymade import ready_made
from capture.ticks import take_in
from tests.factories import EVERYTHING, NOW

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"
NEWSLETTER_CONSENT = "consent_newsletter_email"
MARKETING_CONSENT = "consent_marketing_email"


_WORDS = [
    "roof",
    "garage",
    "garden",
    "summer",
    "winter",
    "north",
    "south",
    "meter",
    "cable",
    "battery",
    "permit",
    "loan",
    "tenant",
    "owner",
    "storm",
    "shade",
    "slate",
    "timber",
    "wall",
    "window",
    "heat",
    "pump",
    "boiler",
    "tariff",
    "grid",
    "voltage",
    "panel",
    "mount",
    "ladder",
    "crane",
    "visit",
    "letter",
    "quote",
    "budget",
    "autumn",
    "spring",
    "village",
    "harbour",
    "bridge",
    "valley",
    "river",
    "forest",
    "bakery",
    "school",
    "clinic",
    "hotel",
    "office",
    "studio",
    "workshop",
    "barn",
    "stable",
    "cellar",
    "attic",
    "balcony",
    "terrace",
    "fence",
    "gate",
    "road",
]


def letter(number: int) -> str:
    """Return what visitor ``number`` writes: no two write alike."""
    chosen = Random(number)
    return f"Good day, it is about {' '.join(chosen.choices(_WORDS, k=14))}."


def make_content(name: str = "Leitfaden", **values: Any) -> Content:
    """Return a whitepaper with a file, or what is at ``url``."""
    file = None if "url" in values else NewFile("leitfaden.pdf", b"%PDF-1.7 leitfaden")
    values = {"kind": "whitepaper", "language": "en", **values}
    return save_content(None, name=name, file=file, by=EVERYTHING, as_of=NOW, **values)


def _leads_to(kind: str, parts: dict[str, Any]) -> dict[str, str]:
    """Return what forms of ``kind`` cannot be published without, where ``parts`` do not name it."""
    if kind == FormKind.DOWNLOAD and "content" not in parts:
        return {"content": str((Content.objects.first() or make_content()).public_id)}
    if kind in EVENT_FORMS and "event" not in parts:
        return {"event": str(_make_event(kind).public_id)}
    if kind == FormKind.REFERRAL and "target" not in parts:
        return {"target": str(make_form().public_id)}
    return {}


def _make_event(kind: str) -> Event:
    starts = timezone.now() + timedelta(days=3)
    names = {"title_de": "Solar für Betriebe", "title_en": "Solar for firms"}
    times = {"starts_at": starts, "ends_at": starts + timedelta(hours=1)}
    where = {"time_zone": "Europe/Berlin", "join_url": "https://meet.example/abc"}
    values = {"kind": kind, **names, **times, **where, "place": "Halle 3"}
    return save_event(None, by=EVERYTHING, as_of=timezone.now(), **values)


def forget_crowd() -> None:
    """Let the guard forget who came before, as when some hours have passed."""
    with writing("scene"):
        Sighting.objects.all().delete()


def make_form(key: str = "contact", *, language: str = "en", **overrides: Any) -> Form:
    """Return a published ready-made form; ``definition`` overrides parts of it."""
    made = ready_made(key, language)
    parts = overrides.pop("definition", {})
    parts = {**_leads_to(overrides.get("kind", made.kind), parts), **parts}
    settings = {
        name: overrides.pop(name)
        for name in ("channel", "campaign_id", "team_id", "tags", "allowed_origins")
        if name in overrides
    }
    new = NewForm(
        overrides.pop("name", made.name),
        overrides.pop("kind", made.kind),
        made.definition.with_parts(**parts) if parts else made.definition,
        language=language,
        **settings,
    )
    (form,) = create_forms([new], by=EVERYTHING, as_of=NOW)
    publish_forms([form.pk], by=EVERYTHING, as_of=NOW)
    if overrides:
        with writing("scene"):
            Form.objects.filter(pk=form.pk).update(**overrides)
    return Form.objects.get(pk=form.pk)


def asking_for(*names: str) -> dict[str, Any]:
    """Return the part of the contact form in which ``names`` must be filled in."""
    fields = ready_made("contact", "en").definition.to_json()["fields"]
    return {"fields": [spec | {"required": spec["name"] in {"email", *names}} for spec in fields]}


def switch_on(**values: Any) -> None:
    """Measure everything on every website."""
    parts = dict.fromkeys(PARTS, True)
    switch_tracking(by=EVERYTHING, as_of=NOW, **parts | values)


def make_draft(**parts: Any) -> Form:
    """Return a draft; ``kind`` and ``name`` are settings, everything else parts of it."""
    kind, name = parts.pop("kind", "contact"), parts.pop("name", "Entwurf")
    definition = ready_made("contact", "de").definition.with_parts(**parts)
    (form,) = create_forms([NewForm(name, kind, definition)], by=EVERYTHING, as_of=NOW)
    return form


def solved(form: Form, *, as_of: datetime | None = None) -> str:
    """Return a solved proof of work for ``form``, as a browser sends it."""
    data = proof.new_challenge(str(form.public_id), as_of=as_of or timezone.now())
    challenge = altcha.ChallengeV1(
        data["algorithm"], data["challenge"], data["maxNumber"], data["salt"], data["signature"]
    )
    found = altcha.solve_challenge_v1(
        challenge.challenge, challenge.salt, challenge.algorithm, challenge.max_number
    )
    payload = {**{k: data[k] for k in ("algorithm", "challenge", "salt", "signature")}}
    return base64.b64encode(json.dumps({**payload, "number": found.number}).encode()).decode()


def answers(form: Form, *, as_of: datetime | None = None, **values: Any) -> dict[str, Any]:
    """Return what a person sends after ten seconds in front of the contact form."""
    now = as_of or timezone.now()
    shown_at = now - timedelta(seconds=10)
    return {
        "last_name": "Muster",
        "email": "eva@example.org",
        "message": "Bitte rufen Sie mich zu Ihrem Angebot an.",
        "altcha": solved(form, as_of=now),
        "started": proof.new_started(str(form.public_id), as_of=shown_at),
        "submission_id": str(uuid4()),
        "page_url": "https://www.example.org/kontakt",
        **values,
    }


@cache
def visitor() -> Client:
    """Return a browser without cookies; making one takes 0.1 s, so there is one for all tests."""
    return Client()


def send(form: Form, data: dict[str, Any], **extra: Any) -> Any:
    """Post ``data`` as the embed does."""
    extra.setdefault("HTTP_USER_AGENT", BROWSER)
    return visitor().post(
        f"/f/{form.public_id}/", json.dumps(data), content_type="application/json", **extra
    )


def submit(form: Form, **values: Any) -> Submission:
    """Send a filled-in form, take it in, and return what became of it."""
    data = answers(form, **values)
    response = send(form, data)
    assert response.status_code == 200, response.content
    work()
    return Submission.objects.get(pk=data["submission_id"])


def work(as_of: datetime | None = None) -> int:
    """Run the intake as of a moment after everything that came in."""
    return take_in(as_of or timezone.now() + timedelta(seconds=1))
