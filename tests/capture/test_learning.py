from datetime import timedelta

import pytest
from django.utils import timezone, translation

from accounts.actor import VISITOR
from accounts.events import EVENTS
from accounts.models import AuditEntry
from capture.actions.submissions import (
    discard_submissions,
    release_submissions,
    take_back_decisions,
)
from capture.guard.actions.learning import (
    Lesson,
    forget_decisions,
    reset_learning,
    teach,
)
from capture.guard.knowledge import MOST_AGAINST, MOST_FOR
from capture.guard.models import Decision, LearnedSign
from capture.judging import HONEYPOT
from capture.models import Submission
from capture.words import told_reason
from ground.errors import NotAllowedError
from tests.capture.scene import make_form, submit, work
from tests.factories import EVERYTHING

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def reasons(row):
    return {item["code"]: item["points"] for item in row.verdict["reasons"]}


def taught(good=0, spam=0, *, good_signs=(), spam_signs=()):
    """Have ``good`` things let through and ``spam`` put away that carry these signs."""
    lessons = [Lesson(f"good:{number}", False, good_signs) for number in range(good)]
    lessons += [Lesson(f"spam:{number}", True, spam_signs) for number in range(spam)]
    teach(lessons, by=EVERYTHING, as_of=NOW)


def release(row):
    release_submissions([row.pk], by=EVERYTHING, as_of=timezone.now())
    work()
    return Submission.objects.get(pk=row.pk)


def test_a_sender_who_was_let_through_is_not_held_again_for_the_same_weak_signs():
    form = make_form()
    held = submit(form, email="eva@mailinator.com")

    released = release(held)
    again = submit(form, email="eva@mailinator.com", message="Noch eine Frage dazu.")
    other = submit(form, email="max@mailinator.com")

    assert (held.state, released.state) == ("quarantined", "processed")
    assert again.state == "processed"
    assert reasons(again) == {"disposable": 50, "known_sender": -50}
    assert other.state == "quarantined"


def test_a_sender_who_was_let_through_is_held_for_a_strong_sign():
    form = make_form()
    release(submit(form, email="eva@mailinator.com"))

    trapped = submit(form, email="eva@mailinator.com", **{HONEYPOT: "x"})
    link = submit(form, email="eva@mailinator.com", first_name="www.evil.example")

    assert (trapped.state, link.state) == ("quarantined", "quarantined")


def test_a_text_that_was_let_through_may_come_from_many():
    form = make_form(language="de")
    text = "Ich interessiere mich für Ihr Angebot und bitte um einen Rückruf am Vormittag."
    rows = [submit(form, email=f"a{number}@example.org", message=text) for number in range(4)]

    release(rows[-1])
    after = submit(form, email="z@example.org", message=text)

    assert rows[-1].state == "quarantined"
    assert (after.state, reasons(after)) == ("processed", {})


def test_words_of_spam_add_to_a_weak_sign_and_hold_nobody_alone():
    words = [f"word:{word}" for word in ("casino", "bonus", "jackpot", "freispiele")]
    taught(10, 15, good_signs=["word:angebot"], spam_signs=words)
    form = make_form()
    text = "Casino Bonus Jackpot Freispiele"

    alone = submit(form, message=text)
    linked = submit(form, email="b@example.org", message=f"{text} https://a.example www.b.example")

    assert reasons(alone) == {"learned_spam": MOST_AGAINST}
    assert (alone.state, linked.state) == ("processed", "quarantined")
    assert reasons(linked) == {"links": 30, "learned_spam": MOST_AGAINST}


def test_what_was_let_through_takes_weight_from_weak_signs_alone():
    signs = ["domain:mailinator.com", "word:regale", "word:lager", "word:kassel"]
    taught(15, 10, good_signs=signs, spam_signs=["word:casino"])
    form = make_form()

    weak = submit(form, email="x@mailinator.com", message="Regale, Lager, Kassel")
    trapped = submit(
        form, email="x@mailinator.com", message="Regale, Lager, Kassel", **{HONEYPOT: "x"}
    )

    assert reasons(weak) == {"disposable": 50, "learned_good": -MOST_FOR}
    assert (weak.state, weak.verdict["score"]) == ("processed", 50 - MOST_FOR)
    assert (trapped.state, trapped.verdict["score"]) == ("quarantined", 110)


def test_it_says_why_in_words():
    taught(15, 5, good_signs=["domain:mailinator.com"], spam_signs=["word:casino"])
    teach([Lesson("spam:99", True, ["domain:mailinator.com"])], by=EVERYTHING, as_of=NOW)

    row = submit(make_form(), email="x@mailinator.com")
    told = [told_reason(item) for item in row.verdict["reasons"]]
    with translation.override("de"):
        german = told_reason(row.verdict["reasons"][-1])

    assert told[-1] == (
        "Much of it was let through before. Domain “mailinator.com”: 15 of 16 let through."
    )
    assert german.endswith("Domain „mailinator.com“: 15 von 16 durchgelassen.")


@pytest.mark.parametrize(("good", "spam"), [(19, 0), (0, 40), (4, 40), (40, 4), (9, 10)])
def test_before_enough_was_decided_it_says_nothing(good, spam):
    words = ["word:casino", "word:bonus", "word:jackpot"]
    taught(good, spam, good_signs=["word:angebot"], spam_signs=words)

    row = submit(make_form(), message="Casino Bonus Jackpot")

    assert reasons(row) == {}


def test_visitors_can_teach_nothing():
    form = make_form()
    for number in range(30):
        submit(form, email=f"a{number}@mailinator.com", message="Casino")

    assert (Decision.objects.count(), LearnedSign.objects.count()) == (0, 0)
    with pytest.raises(NotAllowedError):
        teach([Lesson("form:1", False, ["domain:evil.example"])], by=VISITOR, as_of=NOW)
    assert LearnedSign.objects.count() == 0


def test_spam_teaches_and_undo_unteaches_to_the_last_sign():
    row = submit(make_form(), email="eva@mailinator.com")

    discard_submissions([row.pk], by=EVERYTHING, as_of=NOW)
    learned = LearnedSign.objects.get(pk="domain:mailinator.com")
    undone = take_back_decisions([row.pk], by=EVERYTHING, as_of=NOW)

    row.refresh_from_db()
    assert (learned.good, learned.spam) == (0, 1)
    assert (undone.done, row.state) == (1, "quarantined")
    assert (Decision.objects.count(), LearnedSign.objects.count()) == (0, 0)


def test_deciding_the_other_way_replaces_what_was_learned():
    row = submit(make_form(), email="eva@mailinator.com")

    discard_submissions([row.pk], by=EVERYTHING, as_of=NOW)
    release(row)

    learned = LearnedSign.objects.get(pk="domain:mailinator.com")
    assert (learned.good, learned.spam, Decision.objects.count()) == (1, 0, 1)


def test_what_was_let_through_can_be_taken_back_until_it_is_a_lead():
    row = submit(make_form(), email="eva@mailinator.com")
    now = timezone.now()

    release_submissions([row.pk], by=EVERYTHING, as_of=now, due_at=now + timedelta(seconds=10))
    work()
    undone = take_back_decisions([row.pk], by=EVERYTHING, as_of=now)
    work()
    row.refresh_from_db()
    held_again = row.state
    too_late = take_back_decisions([release(row).pk], by=EVERYTHING, as_of=now)

    assert (undone.done, held_again) == (1, "quarantined")
    assert (too_late.done, too_late.skipped) == (0, 1)


def test_a_reset_forgets_everything_and_is_in_the_log():
    taught(3, 4, good_signs=["word:angebot"], spam_signs=["word:casino"])

    count = reset_learning(by=EVERYTHING, as_of=NOW)

    assert count == 7
    assert (Decision.objects.count(), LearnedSign.objects.count()) == (0, 0)
    assert AuditEntry.objects.latest("pk").event in EVENTS
    assert AuditEntry.objects.latest("pk").event == "guard.forgotten"


def test_what_was_decided_long_ago_counts_no_more():
    teach([Lesson("old", True, ["word:casino"])], by=EVERYTHING, as_of=NOW - timedelta(days=401))
    teach([Lesson("new", True, ["word:casino"])], by=EVERYTHING, as_of=NOW)

    assert forget_decisions(by=EVERYTHING, as_of=NOW) == 1
    assert LearnedSign.objects.get().spam == 1
