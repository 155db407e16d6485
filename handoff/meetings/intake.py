"""What makes a form that asks for a meeting more than a form: the slot becomes a meeting."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from capture.definition import Definition
from capture.intake import Intake
from capture.judging import Judged
from capture.kinds import Slice, register_slice
from capture.models import FormKind
from capture.outage import DatabaseAwayError, with_database
from capture.problems import Problem
from capture.snapshots import PublicForm
from ground import days
from ground.errors import ConflictError
from handoff.actions.tasks import NewTask, create_tasks
from handoff.activities import MEETING_ASKED
from handoff.authority import ASSIGNER
from handoff.meetings.actions.booking import Wish, confirm_meetings, take_slot
from handoff.meetings.links import page_link, read_host
from handoff.meetings.slots import clean_zone, hosts_of, parse_moment
from handoff.models import Meeting, MeetingState, MeetingType, TaskKind, TaskOrigin
from handoff.queries import agreement_in_force
from leads.actions.timeline import NewActivity, record
from leads.models import Lead

# What the page of a type sends beside the answers.
SLOT, ZONE, WITH = "slot", "zone", "with"


def wish_of(
    key: UUID, kind: MeetingType, language: str, judged: Judged, *, as_of: datetime
) -> Wish | None:
    """Return what a submission asks for; None when it names no time."""
    at = parse_moment(judged.fields.first(SLOT))
    if at is None:
        return None
    return Wish(
        key=key,
        kind=kind,
        at=at,
        zone=clean_zone(judged.fields.first(ZONE), str(days.zone())),
        language=language,
        email=judged.answers.email,
        note=judged.answers.message,
        host=read_host(judged.fields.first(WITH), as_of=as_of),
    )


def check(definition: Definition) -> list[Problem]:
    """Refuse a form that cannot confirm what it books."""
    if any(spec.name == "email" and spec.required for spec in definition.fields):
        return []
    message = _(
        "A meeting is confirmed by e-mail: ask for the address, as a field to be filled in."
    )
    return [Problem("email_missing", "fields", message)]


def follow_up(items: Sequence[Intake], by: Actor, as_of: datetime) -> None:
    """Book what was asked for; what was held for some time gets its slot when it is still free."""
    forms = {item.form.pk for item in items}
    kinds: dict[int, MeetingType] = {}
    for kind in MeetingType.objects.filter(Q(form_de__in=forms) | Q(form_en__in=forms)):
        kinds |= {kind.form_de_id: kind, kind.form_en_id: kind}
    keys = [item.submission.pk for item in items]
    known = {row.submission_id: row for row in Meeting.objects.filter(submission__in=keys)}
    leads: dict[int, int] = {}
    for item in items:
        found = kinds.get(item.form.pk)
        wish = found and wish_of(
            item.submission.pk, found, item.form.language, item.judged, as_of=item.received_at
        )
        if not wish or not item.submission.lead_id:
            continue
        meeting = known.get(item.submission.pk)
        try:
            if meeting is None or meeting.state == MeetingState.DROPPED:
                meeting = take_slot(wish, by=by, as_of=as_of)
        except ConflictError:
            _offer_another(wish, item.submission.lead_id, by=by, as_of=as_of)
        else:
            leads[meeting.pk] = item.submission.lead_id
    confirm_meetings(leads, by=by, as_of=as_of)


def _offer_another(wish: Wish, lead_id: int, *, by: Actor, as_of: datetime) -> None:
    """Have somebody offer another time: the visitor has gone, and the slot as well."""
    local = wish.at.astimezone(ZoneInfo(wish.zone)).isoformat()
    names = {"de": wish.kind.name_de, "en": wish.kind.name_en}
    data = {"type": str(wish.kind.public_id), "names": names, "starts_at": local}
    key = f"meeting_asked:{wish.key}"
    record([NewActivity(lead_id, MEETING_ASKED, as_of, data, dedupe_key=key)], by=by, as_of=as_of)
    lead = Lead.objects.get(pk=lead_id)
    host = hosts_of(wish.kind).first()
    task = NewTask(
        lead_id,
        agreement_in_force().hours.next_open(as_of),
        TaskKind.MEETING,
        gettext("Offer another time for a meeting"),
        lead.owner_id or (host.pk if host else None),
        origin=TaskOrigin.CALLBACK,
        origin_key=f"meeting:{wish.key}",
    )
    create_tasks([task], by=ASSIGNER, as_of=as_of)


def page_of(form: PublicForm) -> str:
    """Return the page on which a time is chosen as well; "" for a form without a type."""
    forms = Q(form_de__public_id=form.public_id) | Q(form_en__public_id=form.public_id)
    try:
        kind = with_database(lambda: MeetingType.objects.filter(forms).first())
    except DatabaseAwayError:
        return ""
    return page_link(kind, form.language) if kind else ""


register_slice(Slice(frozenset({FormKind.MEETING}), check, follow_up=follow_up, page=page_of))
