"""What posts brought: clicks of people, leads, MQLs, customers."""

from collections.abc import Sequence

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.actor import Actor
from capture.models import LinkDay, Post, Touch
from leads.models import Lead, StageChange
from leads.models.lead import visible_q
from leads.stages import FUNNEL, RANK, Stage


def posts_with_figures(actor: Actor) -> QuerySet[Post]:
    """Return all posts with their clicks and the leads that came by one of their links.

    A lead counts once, as MQL or customer where it reached that after it came. Of the leads those
    count that ``actor`` may see.
    """
    touches = Touch.objects.filter(visible_q(actor, "lead__"), link__post=OuterRef("pk"))
    return Post.objects.select_related("campaign").annotate(
        click_count=_clicks("clicks"),
        machine_count=_clicks("machine_clicks"),
        lead_count=_leads(touches),
        mql_count=_leads(touches.filter(Exists(_reached(Stage.MQL)))),
        customer_count=_leads(touches.filter(Exists(_reached(Stage.CUSTOMER)))),
    )


def _clicks(column: str) -> Coalesce:
    rows = LinkDay.objects.filter(link__post=OuterRef("pk")).order_by().values("link__post")
    total = rows.annotate(total=Sum(column)).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), 0)


def _leads(touches: QuerySet[Touch]) -> Coalesce:
    rows = touches.order_by().values("link__post")
    total = rows.annotate(total=Count("lead", distinct=True)).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), 0)


def _reached(stage: Stage) -> QuerySet[StageChange]:
    """Return the changes by which the lead of a touch reached ``stage`` afterwards."""
    return StageChange.objects.filter(
        lead=OuterRef("lead"), at__gte=OuterRef("occurred_at"), to_stage__in=FUNNEL[RANK[stage] :]
    )


def leads_of(post: Post, actor: Actor, *, limit: int) -> Sequence[Lead]:
    """Return the leads that came by a link of ``post`` and that ``actor`` may see."""
    came = Touch.objects.filter(lead=OuterRef("pk"), link__post=post)
    leads = Lead.objects.visible_to(actor).filter(Exists(came))
    return list(leads.order_by("-created_at", "-pk")[:limit])


def find_posts(rows: QuerySet[Post], text: str) -> QuerySet[Post]:
    """Return the posts whose title contains ``text``, or one of whose links has it as its code."""
    return rows.filter(Q(title__icontains=text) | Q(pk__in=_with_code(text)))


def _with_code(text: str) -> QuerySet[Post]:
    code = text.rpartition("/")[2]
    return Post.objects.filter(links__code=code).values("pk")  # type: ignore[return-value]
