"""Every component on one page with its code, for those who build screens."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods
from django_filters import FilterSet

from accounts.actor import request_actor
from accounts.rights import Right
from conditions.forms import ConditionField
from ground.charts import Chart, Series
from ground.forms import DateInput
from ground.listing import Column, Empty, Listing, View, render_listing
from ground.toasts import toast
from leads.conditions import LEADS
from leads.stages import Stage, Temperature

PARTS = Path(settings.BASE_DIR) / "templates" / "styleguide" / "parts"

Page = Callable[[HttpRequest], HttpResponse]


def for_developers(view: Page) -> Page:
    """Show the page where DEBUG is on, and to administrators."""

    @wraps(view)
    def shown(request: HttpRequest) -> HttpResponse:
        if settings.DEBUG or request_actor(request).may(Right.SETTINGS_MANAGE):
            return view(request)
        raise Http404

    return login_required(shown)


class SampleForm(forms.Form):
    name = forms.CharField(label=_("Name"), widget=forms.TextInput({"data-width": "half"}))
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("Where answers go."),
        widget=forms.EmailInput({"data-width": "half"}),
    )
    stage = forms.ChoiceField(label=_("Stage"), choices=Stage.choices)
    on = forms.DateField(label=_("Date"), widget=DateInput({"data-width": "half"}), required=False)
    temperature = forms.ChoiceField(
        label=_("Temperature"), choices=Temperature.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(label=_("Note"), widget=forms.Textarea({"rows": 3}), required=False)
    is_agreed = forms.BooleanField(label=_("I agree"), required=False)


class SampleConditionForm(forms.Form):
    where = ConditionField(subject=LEADS, label=_("Which leads"))


def search_samples(rows: QuerySet[Permission], text: str) -> QuerySet[Permission]:
    return rows.filter(Q(name__icontains=text) | Q(codename__icontains=text))


class SampleFilter(FilterSet):
    class Meta:
        model = Permission
        fields = {"content_type": ["exact"], "codename": ["icontains"]}


SAMPLES: Listing[Permission] = Listing(
    key="samples",
    columns=(
        Column("name", _("Name"), order="name", is_main=True),
        Column("type", _("Type"), order=("content_type__app_label", "content_type__model")),
        Column("number", _("Number"), order="pk", is_number=True, on_phone=False),
        Column("code", _("Code"), is_optional=True),
    ),
    ordering="name",
    row="styleguide/listing.html#row",
    row_name="sample",
    row_key="pk",
    search=search_samples,
    search_label=_("Search samples"),
    filters=SampleFilter,
    has_bulk=True,
    empty=Empty(_("No samples yet"), _("They come with the installation."), _("Back"), "/"),
)


@for_developers
@require_GET
def sample_list(request: HttpRequest) -> HttpResponse:
    views = (
        View(_("All"), request.path, is_active="q" not in request.GET),
        View(_("With “lead”"), f"{request.path}?q=lead", request.GET.get("q") == "lead"),
    )
    page = SAMPLES.page(request, Permission.objects.select_related("content_type"), views=views)
    return render_listing(request, "styleguide/listing.html", page)


@for_developers
@require_http_methods(["GET", "POST"])
def sample_dialog(request: HttpRequest) -> HttpResponse:
    form = SampleForm(request.POST or None, auto_id="dialog_%s")
    if request.method == "POST" and form.is_valid():
        text = _("%(name)s was saved.") % {"name": form.cleaned_data["name"]}
        toast(request, text, undo_url=reverse("styleguide_dialog"))
        return redirect("styleguide")
    status = 422 if form.is_bound else 200
    return render(request, "styleguide/dialog.html", {"form": form}, status=status)


@for_developers
@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    parts = [
        {
            "name": path.stem.partition("_")[2],
            "template": f"styleguide/parts/{path.name}",
            "code": path.read_text(encoding="utf-8").strip(),
        }
        for path in sorted(PARTS.glob("*.html"))
    ]
    return render(request, "styleguide/styleguide.html", {"parts": parts, **samples()})


def samples() -> dict[str, Any]:
    """Return what the examples show."""
    now = timezone.now()
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun")
    return {
        "form": SampleForm(),
        "condition_form": SampleConditionForm(),
        "wrong_form": SampleForm({"name": "", "email": "nobody@", "stage": "lead"}),
        "stages": Stage.values,
        "temperatures": Temperature.values,
        "grades": ("A1", "B2", "C3", "D4"),
        "points": (3, 5, 4, 8, 7, 12, 11, 15),
        "soon": now + timedelta(hours=3),
        "earlier": now - timedelta(days=3),
        "bar_chart": Chart(
            "leads",
            _("Leads per month"),
            months,
            (
                Series("MQL", (12, 19, 14, 22, 27, 31), "violet"),
                Series("SQL", (4, 8, 6, 9, 14, 16), "teal"),
            ),
            number="125",
            note=_("MQLs since January"),
        ),
        "line_chart": Chart(
            "cost",
            _("Cost per lead"),
            months,
            (Series(_("Cost per lead"), (41.5, 38.2, 44.0, 36.9, 33.1, 29.8), "amber"),),
            kind="line",
            unit="€",
            places=2,
            number="29,80 €",
            note=_("in June"),
        ),
        "columns": (("new", _("New")), ("talking", _("Talking")), ("won", _("Won"))),
        "tab_items": [
            {"label": _("Overview"), "url": "#", "is_active": True},
            {"label": _("Timeline"), "url": "#timeline", "count": 12},
        ],
    }
