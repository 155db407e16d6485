from typing import Any

import django_filters
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import request_actor
from accounts.rights import Right
from ground.listing import Column, Empty, Listing, View, render_listing
from ground.toasts import toast
from nurturing.actions.doubts import mark_messages_sent, send_messages_again
from nurturing.actions.unsubscribing import note_reply
from nurturing.models import Message, MessageKind, MessageState, Reason, Sequence
from nurturing.queries import in_doubt, visible_messages
from nurturing.reading import without_secrets
from nurturing.views.tryout import MAIL_POLICY


class MessageFilter(django_filters.FilterSet):
    """What the list of mails is narrowed by."""

    state = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("State"), choices=MessageState.choices
    )
    kind = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("Kind"), choices=MessageKind.choices
    )
    reason = django_filters.ChoiceFilter(label=gettext_lazy("Reason"), choices=Reason.choices)
    sequence = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Sequence"),
        queryset=Sequence.objects.all(),
        to_field_name="public_id",
    )
    created = django_filters.DateFromToRangeFilter(
        label=gettext_lazy("Due"), field_name="created_at"
    )


def search_messages(rows: QuerySet[Message], text: str) -> QuerySet[Message]:
    """Narrow messages to those whose address, subject or reader has ``text``."""
    return rows.filter(
        Q(to_address__icontains=text)
        | Q(subject__icontains=text)
        | Q(lead__last_name__icontains=text)
        | Q(lead__first_name__icontains=text)
    )


MAILS: Listing[Message] = Listing(
    key="mails",
    columns=[
        Column("reader", gettext_lazy("To"), "to_address", is_main=True),
        Column("subject", gettext_lazy("Subject"), "subject", on_phone=False),
        Column("kind", gettext_lazy("Kind"), "kind", is_optional=True),
        Column("sequence", gettext_lazy("Sequence"), "sequence__name", on_phone=False),
        Column("state", gettext_lazy("State"), "state"),
        Column("reason", gettext_lazy("Reason"), "reason", on_phone=False),
        Column("due", gettext_lazy("Due"), "created_at"),
        Column("settled", gettext_lazy("Sent or settled"), "settled_at", is_optional=True),
    ],
    ordering="-due",
    row="nurturing/mails.html#row",
    row_name="mail",
    search=search_messages,
    search_label=gettext_lazy("Search address, subject or name"),
    filters=MessageFilter,
    has_bulk=True,
    empty=Empty(
        gettext_lazy("No mails yet"),
        gettext_lazy("Every mail appears here, with what became of it and why."),
        gettext_lazy("Go to the sequences"),
        reverse_lazy("sequence_list"),
        icon="mail",
    ),
)


@login_required
@require_GET
def mail_list(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SEQUENCES_READ)
    rows = visible_messages(actor).select_related("lead__company", "recipient", "sequence")
    doubtful = in_doubt(actor, timezone.now()).count()
    state = request.GET.get("state", "")
    views = [
        View(_("All"), "?", is_active=not state),
        View(_("In doubt"), "?state=unknown", state == "unknown", doubtful),
        View(_("Failed"), "?state=failed", state == "failed"),
        View(_("Waiting"), "?state=queued", state == "queued"),
    ]
    page = MAILS.page(request, rows, views=views)
    return render_listing(request, "nurturing/mails.html", page)


@login_required
@require_GET
def mail_detail(request: HttpRequest, public_id: Any) -> HttpResponse:
    message, actor = find_message(request, public_id)
    context = {
        "mail": message,
        "text": without_secrets(message.text),
        "events": message.events.select_related("link"),
        "may_settle": actor.may(Right.SEQUENCES_ACTIVATE),
        "may_note_reply": actor.may(Right.LEADS_EDIT) and message.lead is not None,
    }
    return render(request, "nurturing/mail.html", context)


@login_required
@require_GET
@xframe_options_sameorigin
def mail_html(request: HttpRequest, public_id: Any) -> HttpResponse:
    message, _actor = find_message(request, public_id)
    # SECURITY: HTML of a mail, so no script may run in it and it counts as another origin.
    return HttpResponse(
        without_secrets(message.html), headers={"Content-Security-Policy": MAIL_POLICY}
    )


def find_message(request: HttpRequest, public_id: Any) -> tuple[Message, Any]:
    """Return a message that the reader may see, and who is reading; else 404.

    Whoever sees a lead sees the mails to it; the mails themselves need no right of their own.
    """
    actor = request_actor(request)
    rows = visible_messages(actor).select_related(
        "lead__company", "recipient", "author", "sequence", "topic"
    )
    return get_object_or_404(rows, public_id=public_id), actor


@login_required
@require_POST
def mails_again(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SEQUENCES_ACTIVATE)
    keys = MAILS.narrow(request, visible_messages(actor)).rows.values_list("pk", flat=True)
    count = send_messages_again(list(keys), by=actor, as_of=timezone.now())
    text = ngettext("%(count)s mail is sent again.", "%(count)s mails are sent again.", count)
    toast(request, text % {"count": count})
    return redirect("mail_list")


@login_required
@require_POST
def mails_sent(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SEQUENCES_ACTIVATE)
    keys = MAILS.narrow(request, visible_messages(actor)).rows.values_list("pk", flat=True)
    count = mark_messages_sent(list(keys), by=actor, as_of=timezone.now())
    text = ngettext("%(count)s mail counts as sent.", "%(count)s mails count as sent.", count)
    toast(request, text % {"count": count})
    return redirect("mail_list")


@login_required
@require_POST
def mail_replied(request: HttpRequest, public_id: Any) -> HttpResponse:
    message, actor = find_message(request, public_id)
    note_reply(message, by=actor, as_of=timezone.now())
    toast(request, _("Noted. The lead gets no more mails of sequences."))
    return redirect("mail_detail", message.public_id)
