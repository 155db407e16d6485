"""Who and what appears in the demo: invented people, firms and pages."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from leads.stages import Channel

_NAMES = tomllib.loads(Path(__file__).with_name("cast.toml").read_text("utf-8"))
FIRM_FORMS = ("GmbH", "GmbH & Co. KG", "AG", "KG", "eG")
CITIES = (
    ("10115", "Berlin"),
    ("20095", "Hamburg"),
    ("28195", "Bremen"),
    ("30159", "Hannover"),
    ("44135", "Dortmund"),
    ("50667", "Köln"),
    ("60311", "Frankfurt am Main"),
    ("70173", "Stuttgart"),
    ("80331", "München"),
    ("89073", "Ulm"),
    ("90402", "Nürnberg"),
    ("01067", "Dresden"),
    ("18055", "Rostock"),
)
INTERESTS = ("dach", "carport", "speicher", "wartung", "finanzierung")
PAGES = (
    ("/", "Nordlicht Solartechnik"),
    ("/produkte/dachanlagen/", "Dachanlagen für Betriebe"),
    ("/produkte/speicher/", "Stromspeicher"),
    ("/ratgeber/foerderung/", "Förderung 2026"),
    ("/ratgeber/eigenverbrauch/", "Eigenverbrauch richtig rechnen"),
    ("/referenzen/", "Referenzen"),
    ("/preise/", "Preise und Beispiele"),
    ("/preise/rechner/", "Ertragsrechner"),
    ("/kontakt/", "Kontakt"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where leads come from in the story.

    ``weight`` is its share of all leads, ``readiness`` how ready they are to buy, 0 to 1.
    """

    channel: str
    weight: int
    readiness: float
    details: tuple[str, ...] = field(default=("",))
    has_form: bool = True


SOURCES = (
    Source(Channel.ORGANIC_SEARCH, 22, 0.50, ("Google", "Bing")),
    Source(
        Channel.PAID_SEARCH, 16, 0.42, ("Google Ads: Dachanlage Gewerbe", "Google Ads: Speicher")
    ),
    Source(Channel.WEBSITE, 14, 0.45),
    Source(Channel.FACEBOOK, 11, 0.22, ("Herbst-Whitepaper", "Sommerkampagne")),
    Source(Channel.INSTAGRAM, 8, 0.18, ("Sommerkampagne",)),
    Source(Channel.LINKEDIN, 6, 0.48, ("Fachbeitrag Eigenverbrauch",)),
    Source(Channel.WEBINAR, 7, 0.55, ("Webinar Förderung",)),
    Source(Channel.TRADE_FAIR, 6, 0.52, ("Intersolar", "E-world"), has_form=False),
    Source(Channel.REFERRAL, 4, 0.75, ("Empfehlung",), has_form=False),
    Source(Channel.PHONE, 3, 0.60, has_form=False),
    Source(Channel.COLD_CALL, 3, 0.30, has_form=False),
)


@dataclass(slots=True)
class Character:
    """One person of the story and how ready they are to buy, 0 to 1."""

    number: int
    first_name: str
    last_name: str
    firm: str
    title: str
    postal_code: str
    city: str
    source: Source
    source_detail: str
    interest: str
    employees: int
    readiness: float
    has_consent: bool
    lead_id: int = 0

    @property
    def email(self) -> str:
        """The address; example.org belongs to nobody (RFC 2606)."""
        plain = f"{self.first_name}.{self.last_name}".casefold().translate(_ASCII)
        return (
            f"{''.join(c for c in plain if c.isascii() and c not in ' ')}{self.number}@example.org"
        )

    @property
    def phone(self) -> str:
        """A number that is kept free for films (Bundesnetzagentur); "" for every third."""
        if self.number % 3 == 0 or self.number >= 1000 * len(_FREE_NUMBERS):
            return ""
        return f"{_FREE_NUMBERS[self.number // 1000]} {self.number % 1000:03d}"


_FREE_NUMBERS = ("+49 30 23125", "+49 40 66969", "+49 69 90009", "+49 89 99998")
_ASCII = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ß": "ss",
        "'": "",
        "ş": "s",
        "ç": "c",
        "ğ": "g",
        "ı": "i",
        "ż": "z",
        "ó": "o",
        "ł": "l",
        "é": "e",
        "ë": "e",
    }
)


def invent(dice: Random, number: int) -> Character:
    """Invent a person; the same dice give the same person."""
    source = dice.choices(SOURCES, [source.weight for source in SOURCES])[0]
    postal_code, city = dice.choice(CITIES)
    words = (dice.choice(_NAMES["firm_words"]), dice.choice(_NAMES["firm_kinds"]))
    firm = f"{words[0]} {words[1]} {dice.choice(FIRM_FORMS)}"
    readiness = min(0.98, max(0.02, dice.gauss(source.readiness, 0.2)))
    return Character(
        number=number,
        first_name=dice.choice(_NAMES["first_names"]),
        last_name=dice.choice(_NAMES["last_names"]),
        firm=firm if dice.random() < 0.8 else "",
        title=dice.choice(_NAMES["titles"]),
        postal_code=postal_code,
        city=city,
        source=source,
        source_detail=dice.choice(source.details),
        interest=dice.choice(INTERESTS),
        employees=int(dice.lognormvariate(3.6 + readiness, 0.9)),
        readiness=readiness,
        has_consent=dice.random() < 0.45 + readiness / 2,
    )
