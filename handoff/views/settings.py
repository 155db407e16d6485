from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import request_actor
from accounts.models import User
from accounts.rights import Right
from conditions.compile import compile_q
from conditions.describe import describe
from conditions.preview import preview_count
from ground import days
from ground.toasts import toast
from handoff.actions.agreements import agree, delete_absence, note_absence
from handoff.actions.rules import change_rule, create_rule, delete_rule, order_rules
from handoff.assignment import readable
from handoff.forms.settings import AbsenceForm, AgreementForm, RuleForm
from handoff.models import Absence, Agreement, AssignmentRule
from handoff.queries import agreement_in_force
from handoff.queue import visible_absences
from handoff.views.common import run_form
from leads.conditions import LEADS
from leads.models import Lead
from leads.stages import Stage

VERSIONS_SHOWN = 10


@login_required
@require_http_methods(["GET", "POST"])
def agreement(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.ASSIGNMENT_MANAGE, Right.HANDOFF_GIVE, Right.HANDOFF_WORK)
    current = agreement_in_force()
    if request.method == "POST":
        actor.require(Right.ASSIGNMENT_MANAGE)
    form = AgreementForm(request.POST or None, agreement=current)

    def act(_form: forms.Form) -> HttpResponse:
        agree(form.cleaned_data, by=actor, as_of=timezone.now())
        toast(request, _("The agreement is in force."))
        return redirect("agreement")

    context = {"agreement": current, "versions": Agreement.objects.all()[:VERSIONS_SHOWN]}
    return run_form(request, form, act, template="handoff/agreement.html", context=context)


@login_required
@require_GET
def assignment_rules(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.ASSIGNMENT_MANAGE)
    rules = list(AssignmentRule.objects.select_related("target_user", "target_team"))
    snapshot, now = LEADS.snapshot(), timezone.now()
    waiting = Lead.objects.visible_to(actor).filter(stage=Stage.MQL)
    rows = []
    for rule in rules:
        node = readable(rule, snapshot)
        matching = waiting.filter(compile_q(node, as_of=now)) if node else waiting.none()
        sentence = describe(node) if node else ""
        rows.append({"rule": rule, "sentence": sentence, "count": preview_count(matching)})
    return render(request, "handoff/rules.html", {"rows": rows})


@login_required
@require_http_methods(["GET", "POST"])
def rule_edit(request: HttpRequest, public_id: Any = None) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.ASSIGNMENT_MANAGE)
    rule = get_object_or_404(AssignmentRule, public_id=public_id) if public_id else None
    form = RuleForm(request.POST or None, actor=actor, rule=rule)

    def act(_form: forms.Form) -> HttpResponse:
        wanted, now = form.rule_input(), timezone.now()
        if rule is None:
            create_rule(wanted, by=actor, as_of=now)
        else:
            change_rule(rule, wanted, by=actor, as_of=now)
        toast(request, _("Saved."))
        return redirect("assignment_rules")

    return run_form(request, form, act, template="handoff/rule.html", context={"rule": rule})


@login_required
@require_POST
def rule_delete(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.ASSIGNMENT_MANAGE)
    rule = get_object_or_404(AssignmentRule, public_id=public_id)
    delete_rule(rule, by=actor, as_of=timezone.now())
    toast(request, _("The rule “%(rule)s” is gone.") % {"rule": rule.name})
    return redirect("assignment_rules")


@login_required
@require_POST
def rule_move(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.ASSIGNMENT_MANAGE)
    rule = get_object_or_404(AssignmentRule, public_id=public_id)
    keys = list(AssignmentRule.objects.values_list("pk", flat=True))
    place = keys.index(rule.pk)
    other = place + (1 if request.POST.get("to") == "down" else -1)
    if 0 <= other < len(keys):
        keys[place], keys[other] = keys[other], keys[place]
        order_rules(keys, by=actor, as_of=timezone.now())
    return redirect("assignment_rules")


@login_required
@require_http_methods(["GET", "POST"])
def absences(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.HANDOFF_WORK)
    user = get_object_or_404(User, pk=actor.user_id)
    form = AbsenceForm(request.POST or None, actor=actor, user=user)
    now = timezone.now()

    def act(_form: forms.Form) -> HttpResponse:
        data = form.cleaned_data
        note_absence(
            data["person"],
            data["from_on"],
            data["until_on"],
            deputy=data["deputy"],
            by=actor,
            as_of=now,
        )
        toast(request, _("The absence is noted."))
        return redirect("absences")

    rows = visible_absences(actor).filter(until_on__gte=days.day_of(now))
    context = {"rows": rows.select_related("user", "deputy")}
    return run_form(request, form, act, template="handoff/absences.html", context=context)


@login_required
@require_POST
def absence_delete(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.HANDOFF_WORK)
    rows = visible_absences(actor).select_related("user")
    absence: Absence = get_object_or_404(rows, public_id=public_id)
    delete_absence(absence, by=actor, as_of=timezone.now())
    toast(request, _("The absence is deleted."))
    return redirect(reverse("absences"))
