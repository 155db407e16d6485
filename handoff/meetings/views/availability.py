"""When somebody can be booked, their calendars, and the address of their own feed."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import request_actor
from accounts.models import User
from accounts.rights import Right
from ground.errors import PermanentError, RetryableError
from ground.toasts import toast
from handoff.calendars.actions import (
    NewCalendar,
    ask_calendar,
    connect_calendar,
    remove_calendar,
)
from handoff.calendars.busy import UnreadableError
from handoff.calendars.caldav import Account, find_calendars
from handoff.calendars.reading import (
    FAILURES,
    check_text,
    clean_address,
    failure_of,
    read_address,
)
from handoff.meetings.actions.types import end_feed, new_feed, set_availability
from handoff.meetings.forms.types import AvailabilityForm, CalendarForm
from handoff.meetings.hours import usual_hours
from handoff.models import Availability, CalendarKind, HostCalendar
from handoff.queries import agreement_in_force
from handoff.views.common import run_form


def _mine(user: User) -> Availability:
    """Return when somebody can be booked; without a row what the agreement says, not stored."""
    row = Availability.objects.filter(user=user).first()
    if row is not None:
        return row
    terms = agreement_in_force()
    return Availability(
        user=user,
        time_zone=user.time_zone,
        region=terms.region,
        hours=usual_hours(terms),
        updated_at=timezone.now(),
    )


def _usual(row: Availability) -> dict[str, Any]:
    return {"time_zone": row.time_zone, "region": row.region, "hours": row.hours}


@login_required
@require_http_methods(["GET", "POST"])
def my_availability(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.HANDOFF_WORK)
    user = get_object_or_404(User, pk=actor.user_id)
    row = _mine(user)
    form = AvailabilityForm(request.POST or None, row=row)

    def act(_form: forms.Form) -> HttpResponse:
        data = form.cleaned_data
        zone, region = data["time_zone"], data["region"]
        hours = form.hours()
        set_availability(hours, time_zone=zone, region=region, by=actor, as_of=timezone.now())
        toast(request, _("Saved."))
        return redirect("my_availability")

    context = _context(user, row)
    return run_form(request, form, act, template="handoff/meetings/mine.html", context=context)


def _context(user: User, row: Availability) -> dict[str, Any]:
    calendars = list(HostCalendar.objects.filter(user=user))
    told = [{"row": one, "failure": FAILURES.get(one.failure, one.failure)} for one in calendars]
    return {"calendars": told, "has_feed": bool(row.feed_hash)}


@login_required
@require_POST
def feed_new(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.HANDOFF_WORK)
    user = get_object_or_404(User, pk=actor.user_id)
    secret = new_feed(usual=_usual(_mine(user)), by=actor, as_of=timezone.now())
    address = f"{settings.BASE_URL}{reverse('meeting_feed', args=[secret])}"
    response = render(request, "handoff/meetings/feed.html", {"address": address})
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def feed_end(request: HttpRequest) -> HttpResponse:
    end_feed(by=request_actor(request), as_of=timezone.now())
    toast(request, _("The address does not work any more."))
    return redirect("my_availability")


@login_required
@require_http_methods(["GET", "POST"])
def calendar_new(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.HANDOFF_WORK)
    form = CalendarForm(request.POST or None)

    def act(_form: forms.Form) -> HttpResponse:
        new = _reachable(form)
        if new is None:
            return run_form_again()
        connect_calendar(new, by=actor, as_of=timezone.now())
        toast(request, _("The calendar is connected and will be read at once."))
        return redirect("my_availability")

    context = {
        "title": _("Connect a calendar"),
        "cancel_url": reverse("my_availability"),
        "crumbs": [(_("My availability"), reverse("my_availability"))],
        "button": _("Connect"),
    }

    def run_form_again() -> HttpResponse:
        shown = {**context, "form": form}
        return render(request, "handoff/form.html", shown, status=422)

    return run_form(request, form, act, context=context)


def _reachable(form: CalendarForm) -> NewCalendar | None:
    """Return the calendar, once its server has answered; else say at the field what is wrong."""
    data = form.cleaned_data
    new = NewCalendar(
        *(data["kind"], data["name"], data["address"], data["username"], data["password"]),
        is_written=data["is_written"],
    )
    address, _host = clean_address(new.address)
    if not address:
        return new
    try:
        if new.kind == CalendarKind.ICS:
            check_text(read_address(address))
            return new
        return _choose(form, new, Account(address, new.username, new.password))
    except (PermanentError, RetryableError, UnreadableError) as error:
        failure = failure_of(error)
        field = "username" if failure == "login" and new.username else "address"
        form.add_error(field, str(FAILURES[failure]))
        return None


def _choose(form: CalendarForm, new: NewCalendar, account: Account) -> NewCalendar | None:
    found = find_calendars(account)
    chosen = next((one for one in found if one.address == form.cleaned_data["chosen"]), None)
    if chosen is None and len(found) == 1:
        (chosen,) = found
    if chosen is None:
        form.offer([(one.address, one.name) for one in found])
        form.add_error("chosen", _("There are several calendars: choose one."))
        form.add_error("password", _("Please enter the password once more."))
        return None
    return NewCalendar(
        *(new.kind, new.name or chosen.name, chosen.address, new.username, new.password),
        is_written=new.is_written,
    )


def _own(act: Callable[[HttpRequest, HostCalendar], str]) -> Callable[..., HttpResponse]:
    """Return a view of one calendar of the reader, which does ``act`` and says what it returns."""

    @login_required
    @require_POST
    def view(request: HttpRequest, public_id: Any) -> HttpResponse:
        actor = request_actor(request)
        actor.require(Right.HANDOFF_WORK)
        rows = HostCalendar.objects.filter(user=actor.user_id).select_related("user")
        toast(request, act(request, get_object_or_404(rows, public_id=public_id)))
        return redirect("my_availability")

    return view


def _remove(request: HttpRequest, calendar: HostCalendar) -> str:
    remove_calendar(calendar, by=request_actor(request), as_of=timezone.now())
    return _("The calendar is not read any more.")


def _read(request: HttpRequest, calendar: HostCalendar) -> str:
    ask_calendar(calendar, by=request_actor(request), as_of=timezone.now())
    return _("The calendar will be read at once.")


calendar_remove = _own(_remove)
calendar_read = _own(_read)
