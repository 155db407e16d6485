from datetime import timedelta

import pytest

from accounts.limits import Limit, clear, forgive, hit, is_over, sweep
from accounts.models import RateCount

pytestmark = pytest.mark.django_db
THREE = Limit("three", 3, timedelta(minutes=10))


def test_the_try_beyond_the_limit_is_refused_until_the_window_is_over(now):
    assert [hit(THREE, "ada", as_of=now) for _ in range(3)] == [None, None, None]

    assert hit(THREE, "ada", as_of=now) == now + timedelta(minutes=10)
    assert hit(THREE, "ada", as_of=now + timedelta(minutes=9)) == now + timedelta(minutes=10)
    assert hit(THREE, "ada", as_of=now + timedelta(minutes=10)) is None


def test_each_limit_and_each_person_is_counted_apart(now):
    other = Limit("other", 3, timedelta(minutes=10))
    for _ in range(4):
        hit(THREE, "ada", as_of=now)

    assert hit(THREE, "bob", as_of=now) is None
    assert hit(other, "ada", as_of=now) is None


def test_a_forgiven_try_leaves_the_others_counted(now):
    for _ in range(3):
        hit(THREE, "ada", as_of=now)

    forgive(THREE, "ada")

    assert not is_over(THREE, "ada", as_of=now)
    assert hit(THREE, "ada", as_of=now) is None
    assert is_over(THREE, "ada", as_of=now)
    assert hit(THREE, "ada", as_of=now) is not None


def test_clearing_forgets_every_try(now):
    for _ in range(4):
        hit(THREE, "ada", as_of=now)

    clear(THREE, "ada")

    assert RateCount.objects.count() == 0


def test_sweeping_removes_only_what_is_over(now):
    hit(THREE, "ada", as_of=now)
    hit(THREE, "bob", as_of=now + timedelta(minutes=5))

    assert sweep(as_of=now + timedelta(minutes=10)) == 1
    assert RateCount.objects.count() == 1


def test_who_is_counted_is_not_readable_in_the_table(now):
    hit(THREE, "ada@example.org", as_of=now)

    assert "ada" not in RateCount.objects.get().key
