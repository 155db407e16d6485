"""What the guard held: pitches and machines, people by mistake, and a flood of confirmations.

A fortnight of decisions has taught it; what came in since is still to be looked at.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID, uuid5

from accounts.action import action
from accounts.actor import Actor
from capture.actions.intake import take_in_submissions
from capture.actions.receiving import store_submissions
from capture.actions.submissions import discard_submissions, release_submissions
from capture.guard.actions.settings import change_guard
from capture.guard.proof import SEAL, STARTED, Check, new_seal, new_started
from capture.guard.rules import settings
from capture.judging import HONEYPOT
from capture.models import Form, Submission
from capture.raw import RawSubmission
from leadcrm.demo.story.cast import CITIES, invent
from leadcrm.setup.samples import ALLOWED_DOMAINS, DENIED_DOMAINS

_SPACE = UUID("8c1d6d3e-52c4-4c0b-9f0e-4f2f0b7d9a11")
_SEED = 23
# So many mails that ask for a confirmation may go out in the hour of the flood.
CAP, SIGNED_UP = 4, 9
DISCARDED_OF_EACH = 5


@dataclass(frozen=True, slots=True)
class _Sent:
    """One form that somebody, or something, filled in; None for a time that nobody knows."""

    name: str
    email: str
    message: str
    seconds: int | None = None
    way: str = "work"
    first_name: str = ""
    is_trapped: bool = False
    more: dict[str, str] = field(default_factory=dict)


# Pitches as every website gets them; each comes in many times, with another name.
_PITCHES = (
    _Sent(
        "Berger",
        "berger{n}@webagentur-eins.example",
        "Guten Tag, wir haben Ihre Website geprüft: Ihr Ranking bei Google ist in {city} nicht"
        " optimal. Unsere Agentur garantiert Platz 1 in vier Wochen. Angebot und Preise:"
        " https://rank-first.example/angebot und https://rank-first.example/preise?{n}",
    ),
    _Sent(
        "Miller",
        "j.miller{n}@contacts4sale.example",
        "Dear owner, our team sells verified email lists of solar buyers in Germany. More leads"
        " for your sales, guaranteed. See https://leads4sale.example and"
        " https://leads4sale.example/sample-{n} for a free sample.",
    ),
    _Sent(
        "Crypto Desk",
        "desk{n}@quick-return.example",
        "Invest now and double your capital in 30 days, guaranteed profit without any risk.",
        seconds=1,
        is_trapped=True,
    ),
)
# People whom weak signs held, and whom marketing let through; the last one needed nobody any more.
_PEOPLE = (
    "Wir planen eine Anlage auf unserer Werkstatt in {city}, rund 480 m². Wann können Sie kommen?",
    "Ist unser Dach in {city} für 60 kWp geeignet? Bitte rufen Sie mich am Vormittag an.",
    "Für unseren Hof bei {city} suchen wir einen Speicher mit 30 kWh. Bitte um ein Angebot.",
    "Our warehouse near {city} has a flat roof of 900 square metres. Could you make us an offer?",
    "Wir möchten unseren Eigenverbrauch in {city} erhöhen. Gibt es dafür eine Förderung?",
    "Bitte senden Sie uns Unterlagen zur Wartung unserer Anlage in {city}, Baujahr 2011.",
)
# What came in since: each is held for another reason, but for the last one. The guard has learned
# that the signs of the roofer are those of people who were let through.
_WAITING = (
    replace(_PITCHES[0], email="kontakt@seo-kometen.example"),
    replace(_PITCHES[1], email="sales@contacts4sale.example"),
    replace(_PITCHES[2], name="Wealth Team", email="team@safe-gains.example"),
    _Sent("Bonus www.gewinn-24.example", "gewinn@winning.example", "Ihr Gewinn wartet.", 9),
    _Sent("Kuznetsov", "office@exportcenter.example",
          "Здравствуйте! Предлагаем оборудование для солнечных станций по ценам завода:"
          " https://solar-parts.example"),
    _Sent("Kurz", "kurz81@mailinator.com",
          "Was kostet die Wartung einer Anlage mit 30 kWp im Jahr?", 95),
    _Sent("Neumann", "vertrieb@adressen-direkt.example",
          "50.000 Firmenadressen zum Sonderpreis, nur diese Woche.", 40),
    _Sent("Harms", "webmaster@dachdecker-harms.example",
          "Wir betreuen das Dach der Grundschule in {city} und möchten mit Ihnen anbieten."
          " Passt ein Termin in der kommenden Woche?"),
)  # fmt: skip


@action
def guard_doors(
    contact: Form, newsletter: Form, *, by: Actor, marketer: Actor, until: datetime
) -> int:
    """Let a fortnight of spam come in, most of it decided; returns how much is held now."""
    change_guard(
        allowed_domains=list(ALLOWED_DOMAINS),
        denied_domains=list(DENIED_DOMAINS),
        by=marketer,
        as_of=until - timedelta(days=14),
    )
    _decide(contact, by=by, marketer=marketer, until=until)
    kept = [
        _come_in(contact, sent, 900 + number, by=by, at=until - timedelta(hours=3 * number + 2))
        for number, sent in enumerate(_WAITING)
    ]
    _flood(newsletter, by=by, until=until)
    return Submission.objects.held().filter(pk__in=kept).count()


def _decide(contact: Form, *, by: Actor, marketer: Actor, until: datetime) -> None:
    """Have pitches put away and people let through, a day after they came."""
    for number, sent in enumerate(_PITCHES * DISCARDED_OF_EACH):
        at = until - timedelta(days=13, hours=-17 * number)
        key = _come_in(contact, sent, number, by=by, at=at)
        discard_submissions([key], by=marketer, as_of=at + timedelta(hours=5))
    dice = Random(_SEED)  # noqa: S311 - a story, not a secret
    for number, message in enumerate(_PEOPLE):
        who = invent(dice, 3_940 + number)
        at = until - timedelta(days=12, hours=-45 * number)
        # The domain of their own; example.org belongs to nobody (RFC 2606).
        email = f"webmaster@{who.email.partition('@')[0].partition('.')[2]}.example.org"
        sent = _Sent(who.last_name, email, message, first_name=who.first_name)
        key = _come_in(contact, sent, 100 + number, by=by, at=at)
        release_submissions([key], by=marketer, as_of=at + timedelta(hours=4))
        take_in_submissions([key], by=by, as_of=at + timedelta(hours=4))


def _come_in(form: Form, sent: _Sent, number: int, *, by: Actor, at: datetime) -> UUID:
    """Let one form come in as browsers and machines send it; returns its key."""
    key = uuid5(_SPACE, f"{form.name} {number}")
    words = {"n": number, "city": CITIES[number % len(CITIES)][1]}
    passed = Check(sent.way, uuid5(key, "proof").hex)
    body = {
        "submission_id": str(key),
        "first_name": sent.first_name,
        "last_name": sent.name,
        "email": sent.email.format(**words),
        "message": sent.message.format(**words),
        "page_url": "https://nordlicht.example/kontakt/",
        SEAL: new_seal(passed, str(form.public_id)),
        **sent.more,
    }
    if sent.seconds is not None:
        shown_at = at - timedelta(seconds=sent.seconds)
        body[STARTED] = new_started(str(form.public_id), as_of=shown_at)
    if sent.is_trapped:
        body[HONEYPOT] = sent.name
    raw = RawSubmission(
        key=key,
        form_id=form.public_id,
        version=None,
        body=json.dumps(body).encode(),
        content_type="application/json",
        received_at=at,
        ip=f"198.51.{100 + number % 50}.{number % 200 + 1}",
        user_agent="Mozilla/5.0",
        page_url="https://nordlicht.example/kontakt/",
    )
    store_submissions([raw], by=by, as_of=at)
    Submission.objects.filter(pk=key).update(is_sample=True)
    take_in_submissions([key], by=by, as_of=at)
    return key


def _flood(newsletter: Form, *, by: Actor, until: datetime) -> Sequence[UUID]:
    """Let more people sign up within an hour than get a mail: the others wait for a person."""
    usual = settings().optins_per_form
    change_guard(optins_per_form=CAP, by=by, as_of=until - timedelta(hours=2))
    dice = Random(_SEED + 1)  # noqa: S311 - a story, not a secret
    keys = []
    for number in range(SIGNED_UP):
        who = invent(dice, 3_950 + number)
        more = {"consent_newsletter_email": "on"}
        sent = _Sent(who.last_name, who.email, "", 20, first_name=who.first_name, more=more)
        at = until - timedelta(minutes=55 - 4 * number)
        keys.append(_come_in(newsletter, sent, 200 + number, by=by, at=at))
    change_guard(optins_per_form=usual, by=by, as_of=until)
    return keys
