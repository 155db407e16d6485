"""Who and what appears in the made data: people of the organisation, names, fields, tags."""

import json
import tomllib
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import Any

from accounts.actor import system_actor
from accounts.models import Team, User
from accounts.rights import Right, Role
from leadcrm.demo.story.cast import CITIES, INTERESTS, PAGES
from leads.actions.fields import save_field
from leads.kinds import KINDS
from leads.models import FieldDefinition, FieldType, Tag

BY = system_actor("make_data", *Right)
DOMAIN = "made.example"
_HERE = Path(__file__).parent
_FIELDS = (
    ("employees", FieldType.NUMBER, "Mitarbeitende", "Employees", ()),
    ("interest", FieldType.CHOICE, "Interesse", "Interest", INTERESTS),
    ("planned_purchase", FieldType.DATE, "Geplanter Kauf", "Planned purchase", ()),
)


def statement_values(leads: int, *, seed: int, as_of: datetime) -> dict[str, Any]:
    """Return what the statements ask for by name; makes people, fields and tags that are missing.

    There is a rep for each 2,500 leads, from 4 to 40, ten of them in a team.
    """
    words = _words("words.toml") | _words("../demo/story/cast.toml")
    letters = sorted({letter for names in words.values() for name in names for letter in name})
    odd = [letter for letter in letters if not letter.isascii()]
    reps = _reps(max(4, min(40, leads // 2_500)))
    _add_fields(as_of)
    # What before MQL is looked at comes first: prices count.
    cheap = [page for page in PAGES if not page[0].startswith("/preise/")]
    pages = [*cheap, *(page for page in PAGES if page not in cheap)]
    return words | {
        "leads": leads,
        "companies": max(1, leads // 8),
        "seed": seed,
        "as_of": as_of,
        "letters": "".join(odd),
        "plain_letters": "".join(_plain(letter) for letter in odd),
        "interests": list(INTERESTS),
        "places": [" ".join(city) for city in CITIES],
        "pages": [_page(*page) for page in pages],
        "cheap_pages": len(cheap),
        "rep_ids": [rep.pk for rep in reps],
        "rep_teams": [rep.team_id for rep in reps],
        "rep_names": [rep.name for rep in reps],
        "tag_ids": [Tag.objects.get_or_create(name=name)[0].pk for name in words["tags"]],
        "touches": [kind.name for kind in KINDS.values() if kind.is_touch],
    }


def person(name: str, role: str, **values: Any) -> User:
    """Return the made person ``name``, whom nobody can sign in as."""
    email = f"{name}@{DOMAIN}"
    known = User.objects.filter(email=email).first()
    return known or User.objects.create_user(
        email, None, name=name.title(), role=role, language="de", is_sample=True, **values
    )


def _reps(count: int) -> list[User]:
    reps = []
    for number in range(count):
        team, _is_new = Team.objects.get_or_create(name=f"Made team {number // 10 + 1}")
        if number % 10 == 0:
            person(f"manager{number // 10 + 1}", Role.SALES_MANAGER, team=team)
        reps.append(person(f"rep{number + 1}", Role.SALES_REP, team=team))
    return reps


def _add_fields(as_of: datetime) -> None:
    known = dict(FieldDefinition.objects.values_list("key", "field_type"))
    for key, field_type, german, english, choices in _FIELDS:
        if known.get(key, field_type) != field_type:
            raise ValueError(f"There is a field {key} of another type.")
        if key not in known:
            values = {
                "key": key,
                "field_type": field_type,
                "label_de": german,
                "label_en": english,
                "choices": [{"value": value, "de": value, "en": value} for value in choices],
            }
            save_field(None, values, by=BY, as_of=as_of)


def _words(name: str) -> dict[str, list[str]]:
    return tomllib.loads((_HERE / name).read_text("utf-8"))


def _plain(letter: str) -> str:
    """Return the letter without its marks, for addresses."""
    bare = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return bare.lower() or {"ß": "s", "ı": "i", "ł": "l", "ø": "o"}.get(letter.lower(), "x")


def _page(path: str, title: str) -> str:
    return json.dumps({"path": path, "title": title, "host": "www.firma.example"})
