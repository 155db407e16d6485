from typing import Any

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseRedirect,
)
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.actions.profile import change_profile
from accounts.actor import request_actor
from accounts.models import Theme


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Set language or colours: for a person in the profile, and the language as a cookie too."""
    chosen: dict[str, Any] = {
        name: request.POST[name] for name in ("language", "theme") if name in request.POST
    }
    language = chosen.get("language")
    known = {"language": dict(settings.LANGUAGES), "theme": Theme.values}
    if not chosen or any(value not in known[name] for name, value in chosen.items()):
        return HttpResponseBadRequest()
    if request.user.is_authenticated:
        actor = request_actor(request)
        change_profile(request.user.pk, chosen, by=actor, as_of=timezone.now())
    target = request.POST.get("next", "")
    local = url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    # Not redirect(), which takes a word for the name of a page.
    response = HttpResponseRedirect(target if local else "/")
    if language:
        _keep_language(response, language)
    return response


def _keep_language(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
