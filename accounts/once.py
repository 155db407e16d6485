"""A page that makes something is obeyed once, however often it is sent.

A double click, an impatient reload and a proxy that tries again all send the same body. The page
carries a number (``{% once %}``); the first request with number and body does the work and notes
where it led, in the same transaction. A second one that arrives meanwhile waits for it at the
unique index. The body counts, as a page that the browser kept may be filled in anew.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import SentPage, User
from ground.toasts import toast

FIELD = "once"
LIFE = timedelta(hours=24)

View = Callable[..., HttpResponse]


def once(view: View) -> View:
    """Let ``view`` answer a repeated post with the address that the first one led to.

    A post that was refused, or led nowhere else, is not remembered: it changed nothing. Without
    the number the view is called as it is.
    """

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" or not request.POST.get(FIELD):
            return view(request, *args, **kwargs)
        assert isinstance(request.user, User)
        with transaction.atomic():
            row = SentPage(
                user=request.user, content_hash=_hash(request), created_at=timezone.now()
            )
            SentPage.objects.bulk_create([row], ignore_conflicts=True)
            kept = SentPage.objects.get(user=request.user, content_hash=row.content_hash)
            if kept.location:
                toast(request, _("You sent this twice. It is saved once."))
                return HttpResponseRedirect(kept.location)
            response = view(request, *args, **kwargs)
            if isinstance(response, HttpResponseRedirect):
                SentPage.objects.filter(pk=kept.pk).update(location=response.url)
            else:
                transaction.set_rollback(True)
            return response

    return run


def forget(request: HttpRequest) -> None:
    """Obey again what this person sent before: what they take away they may make anew."""
    assert isinstance(request.user, User)
    SentPage.objects.filter(user=request.user).delete()


def sweep(*, as_of: datetime) -> int:
    """Forget what was sent after a day; returns how many."""
    return SentPage.objects.filter(created_at__lt=as_of - LIFE).delete()[0]


def _hash(request: HttpRequest) -> str:
    digest = hashlib.sha256(request.get_full_path().encode())
    for name, values in sorted(request.POST.lists()):
        if name != "csrfmiddlewaretoken":
            digest.update(repr((name, values)).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest.update(repr((name, file.name, file.size)).encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return digest.hexdigest()
