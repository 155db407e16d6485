"""What people decide teaches; nobody else does."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q

from accounts import audit
from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.activities import GUARD_RESET
from capture.guard.models import Decision, LearnedSign

# What was right long ago may be wrong by now.
KEPT = timedelta(days=400)
BATCH = 500
_ADD = """
    INSERT INTO capture_learnedsign AS known (sign, good, spam)
    SELECT * FROM unnest(%s::text[], %s::int[], %s::int[])
    ON CONFLICT (sign) DO UPDATE SET
        good = known.good + EXCLUDED.good, spam = known.spam + EXCLUDED.spam
"""
# Beside it, as what is proposed must be above 0 even where it is only to be subtracted.
_TAKE = """
    UPDATE capture_learnedsign known SET
        good = GREATEST(0, known.good - less.good), spam = GREATEST(0, known.spam - less.spam)
    FROM unnest(%s::text[], %s::int[], %s::int[]) AS less (sign, good, spam)
    WHERE known.sign = less.sign
"""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is to be learned from one decision; ``key`` names what was decided about."""

    key: str
    is_spam: bool
    signs: Sequence[str]


@action
def teach(lessons: Sequence[Lesson], *, by: Actor, as_of: datetime) -> int:
    """Learn from decisions; returns how many are new or changed.

    Each thing teaches once: deciding the other way takes back what was learned from it. Needs the
    right to manage forms, so that no visitor can teach.
    """
    by.require(Right.FORMS_MANAGE)
    given = {lesson.key: lesson for lesson in lessons}
    before = Decision.objects.filter(key__in=given).order_by("key")
    known = {row.key: row for row in before.select_for_update(of=("self",))}
    new = [
        lesson
        for key, lesson in sorted(given.items())
        if key not in known or known[key].is_spam != lesson.is_spam
    ]
    _forget([known[lesson.key] for lesson in new if lesson.key in known])
    Decision.objects.bulk_create(
        Decision(
            key=lesson.key,
            is_spam=lesson.is_spam,
            signs=list(lesson.signs),
            decided_at=as_of,
            decided_by=by.label[:150],
        )
        for lesson in new
    )
    _count(_ADD, [(lesson.is_spam, lesson.signs) for lesson in new])
    return len(new)


@action
def unteach(keys: Sequence[str], *, by: Actor, as_of: datetime) -> int:
    """Forget what was learned from these; returns how many."""
    by.require(Right.FORMS_MANAGE)
    rows = Decision.objects.filter(key__in=keys).order_by("key")
    return _forget(list(rows.select_for_update(of=("self",))))


@action
def reset_learning(*, by: Actor, as_of: datetime) -> int:
    """Forget everything that was learned; returns how many decisions that were."""
    by.require(Right.FORMS_MANAGE)
    count, _by_model = Decision.objects.all().delete()
    LearnedSign.objects.all().delete()
    audit.record(GUARD_RESET, by=by, as_of=as_of, data={"decisions": count})
    return count


@action
def forget_decisions(*, by: Actor, as_of: datetime) -> int:
    """Take back what was decided long ago; returns how many, at most ``BATCH`` a call."""
    old = Decision.objects.filter(decided_at__lt=as_of - KEPT).order_by("key")
    return _forget(list(old.select_for_update(of=("self",), skip_locked=True)[:BATCH]))


def _forget(rows: Sequence[Decision]) -> int:
    if rows:
        _count(_TAKE, [(row.is_spam, row.signs) for row in rows])
        Decision.objects.filter(pk__in=[row.pk for row in rows]).delete()
        LearnedSign.objects.filter(Q(good=0, spam=0)).delete()
    return len(rows)


def _count(statement: str, decided: Sequence[tuple[bool, Sequence[str]]]) -> None:
    """Add each sign of each decision, or take it away; in one order, against deadlocks."""
    good: Counter[str] = Counter()
    spam: Counter[str] = Counter()
    for is_spam, signs in decided:
        (spam if is_spam else good).update(set(signs))
    names = sorted({*good, *spam})
    if not names:
        return
    rows = LearnedSign.objects.filter(sign__in=names).order_by("sign").select_for_update()
    list(rows.values_list("pk"))
    with connection.cursor() as cursor:
        cursor.execute(
            statement, [names, [good[name] for name in names], [spam[name] for name in names]]
        )
