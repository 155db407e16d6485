from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from capture.definition import Definition
from capture.display import Display, Shape, Trigger
from capture.models import Form
from capture.models.forms import FormKind, FormState


class Page(NamedTuple):
    """One page of the website: the form on it and its address there."""

    form: Form
    url: str

    @property
    def display(self) -> Display:
        """The shape of the form and when it opens."""
        assert self.form.published is not None
        return Definition.from_json(self.form.published.definition).display

    @property
    def opens(self) -> bool:
        """Whether the form opens over the page and is not in it."""
        return self.display.opens

    @property
    def looks(self) -> str:
        """The kind of the form, and its shape where it is another than in the page."""
        kind, shape = self.form.get_kind_display(), self.display.shape
        if not self.opens:
            return kind
        opens = "" if shape == Shape.BUTTON else f", {Trigger(self.display.trigger).label}"
        return f"{kind} · {Shape(shape).label}{opens}"


class DemoSiteMiddleware:
    """Answer on the second port as a website of somebody else that embeds our forms.

    Another port is another origin for the browser, as on a customer's website. It has no session,
    no cookies and no policy of ours.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer what came in on the port of the website, pass on everything else."""
        if not settings.DEMO_SITE_PORT or request.get_port() != str(settings.DEMO_SITE_PORT):
            return self.get_response(request)
        chosen = request.GET.get("language", "")
        known = {code for code, _name in settings.LANGUAGES}
        language = chosen if chosen in known else translation.get_language_from_request(request)
        with translation.override(language):
            return _answer(request, request.path_info.strip("/"), language)


def _is_for(form: Form, language: str) -> bool:
    """Say whether a page in ``language`` lists ``form``: of meetings there is one for each."""
    return form.kind != FormKind.MEETING or form.language == language


def _answer(request: HttpRequest, path: str, language: str) -> HttpResponse:
    forms = Form.objects.filter(state=FormState.PUBLISHED, published__isnull=False).order_by("pk")
    chat = next((form for form in forms if form.kind == FormKind.CHAT), None)
    pages = [
        Page(form, f"/{form.public_id}/?language={language}")
        for form in forms
        if form.kind != FormKind.CHAT and _is_for(form, language)
    ]
    page = next((page for page in pages if str(page.form.public_id) == path), None)
    context = {
        "base_url": settings.BASE_URL,
        "language": language,
        "other": next(code for code, _name in settings.LANGUAGES if code != language),
        "home_url": f"/?language={language}",
        "pages": pages,
        "page": page,
        "chat": chat,
    }
    if path and page is None:
        return render(request, "demo_site/missing.html", context, status=404)
    return render(request, "demo_site/page.html", context)
