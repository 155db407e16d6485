"""How many mails that ask for a confirmation may go out within an hour: of one form, and in all."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count

from capture.guard.models import ONLY, GuardSettings
from capture.guard.rules import settings
from capture.models.submissions import OptIn

WINDOW = timedelta(hours=1)
_listeners: list[Callable[[datetime], None]] = []


def when_flooded(tell: Callable[[datetime], None]) -> None:
    """Call ``tell`` in the transaction in which mails are held, at most once an hour."""
    _listeners.append(tell)


@dataclass(slots=True)
class Room:
    """How many more mails may go out now: by form, and in all."""

    by_form: dict[int | None, int]
    in_all: int

    def take(self, form: int | None) -> bool:
        """Say whether one more of ``form`` may go out, and count it."""
        if self.in_all <= 0 or self.by_form[form] <= 0:
            return False
        self.in_all -= 1
        self.by_form[form] -= 1
        return True


def room_left(forms: Collection[int | None], *, as_of: datetime) -> Room:
    """Return how many more mails may go out within the hour before ``as_of``.

    What came by no form counts as one form.
    """
    row = settings()
    recent = OptIn.objects.filter(requested_at__gt=as_of - WINDOW, held_at=None)
    counts = dict(recent.order_by().values_list("form").annotate(total=Count("pk")))
    by_form = {form: row.optins_per_form - counts.get(form, 0) for form in forms}
    return Room(by_form, row.optins_in_all - sum(counts.values()))


def sound_alarm(as_of: datetime) -> None:
    """Tell whoever listens, once an hour; for actions."""
    with transaction.atomic():
        GuardSettings.objects.bulk_create([GuardSettings()], ignore_conflicts=True)
        row = GuardSettings.objects.select_for_update().get(pk=ONLY)
        if row.alarmed_at is not None and row.alarmed_at > as_of - WINDOW:
            return
        row.alarmed_at = as_of
        row.save(update_fields=["alarmed_at"])
        for tell in _listeners:
            tell(as_of)
