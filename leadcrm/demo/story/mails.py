"""The mails of the demo: who confirms the newsletter is welcomed and told more, step by step."""

from datetime import datetime, time

from accounts.actor import Actor
from leadcrm.demo.story.stage_set import Scenery
from leads.models import ConsentPurpose
from nurturing.actions.sequences import NewSequence, activate_sequences, create_sequences
from nurturing.drafts import Draft, MailStep, TriggerKind, WaitStep
from nurturing.models import Message, MessageState
from nurturing.times import Wait, Window

# Only newcomers: the year that was told is over, nobody in it gets mail now.
NEWCOMERS = {
    "all": [
        {
            "field": "consent",
            "op": "is",
            "value": "granted",
            "params": {"purpose": "newsletter", "channel": "email"},
        },
        {"field": "created_at", "op": "in_last_days", "value": 2},
    ]
}
# Visitors of a demo want to see the mail now, whatever the time of day.
ALWAYS = Window(days=(1, 2, 3, 4, 5, 6, 7), start=time(0), end=time(23, 59))

TEXTS = (
    (
        "welcome",
        'Willkommen bei Nordlicht, {{ first_name|default:"liebe Leserin, lieber Leser" }}',
        "Schön, dass Sie da sind. In den nächsten Wochen zeigen wir Ihnen, was eine Solaranlage "
        "auf einem Betriebsdach leistet – mit Zahlen aus der Praxis.",
        'Welcome to Nordlicht, {{ first_name|default:"dear reader" }}',
        "Good to have you here. In the coming weeks we show you what a solar roof does for a "
        "business, with figures from practice.",
    ),
    (
        "numbers",
        "So rechnen Sie den Eigenverbrauch richtig",
        "Die meisten Rechnungen vergessen das Wochenende. Ein Beispiel mit 300 kWp zeigt, warum "
        "ein Speicher sich erst ab einer bestimmten Grundlast lohnt.",
        "How to calculate self-consumption",
        "Most calculations forget the weekend. An example with 300 kWp shows from which base load "
        "on a battery pays.",
    ),
    (
        "talk",
        "Sprechen wir über Ihr Dach?",
        "Wenn Sie mögen, schauen wir in 20 Minuten gemeinsam auf Ihre Zahlen.",
        "Shall we talk about your roof?",
        "If you like, we look at your figures together, in 20 minutes.",
    ),
)


def start_sequence(*, by: Actor, as_of: datetime) -> None:
    """Make the sequence and let it run."""
    steps: list[MailStep | WaitStep] = []
    for number, (key, german, text_de, english, text_en) in enumerate(TEXTS):
        if number:
            steps.append(WaitStep(f"w{number}", Wait(amount=3 * number)))
        texts = {"de": _mail(german, text_de), "en": _mail(english, text_en)}
        steps.append(MailStep(key, texts))
    draft = Draft(
        purpose=ConsentPurpose.NEWSLETTER,
        trigger={"kind": TriggerKind.CONDITION, "where": NEWCOMERS},
        window=ALWAYS,
        steps=tuple(steps),
    )
    sequences = create_sequences(
        [NewSequence(name="Willkommen", draft=draft, is_sample=True)], by=by, as_of=as_of
    )
    activate_sequences([sequence.pk for sequence in sequences], by=by, as_of=as_of)


def forget_alerts(scenery: Scenery) -> None:
    """Drop the alerts of the year that was told: nobody is to be alarmed about the past."""
    people = [person.pk for person in scenery.people.values()]
    Message.objects.filter(recipient__in=people, state=MessageState.QUEUED).delete()


def _mail(subject: str, text: str) -> dict[str, object]:
    blocks = [
        {"kind": "headline", "text": subject.partition(",")[0]},
        {"kind": "text", "html": f"<p>{text}</p>"},
        {"kind": "footer"},
    ]
    return {"subject": subject, "blocks": blocks}
