"""What a page answers whose door has had enough of somebody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from capture.guard.doors import Door
from capture.guard.throttle import Pace

SECONDS = 60


def turned_away(door: Door, request: HttpRequest) -> HttpResponse | None:
    """Count a try at ``door``; return the page that asks to wait once there were far too many.

    For doors behind which nothing can be held: what was asked for is done or it is not.
    """
    if door.enter(request) != Pace.REFUSED:
        return None
    response = render(request, "account/too_many.html", status=429)
    response["Retry-After"] = str(SECONDS)
    response["Cache-Control"] = "no-store"
    return response
