from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import Actor
from accounts.rights import Right
from conditions.errors import ConditionError, TooSlowError
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.toasts import toast
from leads.conditions import LEADS
from scoring.actions.drafts import remove_rule, save_rule
from scoring.checks import check_rule
from scoring.forms import form_for, initial_of
from scoring.models import ModelVersion, Rule
from scoring.preview import preview
from scoring.rulesets import load_rulesets, read_rule
from scoring.sentences import points_text, rule_sentence
from scoring.views.models import reader
from scoring.views.versions import find_version


@login_required
@require_http_methods(["GET", "POST"])
def scoring_rule(request: HttpRequest, public_id: Any, key: UUID | None = None) -> HttpResponse:
    actor = _builder(request)
    version = find_version(public_id)
    rule = get_object_or_404(version.rules, key=key) if key else None
    about = _about(request, rule)
    form = _form(request, actor, about, rule)
    if request.method == "POST" and form.is_valid():
        try:
            save_rule(version.pk, _columns(form, key), by=actor, as_of=timezone.now())
        except DomainError as error:
            add_refusal(form, error, field=_field(error))
        else:
            toast(request, _("Rule saved."))
            return redirect("scoring_version", version.public_id)
    context = {"version": version, "rule": rule, "form": form, "about": about}
    return render(request, "scoring/rule.html", context, status=422 if form.errors else 200)


def _builder(request: HttpRequest) -> Actor:
    actor = reader(request)
    actor.require(Right.SCORING_MANAGE)
    return actor


def _about(request: HttpRequest, rule: Rule | None) -> str:
    """Return what the rule is about: ``activity`` or ``condition``."""
    if rule is not None:
        return "activity" if rule.activity_kind else "condition"
    asked = request.POST.get("about") or request.GET.get("about", "")
    return "activity" if asked == "activity" else "condition"


def _form(request: HttpRequest, actor: Actor, about: str, rule: Rule | None = None) -> Any:
    initial = initial_of(rule) if rule else {"axis": request.GET.get("axis", "fit")}
    return form_for(about)(
        request.POST or None, actor=actor, initial=initial, auto_id="rule_%s", prefix=None
    )


def _columns(form: Any, key: UUID | None) -> dict[str, Any]:
    return {**form.columns(), "key": key}


def _field(error: DomainError) -> str | None:
    return "where" if isinstance(error, ConditionError) else None


@login_required
@require_GET
def scoring_rule_fields(request: HttpRequest, public_id: Any) -> HttpResponse:
    """Show the fields that fit the activity that is chosen."""
    actor = _builder(request)
    initial = {name: value for name, value in request.GET.items() if value}
    form = form_for("activity")(actor=actor, initial=initial, auto_id="rule_%s")
    context = {"form": form, "version": find_version(public_id), "about": "activity"}
    return render(request, "scoring/rule.html#fields", context)


@login_required
@require_POST
def scoring_rule_effect(request: HttpRequest, public_id: Any) -> HttpResponse:
    """Tell what the rule in the form would change, before it is saved."""
    actor = _builder(request)
    version = find_version(public_id)
    key = _key(request.POST.get("key", ""))
    form = _form(request, actor, _about(request, None))
    context: dict[str, Any] = {}
    if form.is_valid():
        try:
            context = _effect(version, check_rule(_columns(form, key)))
        except DomainError as error:
            context = {"error": error}
    return render(request, "scoring/rule_effect.html", context)


def _effect(version: ModelVersion, columns: dict[str, Any]) -> dict[str, Any]:
    (ruleset,) = load_rulesets([version])
    snapshot = LEADS.snapshot()
    spec = read_rule(columns, snapshot)
    found: dict[str, Any] = {
        "sentence": f"{points_text(spec.points)}: {rule_sentence(spec, snapshot)}"
    }
    try:
        found["preview"] = preview(ruleset.with_rule(spec), as_of=timezone.now(), rule=spec.key)
    except TooSlowError as error:
        found["error"] = error
    return found


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@login_required
@require_POST
def scoring_rule_remove(request: HttpRequest, public_id: Any, key: UUID) -> HttpResponse:
    actor = _builder(request)
    version = find_version(public_id)
    remove_rule(version.pk, key, by=actor, as_of=timezone.now())
    toast(request, _("Rule removed."))
    return redirect("scoring_version", version.public_id)
