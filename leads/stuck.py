"""How stuck work about leads is told, also for the rooms above, and what of leads can be stuck."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from ground.due import drop
from ground.stuck import Told, register_queue
from leads.actions.exports import TICK, fail_exports
from leads.following import TICK as MEMBERS
from leads.models import DueExport, DueMember, DueSegment, Lead


def tell_by_lead(
    model: type[Model], say: Callable[[Any, str], str], *, path: str = "lead", also: str = ""
) -> Callable[[Sequence[int]], dict[int, Told]]:
    """Return what tells of rows of ``model`` by their lead, in one query.

    ``path`` leads from the row to the lead, ``also`` to what else ``say(row, name)`` looks at.
    """

    def tell(keys: Sequence[int]) -> dict[int, Told]:
        joined = [f"{path}__company", *filter(None, [also])]
        rows = model._default_manager.filter(pk__in=keys).select_related(*joined)
        return {row.pk: _told(row) for row in rows}

    def _told(row: Any) -> Told:
        lead: Any = row
        for name in path.split("__"):
            lead = getattr(lead, name)
        assert isinstance(lead, Lead)
        return Told(say(row, lead.display_name), reverse("lead_detail", args=[lead.public_id]))

    return tell


def _tell_exports(keys: Sequence[int]) -> dict[int, Told]:
    rows = DueExport.objects.filter(pk__in=keys).select_related("export")
    return {
        row.pk: Told(row.export.file_name, reverse("export_detail", args=[row.export.public_id]))
        for row in rows
    }


def _give_up_exports(keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    exports = DueExport.objects.filter(pk__in=keys).values_list("export_id", flat=True)
    fail_exports(list(exports), by=by)
    return drop(DueExport, keys)


register_queue(
    DueExport,
    tick=TICK,
    label=_("Exports"),
    loss=_("The file is not made; it can be asked for again."),
    tell=_tell_exports,
    discard=_give_up_exports,
)


def _tell_segments(keys: Sequence[int]) -> dict[int, Told]:
    rows = DueSegment.objects.filter(pk__in=keys).select_related("segment")
    return {
        row.pk: Told(
            gettext("Members of “%(segment)s”") % {"segment": row.segment},
            reverse("segment_detail", args=[row.segment.public_id]),
        )
        for row in rows
    }


register_queue(
    DueMember,
    tick=MEMBERS,
    label=_("Leads to look at for segments"),
    loss=_("The lead enters and leaves segments with the next look at all leads, within a day."),
    tell=tell_by_lead(
        DueMember,
        lambda _row, name: gettext("In which segments %(lead)s is") % {"lead": name},
    ),
)
register_queue(
    DueSegment,
    tick=MEMBERS,
    label=_("Segments to work out"),
    loss=_("Its members stay as they are until the next day."),
    tell=_tell_segments,
)
