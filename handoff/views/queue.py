from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.actor import Actor, request_actor
from accounts.rights import Right
from ground.counting import capped_counts
from ground.etags import pulse, tag_of_rows
from ground.listing import COUNT_CAP, Page, View, render_listing
from handoff.listing import HANDOFF_LIST, QUEUE_LIST
from handoff.models import Handoff
from handoff.queue import (
    attach_handoffs,
    in_queue_order,
    my_queue,
    pool_queue,
    team_queue,
    with_handoffs,
)
from leads.models import Lead

QUEUE = "handoff/queue.html"
MINE, POOL, TEAM = "mine", "pool", "team"
# A queue longer than this is not read from top to bottom anyway.
PULSE_ROWS = 300


@login_required
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.HANDOFF_WORK)
    return render_queue(request, actor)


def render_queue(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Answer with the queue that the address asks for, or with its list alone for htmx."""
    show = _shown(request, actor)
    leads = in_queue_order(with_handoffs(_leads(actor, show)))
    page = Page(QUEUE_LIST, request.GET, leads, reverse("queue"), request, _views(actor, show))
    attach_handoffs(page.rows)
    context = {"show": show, "tag": _tag(actor, show), "is_team": show == TEAM}
    return render_listing(request, QUEUE, page, context)


def _shown(request: HttpRequest, actor: Actor) -> str:
    show = request.GET.get("show", MINE)
    return show if show in _choices(actor) else MINE


def _choices(actor: Actor) -> dict[str, str]:
    names = {MINE: _("Mine"), POOL: _("Pool")}
    return names | ({TEAM: _("Team")} if actor.may(Right.HANDOFF_DISTRIBUTE) else {})


def _leads(actor: Actor, show: str) -> QuerySet[Lead]:
    return {MINE: my_queue, POOL: pool_queue, TEAM: team_queue}[show](actor)


def _views(actor: Actor, show: str) -> list[View]:
    address, choices = reverse("queue"), _choices(actor)
    counts = capped_counts({key: _leads(actor, key) for key in choices}, cap=COUNT_CAP)
    return [
        View(label, f"{address}?show={key}", key == show, counts[key], COUNT_CAP)
        for key, label in choices.items()
    ]


@login_required
@require_GET
def queue_pulse(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.HANDOFF_WORK)
    return pulse(request, _tag(actor, _shown(request, actor)))


def _tag(actor: Actor, show: str) -> str:
    # The newest first: a long queue must notice what has just come in.
    rows = with_handoffs(_leads(actor, show)).order_by("-pk")
    state = Handoff.objects.open().filter(lead__in=rows.values("pk")).order_by("-pk")
    columns = ("pk", "state", "to_user", "escalated_at", "reminded_at")
    shown = ["pk", "stage", "score", "handoff_pk", "next_pk", "next_at"]
    return tag_of_rows(
        rows.values_list(*shown)[:PULSE_ROWS], state.values_list(*columns)[: 4 * PULSE_ROWS]
    )


@login_required
@require_GET
def handoff_list(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.HANDOFF_GIVE, Right.HANDOFF_DISTRIBUTE)
    rows = Handoff.objects.visible_to(actor).select_related("lead__company", "to_user", "to_team")
    return render_listing(request, "handoff/handoffs.html", HANDOFF_LIST.page(request, rows))
