"""Who is there for visitors, and how that ends by itself."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.action import writing
from accounts.actor import user_actor
from capture.chat import people
from capture.chat.actions.settings import change_chat_settings
from capture.chat.actions.staff import be_there, keep_there
from capture.chat.models import ChatPresence, ChatSettings
from ground.errors import DomainError, NotAllowedError
from tests.chat.scene import there
from tests.factories import EVERYTHING

pytestmark = pytest.mark.django_db


def test_signing_out_ends_being_there(rep):
    key = there(rep)
    before = people.is_somebody_there(timezone.now())

    with writing("scene"):
        Session.objects.filter(session_key=key).delete()

    assert (before, people.is_somebody_there(timezone.now())) == (True, False)


def test_a_browser_that_reports_no_longer_ends_being_there(rep):
    key = there(rep)
    by, later = user_actor(rep), timezone.now() + timedelta(seconds=80)

    kept = keep_there(session_key=key, by=by, as_of=later)
    then = keep_there(session_key=key, by=by, as_of=later + timedelta(seconds=101))

    assert (kept, then) == (True, False)
    assert not people.is_somebody_there(later + timedelta(seconds=101))


def test_a_colleague_who_was_deactivated_is_not_there(rep):
    there(rep)

    with writing("scene"):
        rep.is_active = False
        rep.save()

    assert not people.is_somebody_there(timezone.now())


def test_out_of_business_hours_nobody_is_there_where_these_are_kept_to(rep):
    people.register_hours(lambda as_of: False)
    there(rep)
    free = people.is_somebody_there(timezone.now())
    values = {
        name: getattr(ChatSettings(), name)
        for name in ("wait_seconds", "idle_minutes", "retention_days", "unknown_days")
    }

    change_chat_settings(by=EVERYTHING, as_of=timezone.now(), only_business_hours=True, **values)

    assert (free, people.is_somebody_there(timezone.now())) == (True, False)
    with pytest.raises(DomainError):
        be_there(True, session_key="x", by=user_actor(rep), as_of=timezone.now())
    assert ChatPresence.objects.count() == 1


def test_who_may_not_answer_is_not_there(viewer):
    with pytest.raises(NotAllowedError):
        be_there(True, session_key="x", by=user_actor(viewer), as_of=timezone.now())
