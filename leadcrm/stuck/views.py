from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.access import right_required
from accounts.actor import request_actor
from accounts.rights import Right
from ground.listing import SEARCH_LIMIT, BadListRequestError, View, render_listing
from ground.stuck import KINDS, StuckKind
from ground.toasts import toast
from leadcrm.stuck.actions import confirm_doubtful, discard_stuck, resend_doubtful, retry_stuck
from leadcrm.stuck.rows import STUCK, StuckPage, counts, kinds_of, stuck_of, union
from leadcrm.stuck.standstill import standstills

Chosen = list[tuple[StuckKind, list[int]]]


@require_GET
@right_required(Right.SETTINGS_MANAGE)
def stuck_items(request: HttpRequest) -> HttpResponse:
    as_of = timezone.now()
    kinds, found = kinds_of(request.GET), counts(as_of=as_of)
    rows = union(kinds, as_of=as_of, text=_text(request.GET))
    page = StuckPage(STUCK, request.GET, rows, request.path, request, _views(request, found))
    context = {
        "standstills": standstills(as_of),
        "is_all_in_doubt": all(kind.is_in_doubt for kind in kinds),
        "has_doubts": any(KINDS[key].is_in_doubt for key in found),
    }
    return render_listing(request, "stuck/items.html", page, context)


def _text(params: QueryDict) -> str:
    return params.get("q", "").replace("\x00", "").strip()[:SEARCH_LIMIT]


def _views(request: HttpRequest, found: dict[str, int]) -> list[View]:
    asked = request.GET.get("kind", "")
    views = [View(_("Everything"), request.path, not asked, sum(found.values()))]
    for key in [*found, *([asked] if asked and asked not in found else [])]:
        url = f"{request.path}?kind={key}"
        views.append(View(KINDS[key].label, url, key == asked, found.get(key, 0)))
    return views if found or asked else []


@dataclass(frozen=True, slots=True)
class Decision:
    """What can be decided about stuck work; without ``title`` it is done without asking.

    ``act`` takes a kind and keys. A decision is about what is in doubt, or about what is not, or
    with None about both.
    """

    act: Callable[..., int]
    done: Any
    is_about_doubts: bool | None = None
    title: Promise | None = None
    label: Promise | None = None
    style: str = "primary"


DECISIONS = {
    "retry": Decision(
        retry_stuck,
        ngettext_lazy("%(count)s is tried again.", "%(count)s are tried again.", "count"),
        is_about_doubts=False,
    ),
    "sent": Decision(
        confirm_doubtful,
        ngettext_lazy("%(count)s mail counts as sent.", "%(count)s mails count as sent.", "count"),
        is_about_doubts=True,
    ),
    "resend": Decision(
        resend_doubtful,
        ngettext_lazy("%(count)s mail is sent again.", "%(count)s mails are sent again.", "count"),
        is_about_doubts=True,
        title=gettext_lazy("Send again?"),
        label=gettext_lazy("Send again"),
    ),
    "discard": Decision(
        discard_stuck,
        ngettext_lazy("%(count)s was discarded.", "%(count)s were discarded.", "count"),
        title=gettext_lazy("Discard for good?"),
        label=gettext_lazy("Discard"),
        style="danger",
    ),
}


@require_POST
@right_required(Right.SETTINGS_MANAGE)
def decide_stuck(request: HttpRequest, verb: str) -> HttpResponse:
    if verb not in DECISIONS:
        raise Http404
    decision = DECISIONS[verb]
    chosen = [
        (kind, keys)
        for kind, keys in _chosen(request)
        if decision.is_about_doubts in (None, kind.is_in_doubt)
    ]
    if not chosen:
        toast(request, _("Nothing of what was chosen can be treated like this."))
    elif decision.title and "confirmed" not in request.POST:
        return render(request, "stuck/confirm.html", _question(request, verb, chosen))
    else:
        actor, as_of = request_actor(request), timezone.now()
        count = sum(decision.act(kind, keys, by=actor, as_of=as_of) for kind, keys in chosen)
        toast(request, decision.done % {"count": count})
    return redirect("stuck_items")


def _question(request: HttpRequest, verb: str, chosen: Chosen) -> dict[str, Any]:
    return {
        "decision": DECISIONS[verb],
        "verb": verb,
        "count": sum(len(keys) for _kind, keys in chosen),
        "chosen": [(kind, len(keys)) for kind, keys in chosen],
        "pairs": [
            (name, value)
            for name in ("ids", "scope", "query")
            for value in request.POST.getlist(name)
        ],
    }


def _chosen(request: HttpRequest) -> Chosen:
    """Return what is still stuck of what a form chose: rows, or all that an address shows."""
    as_of = timezone.now()
    if request.POST.get("scope") == "all":
        params = QueryDict(request.POST.get("query", ""))
        asked = {kind: Q() for kind in kinds_of(params)}
    else:
        params, asked = QueryDict(), _named(request.POST.getlist("ids"))
    found = {
        kind: stuck_of(kind, as_of=as_of, text=_text(params)).filter(which).order_by("pk")
        for kind, which in asked.items()
    }
    chosen = [(kind, list(rows.values_list("pk", flat=True))) for kind, rows in found.items()]
    return [(kind, keys) for kind, keys in chosen if keys]


def _named(idents: Sequence[str]) -> dict[StuckKind, Q]:
    keys: dict[str, list[int]] = {}
    for ident in idents:
        kind, _colon, key = ident.rpartition(":")
        if kind not in KINDS or not (key.isascii() and key.isdigit() and len(key) < 19):
            raise BadListRequestError("The selection holds something that is no key.")
        keys.setdefault(kind, []).append(int(key))
    return {KINDS[kind]: Q(pk__in=named) for kind, named in keys.items()}
