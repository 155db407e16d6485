from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.action import writing
from ground.due import queues
from ground.models import TickRun
from ground.ticks import TICKS
from scoring.models import DueScore
from tests.factories import make_lead


@pytest.fixture
def ticking(db) -> None:
    """Every tick has started just now."""
    now = timezone.now()
    TickRun.objects.bulk_create(
        TickRun(name=name, started_at=now, finished_at=now, succeeded_at=now) for name in TICKS
    )


@pytest.fixture
def due_row(db) -> DueScore:
    """A lead whose score is due now; nothing else is due."""
    lead = make_lead()
    with writing("scene"):
        for queue in queues():
            queue.objects.all().delete()
        return DueScore.objects.create(lead=lead, due_at=timezone.now())


@pytest.fixture
def late_row(due_row: DueScore) -> DueScore:
    """The same six minutes later."""
    with writing("scene"):
        due_row.due_at -= timedelta(minutes=6)
        due_row.save()
    return due_row
