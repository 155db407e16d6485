from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import wraps
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

SHOWN = 200
# A mail may look as it likes, but runs nothing and calls nobody.
_MAIL_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src 'self' data:",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
    )
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of the folder: the name of its file, when it came, and what it says."""

    name: str
    at: datetime
    message: EmailMessage

    @property
    def subject(self) -> str:
        """The subject line."""
        return str(self.message.get("Subject", ""))

    @property
    def sender(self) -> str:
        """The From line."""
        return str(self.message.get("From", ""))

    @property
    def receivers(self) -> list[str]:
        """Those whom it was really for, hidden copies included."""
        return [str(address) for address in self.message.get_all("X-Envelope-To", [])]

    @property
    def text(self) -> str:
        """The plain text."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """The HTML part, "" without one."""
        return self._part("html")

    @property
    def attachments(self) -> list[str]:
        """The names of the attached files."""
        return [part.get_filename() or "" for part in self.message.iter_attachments()]

    def _part(self, kind: str) -> str:
        body = self.message.get_body((kind,))
        return str(body.get_content()) if body else ""


def _demo_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def answer(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return answer


@_demo_only
@never_cache
@require_GET
def demo_mails(request: HttpRequest) -> HttpResponse:
    paths = sorted(_folder().glob("*.eml"), reverse=True)[:SHOWN]
    return render(request, "demo/mails.html", {"mails": [_read(path) for path in paths]})


@_demo_only
@never_cache
@require_GET
def demo_mail(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "demo/mail.html", {"mail": _mail(name)})


@_demo_only
@never_cache
@xframe_options_sameorigin
@require_GET
def demo_mail_html(request: HttpRequest, name: str) -> HttpResponse:
    html = _mail(name).html
    # SECURITY: HTML of a mail, so no script may run in it and it counts as another origin.
    return HttpResponse(
        f'<base target="_blank">{html}', headers={"Content-Security-Policy": _MAIL_POLICY}
    )


def _folder() -> Path:
    return Path(settings.VAR_DIR / "mails")


def _mail(name: str) -> Mail:
    path = _folder() / f"{name}.eml"
    if not path.is_file():
        raise Http404
    return _read(path)


def _read(path: Path) -> Mail:
    message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    nanoseconds = int(path.name.partition("-")[0])
    return Mail(path.stem, datetime.fromtimestamp(nanoseconds / 1e9, UTC), message)
