"""What a page asks before it does anything: a login, a right, a login that is fresh."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.actor import request_actor
from accounts.adapter import has_fresh_login
from accounts.limits import Limit, hit
from accounts.models import User
from accounts.rights import Right
from accounts.visitors import client_network

View = Callable[..., HttpResponse]

# The pages behind a secret link: a link is long enough by itself, this keeps the guessing down.
LINKS = Limit("link_network", 30, timedelta(minutes=10))


def right_required(*rights: Right) -> Callable[[View], View]:
    """Show the view to people who have one of ``rights``; 403 for the others who are logged in."""

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            request_actor(request).require(*rights)
            return view(request, *args, **kwargs)

        return run

    return decorate


def fresh_login_required(view: View) -> View:
    """Ask for the password or second factor when the last proof is older than fifteen minutes.

    A form that was sent is kept and goes on afterwards. Stands below ``right_required``.
    """

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not has_fresh_login(request):
            raise ReauthenticationRequired
        return view(request, *args, **kwargs)

    return run


def current_person(request: HttpRequest) -> User:
    """Return the person who is logged in, fresh from the database."""
    return User.objects.get(public_id=request.user.public_id)  # type: ignore[union-attr]


def limited(view: View) -> View:
    """Let one network call the page behind a secret link thirty times in ten minutes."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if hit(LINKS, client_network(request), as_of=timezone.now()):
            return render(request, "account/too_many.html", status=429)
        return view(request, *args, **kwargs)

    return run
