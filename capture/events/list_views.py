from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actor import request_actor
from accounts.rights import Right
from capture.events.forms import AttendanceForm
from capture.events.lists import compare, stage_list, take_list
from capture.events.models import AttendanceList, Event
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.toasts import toast
from leads.export import csv_line, harmless

SHOWN = 50


@login_required
@require_http_methods(["GET", "POST"])
def attendance_create(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a list of who was there."""
    actor = request_actor(request)
    actor.require(Right.EVENTS_MANAGE)
    event = get_object_or_404(Event, public_id=public_id)
    is_sent = request.method == "POST"
    form = AttendanceForm(request.POST, request.FILES) if is_sent else AttendanceForm()
    if is_sent and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            found = stage_list(
                event.pk, file.read(), file_name=file.name, by=actor, as_of=timezone.now()
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            return redirect("attendance_list", found.public_id)
    context = {"form": form, "event": event}
    status = 422 if form.errors else 200
    return render(request, "capture/events/attendance_create.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def attendance_list(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show what a list would change, and take it over."""
    actor = request_actor(request)
    actor.require(Right.EVENTS_MANAGE)
    attendance = get_object_or_404(
        AttendanceList.objects.select_related("event"), public_id=public_id
    )
    if request.method == "POST":
        try:
            _list, count = take_list(
                attendance.pk,
                others_absent="others_absent" in request.POST,
                by=actor,
                as_of=timezone.now(),
            )
        except DomainError as error:
            toast(request, str(error), level=messages.ERROR)
            return redirect("attendance_list", public_id)
        said = ngettext("%(count)s registration marked.", "%(count)s registrations marked.", count)
        toast(request, said % {"count": count})
        return redirect("event_detail", attendance.event.public_id)
    found = compare(attendance)
    context = {
        "list": attendance,
        "event": attendance.event,
        "found": found,
        "matched": found.matched[:SHOWN],
        "unmatched": found.unmatched[:SHOWN],
    }
    return render(request, "capture/events/attendance_list.html", context)


@login_required
@require_GET
def attendance_unmatched(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Hand out the lines that name nobody who registered, as they came."""
    request_actor(request).require(Right.EVENTS_MANAGE)
    attendance = get_object_or_404(
        AttendanceList.objects.select_related("event"), public_id=public_id
    )
    rows = [[_("Row"), *attendance.header]]
    rows += [[str(row["number"]), *row["cells"]] for row in compare(attendance).unmatched]
    lines = (csv_line([harmless(cell) for cell in row]) for row in rows)
    response = HttpResponse("\ufeff" + "".join(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="unmatched.csv"'
    response["Cache-Control"] = "private, no-store"
    return response
