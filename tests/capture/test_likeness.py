"""When two texts count as the same one, and when they only begin alike."""

import pytest

from capture.guard.likeness import ALIKE, fingerprint
from tests.capture.scene import letter, make_form, submit

TEXT = "We offer you the very best links for your website, ask for our price list number {} today."


def are_alike(one, other):
    shared = len(set(fingerprint(one)) & set(fingerprint(other)))
    return shared >= min(ALIKE, len(fingerprint(one)) or ALIKE)


@pytest.mark.parametrize(
    "other",
    [
        TEXT.format(4711),
        TEXT.format(5).upper(),
        f"{TEXT.format(5)} https://example.org/{'x' * 20}",
    ],
)
def test_numbers_letters_and_links_make_no_other_text(other):
    assert are_alike(TEXT.format(5), other)


def test_what_is_left_without_a_telephone_number_is_too_short_to_compare():
    assert fingerprint("Bitte rufen Sie mich zurück unter 0170 1234567890.") == []


def test_thousands_who_begin_with_the_same_polite_words_are_not_alike():
    letters = [set(fingerprint(letter(number))) for number in range(1000)]

    most = max(len(one & other) for i, one in enumerate(letters) for other in letters[:i])

    assert most < ALIKE


@pytest.mark.django_db
def test_a_crowd_that_only_begins_alike_is_let_in_and_one_that_writes_the_same_is_held():
    form = make_form()

    honest = [submit(form, email=f"a{n}@example.org", message=letter(n)) for n in range(12)]
    spam = [submit(form, email=f"b{n}@example.org", message=TEXT.format(n)) for n in range(5)]

    assert {one.state for one in honest} == {"processed"}
    assert [one.state for one in spam] == ["processed"] * 3 + ["quarantined"] * 2
