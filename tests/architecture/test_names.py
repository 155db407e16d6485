import re

import pytest

from accounts.events import EVENTS
from leads.kinds import KINDS
from tests.architecture.sources import suites, text

# Past tenses that do not end in -ed.
IRREGULAR = {
    *("begun", "bought", "built", "chosen", "done", "found", "given", "held", "kept", "left"),
    *("lost", "made", "met", "paid", "put", "read", "seen", "sent", "set", "set_up", "sold"),
    *("taken", "told", "won", "written", "shown", "told", "shut", "cut", "drawn", "run", "spent"),
    *(
        "fallen",
        "forgotten",
        "risen",
        "become",
        "withdrawn",
        "undone",
        "due",
        "held_back",
        "come_back",
        "gone_cold",
        "gone_hot",
        "gone_quiet",
        "logged_in",
    ),
}
_CASES = """
A02 A03 A04 A05 A07 A08 A09 A10
C01 C02 C03 C04 C05 C07 C08 C09 C10 C11 C12 C13 C14 C16 C17 C18 C19 C20 C21 C22 C23 C24 C25 C26
C27 C28 C30 D01 D03 D04 D06 D07 D08 D09 D10 E01 E02 E03 E05 E06 E08 E09 E11 E12 E13 E14 E15 E16
E17 E18 E19 E20 F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15 H01 H02 H03 H06 H07 H08
I01 I02 I03 I04 I06 I07 I08 I09 I10 I11 I12 I13 I14 J01 J02 J03 J04 J05 J06 J07 J08 J10 J11 J13
J14 J15 J16 P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11 P12 P13 P14 Q01 Q02 Q03 Q04 Q06 Q07 Q09
R01 R03 R04 R05 R06 R07 R08 R10 R11 R12 T01 T02 T03 T05 T06 T07 W01 W03 W05 W06 W07 W08 W09 W10
W11 W12 W13 W14 X01 X02 X05 X06 X07 X08 X09 X10 X11 Z00 Z01 Z02 Z03 Z04 Z06 Z07 Z08 Z09 Z10 Z11
Z12 Z13 Z15 Z16
"""
CASES = set(_CASES.split())
REQUIREMENTS = {f"S{number:02d}" for number in range(1, 115)}


def is_past(name: str) -> bool:
    """Say whether ``area.verb`` tells of something that happened."""
    match = re.fullmatch(r"[a-z]+(?:_[a-z]+)*\.([a-z]+(?:_[a-z]+)*)", name)
    if not match:
        return False
    verb = match[1]
    last = verb.rsplit("_", 1)[-1]
    return verb in IRREGULAR or last in IRREGULAR or "ed" in {word[-2:] for word in verb.split("_")}


@pytest.mark.parametrize("name", sorted({*KINDS, *EVENTS}))
def test_what_happened_is_told_in_the_past_tense(name):
    assert is_past(name)


@pytest.mark.parametrize("name", ["lead.create", "created", "Lead.created", "lead.owner", "lead."])
def test_the_rule_for_kinds_finds_a_wrong_name(name):
    assert not is_past(name)


@pytest.mark.parametrize("path", suites(), ids=str)
def test_marks_name_rows_that_exist(path):
    used = re.findall(r"\.(requirement|case)\(([^)]*)\)", text(path))
    ids = [(kind, name) for kind, names in used for name in re.findall(r'"(\w+)"', names)]
    wrong = [
        name for kind, name in ids if name not in (REQUIREMENTS if kind == "requirement" else CASES)
    ]

    assert wrong == []
