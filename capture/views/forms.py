from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import request_actor
from accounts.once import once
from accounts.rights import Right
from capture.actions.forms import (
    NewForm,
    archive_forms,
    change_form,
    create_forms,
)
from capture.filters import FormFilter
from capture.forms import FormSettingsForm
from capture.models import Form, FormHealth, FormKind
from capture.panels import first_lead
from capture.queries import form_figures, forms_with_figures, rate
from capture.readymade import KEYS, blank, ready_made
from capture.trial_figures import figures_of
from ground.charts import Chart, Series
from ground.listing import Column, Empty, Listing, render_listing
from ground.names import free_name
from ground.toasts import toast
from leads.stages import Channel

FORMS: Listing[Form] = Listing(
    key="forms",
    columns=[
        Column("name", gettext_lazy("Form"), "name", is_main=True),
        Column("state", gettext_lazy("State"), "state"),
        Column("kind", gettext_lazy("Type"), "kind", on_phone=False),
        Column("views", gettext_lazy("Shown (30 days)"), "view_count", is_number=True),
        Column("leads", gettext_lazy("Sent (30 days)"), "lead_count", is_number=True),
        Column("rate", gettext_lazy("Completion"), is_number=True, on_phone=False),
        Column("last", gettext_lazy("Last sent"), "last_lead_at", nulls_last=True),
        Column("updated", gettext_lazy("Changed"), "updated_at", is_optional=True),
    ],
    ordering="name",
    row="capture/forms.html#row",
    row_name="form",
    search=lambda rows, text: rows.filter(name__icontains=text),
    filters=FormFilter,
    empty=Empty(
        gettext_lazy("No forms yet"),
        gettext_lazy("A form on your website brings leads in."),
        gettext_lazy("Create a form"),
        reverse_lazy("form_create"),
        icon="forms",
    ),
)


@login_required
@require_GET
def form_list(request: HttpRequest) -> HttpResponse:
    request_actor(request).require(Right.FORMS_READ)
    page = FORMS.page(request, forms_with_figures(as_of=timezone.now()))
    for form in page.rows:
        form.completion = rate(form.lead_count, form.view_count)  # type: ignore[attr-defined]
    return render_listing(request, "capture/forms.html", page)


@login_required
@require_GET
def first_lead_card(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SUBMISSIONS_READ)
    context = first_lead(actor, request)
    if context is None:
        return HttpResponse()
    if "lead" not in context:
        return HttpResponse(status=204)  # nothing new: what stands there stays
    return render(request, "capture/first_lead.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@once
def form_create(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.FORMS_MANAGE)
    language = str(getattr(request.user, "language", "en"))
    if request.method == "POST":
        key = request.POST.get("template", "")
        (form,) = create_forms([_new_form(key, language)], by=actor, as_of=timezone.now())
        return redirect("form_edit", form.public_id)
    offers = [ready_made(key, language) for key in KEYS]
    return render(request, "capture/form_create.html", {"offers": offers})


def _new_form(key: str, language: str) -> NewForm:
    if key in KEYS:
        made = ready_made(key, language)
        channel = Channel.CHAT if made.kind == FormKind.CHAT else Channel.WEBSITE
        name = _free_name(made.name)
        return NewForm(name, made.kind, made.definition, language=language, channel=channel)
    return NewForm(_free_name(_("New form")), FormKind.CONTACT, blank(language), language=language)


def _free_name(name: str) -> str:
    taken = Form.objects.filter(name__startswith=name).values_list("name", flat=True)
    return free_name(name, set(taken))


@login_required
@require_http_methods(["GET", "POST"])
def form_settings(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.FORMS_MANAGE)
    form = get_object_or_404(Form, public_id=public_id)
    settings = FormSettingsForm(request.POST or None, instance=form)
    if request.method == "POST" and settings.is_valid():
        change_form(form.pk, by=actor, as_of=timezone.now(), **settings.settings())
        toast(request, _("Settings saved."))
        return redirect("form_settings", form.public_id)
    context = {"form": form, "settings": settings, "tabs": form_tabs(form, "settings")}
    status = 422 if settings.errors else 200
    return render(request, "capture/form_settings.html", context, status=status)


@login_required
@require_GET
def form_results(request: HttpRequest, public_id: UUID) -> HttpResponse:
    request_actor(request).require(Right.FORMS_READ)
    form = get_object_or_404(Form, public_id=public_id)
    figures = form_figures(form, as_of=timezone.now())
    chart = Chart(
        "form",
        _("Shown and sent"),
        [date_format(day, "MONTH_DAY_FORMAT") for day, _views, _taken in figures.days],
        (
            Series(_("Shown"), [views for _day, views, _taken in figures.days], "slate"),
            Series(_("Sent"), [taken for _day, _views, taken in figures.days], "teal"),
        ),
        kind="line",
        number=str(figures.taken),
        note=_("sent in 30 days"),
    )
    tabs = form_tabs(form, "results")
    health = FormHealth.objects.filter(form=form).first()
    test = form.tests.select_related("version_a", "version_b").order_by("-pk").first()
    trial = figures_of(test) if test else None
    context = {"form": form, "figures": figures, "chart": chart, "tabs": tabs, "health": health}
    context |= {"test": test, "trial": trial, "arms": (trial.a, trial.b) if trial else ()}
    return render(request, "capture/form_results.html", context)


@login_required
@require_POST
def archive_form(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    form = get_object_or_404(Form, public_id=public_id)
    archive_forms([form.pk], by=actor, as_of=timezone.now())
    toast(request, _("The form is closed. What still comes in is kept."))
    return redirect("form_edit", form.public_id)


def form_tabs(form: Form, active: str) -> list[dict[str, Any]]:
    """Return the tabs of the pages of one form."""
    pages = {
        "form_edit": ("edit", _("Edit")),
        "form_settings": ("settings", _("Settings")),
        "form_results": ("results", _("Results")),
    }
    return [
        {"label": label, "url": reverse(name, args=[form.public_id]), "is_active": key == active}
        for name, (key, label) in pages.items()
    ]
