from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from capture.quotes.formula import read_formula, round_to
from ground.errors import DomainError

VALUES = {"q_1": Decimal(12), "q_2": Decimal("2.5")}


@pytest.mark.requirement("S20")
@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("2 + 3 * 4", "14"),
        ("(2 + 3) * 4", "20"),
        ("10 - 4 - 3", "3"),
        ("100 / 10 / 2", "5"),
        ("-q_1 + 20", "8"),
        ("--3", "3"),
        ("q_1 * q_2", "30"),
        ("q_9 + 1", "1"),
        ("1.234,50 + 0,5", "1235.0"),
        ("12.5 * 2", "25.0"),
        ("200 * 19 %", "38"),
        ("0.1 + 0.2", "0.3"),
        ("1 / 3 * 3", "0.9999999999999999999999999999"),
        ("min(q_1; 5; 7)", "5"),
        ("max(q_1; 5)", "12"),
        ("round(2,345; 0,01)", "2.35"),
        ("round(2,5)", "3"),
        ("ceil(q_1 / 5)", "3"),
        ("floor(q_1; 5)", "10"),
        ("if(q_1 > 10; 90; 100)", "90"),
        ("if(q_1 <= 10; 1 / 0; 7)", "7"),
        ("(q_1 = 12) * 3 + (q_1 <> 12)", "3"),
    ],
)
def test_formulas_are_calculated_as_people_would(text, result):
    assert read_formula(text).calculate(VALUES) == Decimal(result)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "1 +", "* 2", "(1", "1)", "1 2", "q_1 q_2", "min()", "if(1; 2)", "round(1; 2; 3)",
        "1.2.3", "__import__('os')", "q_1.real", "9**9", "2 ^ 3", "a[0]", "1 < 2 < 3", "π", "1;2",
        "(" * 50 + "1" + ")" * 50, "-" * 200 + "1", "1+" * 600 + "1",
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused_in_words(text):
    with pytest.raises(DomainError) as refusal:
        read_formula(text)

    assert refusal.value.code == "formula_invalid"
    assert str(refusal.value.message)


@pytest.mark.parametrize(
    "text", ["1 / 0", "q_1 / (q_2 - 2,5)", "999999999999 * 999", "round(1; 0)"]
)
def test_what_has_no_result_is_said(text):
    with pytest.raises(DomainError):
        read_formula(text).calculate(VALUES)


@given(some.text("q_0123456789+-*/(),.;<>=%minaxroudf ", max_size=60))
def test_whatever_is_written_is_read_or_refused_and_never_breaks(text):
    with suppress(DomainError):
        read_formula(text).calculate(VALUES)


@given(
    some.decimals(-10_000, 10_000, places=4), some.sampled_from(["0.01", "0.05", "1", "5", "50"])
)
def test_what_is_rounded_is_a_multiple_of_the_step_and_near(value, step):
    rounded = round_to(value, Decimal(step))

    assert rounded % Decimal(step) == 0
    assert abs(rounded - value) <= Decimal(step) / 2
