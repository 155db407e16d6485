from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# What visitors of other websites reach. None of it may depend on a session.
PUBLIC_FOLDERS = ("/f/", "/confirm/")
PUBLIC_PATHS = frozenset({"/embed.js", "/t.js", "/t"})


class PublicDoorMiddleware:
    """Forget at the public doors who is signed in.

    They work without the database and know nobody: a session cookie that came along would be looked
    up there, and a form would behave differently for its own author.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request without its session."""
        path = request.path_info
        if path.startswith(PUBLIC_FOLDERS) or path in PUBLIC_PATHS:
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        return self.get_response(request)
