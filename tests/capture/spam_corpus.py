"""Made-up enquiries and made-up spam, for measuring the guard.

None of it is real: sentences were written for this file after the kinds of messages that contact
forms get, half of them German, and are put together by chance with a fixed seed. ``first`` is what
the guard learns from, ``second`` what it is measured with; the two share no sentence. The numbers
say how the parts work together, not how much spam a certain website will see.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

NAMES = ("Anna Weber", "Jonas Klein", "Priya Nair", "Tom Becker", "Lena Vogt", "Mark Owen")
WANTS = {
    "first": (
        "Wir suchen für unser Lager in {town} zwölf Regale mit Schwerlastböden",
        "Bitte schicken Sie mir ein Angebot für die Wartung unserer zwei Anlagen",
        "Ich hätte gerne einen Termin zur Besichtigung im nächsten Monat",
        "Could you send me the data sheet and delivery times for the mid-size pump",
        "We are planning a new hall in {town} and need a quote for the lighting",
        "Unsere Bestellung ist beschädigt angekommen, wie geht es jetzt weiter",
    ),
    "second": (
        "Können Sie uns bis Freitag einen Preis für die Sonderanfertigung nennen",
        "Gibt es das Modell auch in Edelstahl und mit längerem Kabel",
        "Is your service also available for branches in {town} and nearby",
        "Wir möchten den Vertrag verlängern und haben eine Frage zur Rechnung",
        "Please call me back about the training for our technicians",
        "Wer ist bei Ihnen Ansprechpartner für Ersatzteile und Montage",
    ),
}
PITCHES = {
    "first": (
        "I can rank your website on the first page of Google with quality backlinks",
        "Our casino offers a welcome bonus and free spins for new players",
        "Earn passive income with our crypto trading bot, guaranteed profit every day",
        "Günstiger Kredit ohne Schufa, sofortige Auszahlung garantiert",
        "We sell verified business email leads and traffic for your website",
        "Guest post offer: publish your article with dofollow backlinks",
    ),
    "second": (
        "Boost your Google ranking now, cheap backlinks and real website traffic",
        "Free spins and a huge bonus wait for you at the best online casino",
        "Guaranteed crypto profit, our trading bot makes passive income simple",
        "Kredit mit garantierter Auszahlung, auch ohne Schufa und sofort",
        "Buy verified leads, increase website traffic and rank on the first page",
        "Publish a guest post with dofollow links on high authority websites",
    ),
}
TOWNS = ("Kassel", "Graz", "Leeds", "Bern", "Halle", "Cork")
FIRMS = ("muster-bau.de", "klein-technik.at", "owenworks.co.uk", "vogt-metall.ch", "gmx.de")
FREE = ("gmail.com", "outlook.com", "web.de")
SPAMMERS = ("rankfast.info", "growth-mails.biz", "mailinator.com", "topseo.xyz", "gmail.com")
CLOSINGS = ("", " Viele Grüße", " Thank you", " Danke im Voraus", " Best regards")


@dataclass(frozen=True)
class Made:
    """One made-up message; ``seconds`` is how long filling in took, None where nobody knows."""

    is_spam: bool
    name: str
    email: str
    message: str
    seconds: float | None


def made(half: str, count: int, *, seed: int) -> Iterator[Made]:
    """Yield ``count`` messages of one half, as many of either kind."""
    dice = random.Random(seed)
    for number in range(count):
        yield _spam(half, dice, number) if number % 2 else _enquiry(half, dice, number)


def _enquiry(half: str, dice: random.Random, number: int) -> Made:
    """One in eight names a website, one in twenty was sent where no time could be taken."""
    wants = dice.sample(WANTS[half], k=dice.choice((1, 1, 2)))
    text = ". ".join(wants).format(town=dice.choice(TOWNS)) + "." + dice.choice(CLOSINGS)
    domain = dice.choice(FIRMS + FREE)
    if dice.random() < 1 / 8:
        text += " https://shop.example.org/artikel/17 https://www.example.net/plan.pdf"
    seconds = None if dice.random() < 1 / 20 else dice.uniform(8, 200)
    return Made(False, dice.choice(NAMES), f"person{number}@{domain}", text, seconds)


def _spam(half: str, dice: random.Random, number: int) -> Made:
    """Two in three carry links, one in ten is sent faster than a person can."""
    text = ". ".join(dice.sample(PITCHES[half], k=dice.choice((1, 2)))) + "."
    links = dice.choice((0, 1, 2, 2, 3, 1))
    text += "".join(f" https://offer{dice.randrange(99)}.example/{link}" for link in range(links))
    seconds = dice.uniform(0.1, 1.9) if dice.random() < 0.1 else dice.choice((None, 4.0, 9.0))
    return Made(True, dice.choice(NAMES), f"sales{number}@{dice.choice(SPAMMERS)}", text, seconds)
