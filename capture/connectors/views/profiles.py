from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actor import request_actor
from accounts.rights import Right
from capture.activities import SIGNALS
from capture.connectors.actions.social import make_lead_of_profile
from capture.connectors.queries import profiles_with_signals
from capture.connectors.social import SocialProfile
from capture.connectors.views.forms import ProfileFilter, ProfileForm
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.listing import Column, Empty, Listing, render_listing
from ground.toasts import toast
from leads.models import Lead

SHOWN = 100


def _search(rows: QuerySet[SocialProfile], text: str) -> QuerySet[SocialProfile]:
    handle = text.removeprefix("@")
    return rows.filter(Q(name__icontains=text) | Q(handle__iexact=handle) | Q(external_id=text))


PROFILES: Listing[SocialProfile] = Listing(
    key="profiles",
    columns=[
        Column("name", gettext_lazy("Person"), "name", is_main=True),
        Column("network", gettext_lazy("Network"), "network"),
        Column("signals", gettext_lazy("Signals"), "signal_count", is_number=True),
        Column("latest", gettext_lazy("Latest signal")),
        Column("seen", gettext_lazy("Last seen"), "last_seen_at"),
        Column("lead", gettext_lazy("Lead")),
    ],
    ordering="-seen",
    row="capture/connectors/profiles.html#row",
    row_name="profile",
    search=_search,
    filters=ProfileFilter,
    empty=Empty(
        gettext_lazy("No signals yet"),
        gettext_lazy(
            "Likes, comments and messages at Facebook and Instagram stand here once a page is"
            " connected. Nobody counts as a lead before there is a message or contact data."
        ),
        icon="thumb-up",
    ),
)


@login_required
@require_GET
def profile_list(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SUBMISSIONS_READ)
    page = PROFILES.page(request, profiles_with_signals().select_related("lead"))
    seen = Lead.objects.visible_to(actor).filter(pk__in=[row.lead_id or 0 for row in page.rows])
    readable = set(seen.values_list("pk", flat=True))
    kinds = dict(SIGNALS)
    for row in page.rows:
        row.shown_lead = row.lead if row.lead_id in readable else None  # type: ignore[attr-defined]
        row.latest = kinds.get(row.last_kind, "")  # type: ignore[attr-defined]
    return render_listing(request, "capture/connectors/profiles.html", page)


@login_required
@require_http_methods(["GET", "POST"])
def profile_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SUBMISSIONS_READ)
    profile = get_object_or_404(SocialProfile, public_id=public_id)
    form = ProfileForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            make_lead_of_profile(
                profile.pk,
                email=given["email"],
                phone=given["phone"],
                by=actor,
                as_of=timezone.now(),
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("This person is a lead now; the earlier signals stand there."))
            return redirect("profile_detail", profile.public_id)
    context = {
        "profile": profile,
        "form": form,
        "signals": profile.signals.all()[:SHOWN],
        "lead": Lead.objects.visible_to(actor).filter(pk=profile.lead_id or 0).first(),
    }
    status = 422 if form.errors else 200
    return render(request, "capture/connectors/profile.html", context, status=status)
