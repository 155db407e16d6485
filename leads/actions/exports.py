"""Taking leads out of the house."""

import io
import os
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.action import action
from accounts.actor import Actor, user_actor
from accounts.rights import Right
from ground.due import ask
from ground.errors import DomainError
from ground.listing import BadListRequestError
from ground.ticks import wake
from leads.actors import EXPORTS
from leads.export import LeadColumns, csv_line
from leads.listing import asked_leads
from leads.models import DueExport, ExportState, Lead, LeadExport

EXPORTED = audit.register_event("leads.exported", _("Leads exported"))
DOWNLOADED = audit.register_event("leads.export_downloaded", _("Export downloaded"))
TICK = "leads.export"
KEPT = timedelta(hours=24)
# Up to this many leads come straight away; the answer takes about a second.
DIRECT = 5_000
# With their tags and consents 2,000 leads take about 10 MB.
SLICE = 2_000

_listeners: list[Callable[[LeadExport, datetime], None]] = []


def when_ready(tell: Callable[[LeadExport, datetime], None]) -> None:
    """Call ``tell`` in the transaction in which an export becomes ready."""
    _listeners.append(tell)


@action
def note_export(query: str, count: int, *, by: Actor, as_of: datetime) -> None:
    """Check the right to export and log who takes which leads."""
    by.require(Right.LEADS_EXPORT)
    audit.record(EXPORTED, by=by, as_of=as_of, data={"query": query[:2000], "count": count})


@action
def request_export(query: str, *, by: Actor, as_of: datetime) -> LeadExport:
    """Have the leads of the list at ``query`` written into a file, in the background.

    The one who asks may have one in the making. Raises ``DomainError`` (``export_running``).
    """
    by.require(Right.LEADS_EXPORT)
    if LeadExport.objects.of(by.user_id).filter(state=ExportState.RUNNING).exists():
        raise DomainError("export_running", _("An export of yours is still in the making."))
    count = asked_leads(query, by).count()
    export = LeadExport.objects.create(
        query=query[:10_000], row_count=count, created_by_id=by.user_id, created_at=as_of
    )
    audit.record(
        EXPORTED, by=by, as_of=as_of, about=export, data={"query": query[:2000], "count": count}
    )
    ask(DueExport, "export_id", [export.pk], due_at=as_of)
    wake(TICK)
    return export


def write_slice(export_id: int, *, as_of: datetime) -> bool:
    """Write the next ``SLICE`` leads of an export as the one who asked; says whether more follow.

    Who may not export any more, or is gone, gets nothing; and nobody a list that has lost a part of
    what it was narrowed by.
    """
    export = LeadExport.objects.select_related("created_by").get(pk=export_id)
    owner = export.created_by
    by = user_actor(owner) if owner is not None and owner.is_active else None
    if by is None or not by.may(Right.LEADS_EXPORT):
        fail_exports([export_id], by=EXPORTS)
        return False
    try:
        return continue_export(export_id, by=by, as_of=as_of)
    except BadListRequestError:
        fail_exports([export_id], by=EXPORTS)
        return False


@action
def continue_export(export_id: int, *, by: Actor, as_of: datetime) -> bool:
    """Append the next leads that ``by`` may see to the file; says whether more follow.

    A crash leaves the file longer than ``size`` says: it is cut there before anything is added, so
    that each lead stands in it once.
    """
    by.require(Right.LEADS_EXPORT)
    export = LeadExport.objects.select_for_update(of=("self",)).get(pk=export_id)
    if export.state != ExportState.RUNNING:
        return False
    asked = Lead.objects.filter(pk__in=asked_leads(export.query, by).order_by().values("pk"))
    text = io.StringIO()
    if not export.columns:
        columns = LeadColumns.of(asked, actor=by)
        export.columns = columns.to_json()
        text.write("\ufeff" + csv_line(columns.header))
    columns = LeadColumns.from_json(export.columns, actor=by)
    leads = list(asked.filter(pk__gt=export.after_id).order_by("pk")[:SLICE])
    for row in columns.rows(leads):
        text.write(csv_line(row))
    _append(export, text.getvalue().encode())
    export.done_count += len(leads)
    if len(leads) < SLICE:
        export.state, export.finished_at = ExportState.READY, as_of
        export.expires_at = as_of + KEPT
    else:
        export.after_id = leads[-1].pk
    export.save()
    if export.state == ExportState.READY:
        for tell in _listeners:
            tell(export, as_of)
    return export.state == ExportState.RUNNING


def _append(export: LeadExport, content: bytes) -> None:
    export.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # SECURITY: nobody else on the machine reads it.
    handle = os.open(export.path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+b") as file:
        file.truncate(export.size)
        file.seek(export.size)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    export.size += len(content)


@action
def fail_exports(export_ids: list[int], *, by: Actor) -> None:
    """Give up exports whose owner may not have them any more; their files go."""
    by.require(Right.LEADS_EXPORT)
    exports = LeadExport.objects.filter(pk__in=export_ids, state=ExportState.RUNNING)
    for export in exports.select_for_update(of=("self",)):
        export.path.unlink(missing_ok=True)
    exports.update(state=ExportState.FAILED)


@action
def note_download(export: LeadExport, *, by: Actor, as_of: datetime) -> None:
    """Check that the file may still be had and log who takes it."""
    by.require(Right.LEADS_EXPORT)
    audit.record(DOWNLOADED, by=by, as_of=as_of, about=export, data={"count": export.done_count})


@action
def expire_exports(*, by: Actor, as_of: datetime) -> int:
    """Remove the files that were ready a day ago; returns how many."""
    by.require(Right.LEADS_EXPORT)
    old = LeadExport.objects.filter(state=ExportState.READY, expires_at__lte=as_of)
    exports = list(old.order_by("pk").select_for_update(of=("self",))[:500])
    for export in exports:
        export.path.unlink(missing_ok=True)
    LeadExport.objects.filter(pk__in=[export.pk for export in exports]).update(
        state=ExportState.EXPIRED
    )
    return len(exports)
