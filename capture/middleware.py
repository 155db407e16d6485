from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render

from accounts.visitors import client_network
from capture.guard import throttle

# What visitors of other websites reach. None of it may depend on a session.
PUBLIC_FOLDERS = ("/f/", "/confirm/", "/d/", "/hooks/", "/l/", "/chat/", "/submissions/v3/")
# What is opened by an id or token that nobody can guess.
SECRET_FOLDERS = (*PUBLIC_FOLDERS, "/c/", "/o/", "/u/")
# Where leads are posted to: one sender that knocks at a closed door must not close the others.
POSTED_FOLDERS = ("/f/", "/hooks/", "/chat/", "/submissions/v3/")
SHORT_LINKS = "/l/"
PUBLIC_PATHS = frozenset({"/chat.js", "/embed.js", "/shapes.js", "/t.js", "/t"})


class PublicDoorMiddleware:
    """Forget at the public doors who is signed in.

    They work without the database and know nobody: a session cookie that came along would be looked
    up there, and a form would behave differently for its own author.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request without its session."""
        if is_public(request.path_info):
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        return self.get_response(request)


def is_public(path: str) -> bool:
    """Say whether ``path`` belongs to a public door."""
    return path.startswith(PUBLIC_FOLDERS) or path in PUBLIC_PATHS


class PublicGzipMiddleware(GZipMiddleware):
    """Send visitors what they read in a third of the bytes; most of them come by telephone.

    SECURITY: nothing there is secret and the same for two requests, so that its length tells
    nothing (BREACH). Pages of people who are signed in are left as they are, and so are files.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compress texts of public doors."""
        kind = response.get("Content-Type", "").partition(";")[0]
        is_text = kind.startswith("text/") or kind == "application/json"
        if not is_text or not is_public(request.path_info):
            return response
        return super().process_response(request, response)


class GuessingMiddleware:
    """Send networks away for a minute that ask for many public addresses which are not there.

    Ids and tokens are too long to be found; this keeps the search off the database. Posts of forms
    have limits of their own, so that no lead is lost to a neighbour who guesses.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, or 429 to whoever guessed too often."""
        path = request.path_info
        is_form_post = request.method == "POST" and path.startswith(POSTED_FOLDERS)
        if is_form_post or not path.startswith(SECRET_FOLDERS):
            return self.get_response(request)
        who = client_network(request)
        guesses = throttle.link_guesses if path.startswith(SHORT_LINKS) else throttle.guesses
        if guesses.is_over(who):
            response = render(request, "account/too_many.html", status=429)
            response["Retry-After"] = str(int(guesses.seconds))
            return response
        response = self.get_response(request)
        if response.status_code == 404:
            guesses.hit(who)
        return response
