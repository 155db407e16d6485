import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import Actor, request_actor
from accounts.rights import Right
from ground.errors import DomainError
from ground.listing import Column, Empty, Listing, render_listing
from ground.toasts import toast
from scoring.actions.drafts import create_draft, create_model
from scoring.actions.exchange import dump_model, load_model
from scoring.actions.starter import create_starter_model
from scoring.diff import compare
from scoring.forms import ModelForm
from scoring.lines import lines_of
from scoring.models import ModelVersion, ScoringModel, VersionState
from scoring.preview import judged_leads
from scoring.rulesets import load_rulesets
from scoring.sentences import mql_rule, temperature_rules

_ACTIVE = ModelVersion.objects.filter(model=OuterRef("pk"), state=VersionState.ACTIVE)

MODELS: Listing[ScoringModel] = Listing(
    key="scoring",
    columns=[
        Column("name", gettext_lazy("Model"), "name", is_main=True),
        Column("version", gettext_lazy("Active version"), "active_number", is_number=True),
        Column("threshold", gettext_lazy("MQL from"), "threshold", is_number=True),
        Column("judged", gettext_lazy("Leads judged"), "judged", is_number=True),
        Column("draft", gettext_lazy("In work")),
    ],
    ordering="name",
    row="scoring/models.html#row",
    row_name="model",
    search=lambda rows, text: rows.filter(name__icontains=text),
    empty=Empty(
        gettext_lazy("No scoring model yet"),
        gettext_lazy(
            "A model says who fits and what counts. Marketing and sales sign it together."
        ),
        gettext_lazy("Create a model"),
        "/scoring/new/",
        icon="gauge",
    ),
)


def reader(request: HttpRequest) -> Actor:
    """Return who is reading; raises ``NotAllowedError`` for who may not see scoring."""
    actor = request_actor(request)
    actor.require(Right.SCORING_READ)
    return actor


@login_required
@require_GET
def scoring_models(request: HttpRequest) -> HttpResponse:
    reader(request)
    in_work = Q(versions__state__in=(VersionState.DRAFT, VersionState.PROPOSED))
    judged = ScoringModel.objects.filter(pk=OuterRef("pk")).values(
        number=Count("scores", filter=Q(scores__lead__deleted_at=None))
    )
    rows = ScoringModel.objects.annotate(
        active_number=Subquery(_ACTIVE.values("number")),
        threshold=Subquery(_ACTIVE.values("mql_threshold")),
        judged=Subquery(judged),
        in_work=Count("versions", filter=in_work),
    )
    return render_listing(request, "scoring/models.html", MODELS.page(request, rows))


@login_required
@require_GET
def scoring_model(request: HttpRequest, public_id: Any) -> HttpResponse:
    reader(request)
    model = get_object_or_404(ScoringModel, public_id=public_id)
    versions = list(model.versions.order_by("-number").prefetch_related("approvals"))
    active = next((v for v in versions if v.state == VersionState.ACTIVE), None)
    context = {
        "model": model,
        "versions": versions,
        "active": active,
        "open": next((version for version in versions if version.is_open), None),
        "judged": judged_leads(model),
    }
    if active is not None:
        (ruleset,) = load_rulesets([active])
        context |= {
            "axes": lines_of(ruleset),
            "mql_rule": mql_rule(ruleset.limits),
            "temperatures": temperature_rules(ruleset.limits),
        }
    return render(request, "scoring/model.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def scoring_model_create(request: HttpRequest) -> HttpResponse:
    actor = reader(request)
    actor.require(Right.SCORING_MANAGE)
    form = ModelForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            version = _create(form, actor)
        except DomainError as error:
            form.add_error(*_place(error))
        else:
            return redirect("scoring_version", version.public_id)
    status = 422 if form.errors else 200
    return render(request, "scoring/model_create.html", {"form": form}, status=status)


def _create(form: ModelForm, actor: Actor) -> ModelVersion:
    name, start, now = form.cleaned_data["name"], form.cleaned_data["start"], timezone.now()
    if start == "ready":
        return create_starter_model(by=actor, as_of=now, name=name)
    if start == "empty":
        return create_model(name, by=actor, as_of=now)
    try:
        data = json.loads(form.cleaned_data["file"].read())
    except (ValueError, RecursionError) as error:
        raise DomainError("model_unreadable", _("This file is not JSON."), "file") from error
    return load_model(data, by=actor, as_of=now, name=name)


def _place(error: DomainError) -> tuple[str | None, str]:
    """Return the field of the form and the text for what is wrong with a new model."""
    if error.field == "name":
        return "name", str(error)
    place = f" ({error.field})" if error.field not in ("", "file") else ""
    return "file", f"{error}{place}"


@login_required
@require_POST
def scoring_draft(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = reader(request)
    model = get_object_or_404(ScoringModel, public_id=public_id)
    source = None
    if number := request.POST.get("copy_of", ""):
        source = get_object_or_404(model.versions, number=_whole(number))
    note = _("Back to version %(number)s") % {"number": source.number} if source else ""
    draft = create_draft(model.pk, by=actor, as_of=timezone.now(), copy_of=source, note=note)
    toast(request, _("A draft to work on; scores stay as they are until it is signed."))
    return redirect("scoring_version", draft.public_id)


@login_required
@require_GET
def scoring_compare(request: HttpRequest, public_id: Any) -> HttpResponse:
    reader(request)
    version = get_object_or_404(ModelVersion.objects.select_related("model"), public_id=public_id)
    others = list(version.model.versions.exclude(pk=version.pk).order_by("-number"))
    asked = _whole(request.GET.get("with", "")) or _default_other(version)
    other = next((item for item in others if item.number == asked), None)
    changes = []
    if other is not None:
        older, newer = sorted((version, other), key=lambda item: item.number)
        changes = compare(older, newer)
    context = {"version": version, "other": other, "others": others, "changes": changes}
    return render(request, "scoring/compare.html", context)


def _default_other(version: ModelVersion) -> int:
    """Return the number of the version that was active before this one, or of the one before."""
    earlier = version.model.versions.filter(number__lt=version.number).order_by("-number")
    found = earlier.filter(active_from__isnull=False).first() or earlier.first()
    return found.number if found else version.number + 1


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


@login_required
@require_GET
def scoring_export(request: HttpRequest, public_id: Any) -> HttpResponse:
    reader(request)
    version = get_object_or_404(ModelVersion.objects.select_related("model"), public_id=public_id)
    response = JsonResponse(dump_model(version), json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="scoring-v{version.number}.json"'
    return response
