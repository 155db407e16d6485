from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import Actor, request_actor
from accounts.rights import Right
from ground.listing import View, render_listing
from ground.toasts import toast
from handoff.actions.distribution import distribute_leads
from handoff.figures import DAYS, rep_figures
from handoff.forms.handover import DistributeForm
from handoff.listing import TEAM_LIST, WATCHDOG_LIST
from handoff.queries import agreement_in_force
from handoff.queue import (
    attach_handoffs,
    in_queue_order,
    team_queue,
    to_distribute,
    with_handoffs,
    without_next_step,
)

TO_DISTRIBUTE, TEAM = "distribute", "team"


@login_required
@require_GET
def team(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.HANDOFF_DISTRIBUTE)
    show = TO_DISTRIBUTE if request.GET.get("show") == TO_DISTRIBUTE else TEAM
    leads = (to_distribute if show == TO_DISTRIBUTE else team_queue)(actor)
    leads = in_queue_order(with_handoffs(leads))
    page = TEAM_LIST.page(request, leads, views=_views(actor, show))
    attach_handoffs(page.rows)
    context = {
        "form": DistributeForm(actor=actor),
        "figures": rep_figures(actor, as_of=timezone.now()),
        "days": DAYS,
    }
    return render_listing(request, "handoff/team.html", page, context)


def _views(actor: Actor, show: str) -> list[View]:
    address = reverse("team_queue")
    waiting = to_distribute(actor).count()
    first = View(
        _("To be distributed"), f"{address}?show={TO_DISTRIBUTE}", show == TO_DISTRIBUTE, waiting
    )
    whole = View(_("The whole team"), f"{address}?show={TEAM}", show == TEAM)
    return [first, whole]


@login_required
@require_POST
def distribute(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.HANDOFF_DISTRIBUTE)
    form = DistributeForm(request.POST, actor=actor)
    chosen = TEAM_LIST.narrow(request, in_queue_order(with_handoffs(team_queue(actor)))).rows
    if not form.is_valid():
        toast(request, _("Choose a person or a team."), level=40)
    else:
        done = distribute_leads(
            list(chosen.values_list("pk", flat=True)),
            **form.arguments(),
            by=actor,
            as_of=timezone.now(),
        )
        text = ngettext("%(count)d lead given.", "%(count)d leads given.", len(done))
        toast(request, text % {"count": len(done)})
    query = request.POST.get("query", "")
    return redirect(f"{reverse('team_queue')}?{query}" if query else "team_queue")


@login_required
@require_GET
def watchdog(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.HANDOFF_WORK, Right.HANDOFF_GIVE)
    days = agreement_in_force().next_step_days
    leads = without_next_step(actor, days=days, as_of=timezone.now())
    page = WATCHDOG_LIST.page(request, leads)
    return render_listing(request, "handoff/watchdog.html", page, {"days": days})
