"""The screens of those who speak with visitors."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import Actor, request_actor
from accounts.models import User
from accounts.rights import Right
from capture.chat.actions.staff import (
    be_there,
    end_chat,
    keep_there,
    reply,
    take_chat,
    transfer_chat,
)
from capture.chat.actions.writing import definition_of
from capture.chat.door import read_key
from capture.chat.models import Chat, ChatPresence, ChatSnippet, ChatState
from capture.chat.steps import told
from ground.errors import DomainError
from ground.etags import pulse, tag_of, tagged
from ground.listing import Column, Empty, Listing, View, render_listing
from ground.toasts import toast
from leads.models import Lead

OPEN, MINE, ENDED = "open", "mine", "ended"
# Who waits comes first.
_ORDER = Case(
    When(state=ChatState.WAITING, then=Value(0)),
    When(state=ChatState.LIVE, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)

CHATS: Listing[Chat] = Listing(
    key="chats",
    columns=[
        Column("who", gettext_lazy("Visitor"), is_main=True),
        Column("state", gettext_lazy("State"), "urgency"),
        Column("bot", gettext_lazy("Chat"), on_phone=False),
        Column("page", gettext_lazy("Page"), on_phone=False),
        Column("rep", gettext_lazy("Colleague"), "rep__name"),
        Column("started", gettext_lazy("Began"), "started_at"),
    ],
    ordering="state",
    row="capture/chat/list.html#row",
    row_name="chat",
    search=lambda rows, text: rows.filter(
        Q(visitor_name__icontains=text)
        | Q(answers__email__0__icontains=text)
        | Q(answers__last_name__0__icontains=text)
        | Q(lead__last_name__icontains=text)
    ),
    empty=Empty(
        gettext_lazy("No talks here"),
        gettext_lazy("What visitors of your website say in a chat stands here."),
        icon="messages",
    ),
)


def _rows(actor: Actor, show: str) -> QuerySet[Chat]:
    # The newest of those that have ended, the most urgent of all others.
    urgency = F("pk") * -1 if show == ENDED else _ORDER
    rows = Chat.objects.visible_to(actor).annotate(urgency=urgency)
    if show == ENDED:
        return rows.filter(state=ChatState.ENDED)
    if show == MINE:
        return rows.filter(rep_id=actor.user_id).open()
    return rows.open()


def _show(request: HttpRequest) -> str:
    asked = request.GET.get("show", "")
    return asked if asked in {MINE, ENDED} else OPEN


def _may_read(actor: Actor) -> None:
    actor.require(Right.CHATS_ANSWER, Right.SUBMISSIONS_READ)


@login_required
@require_GET
def chat_list(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    _may_read(actor)
    show = _show(request)
    rows = _rows(actor, show).select_related("form", "connection", "rep", "lead")
    address = reverse("chat_list")
    views = [
        View(_("Open"), address, is_active=show == OPEN),
        View(_("Mine"), f"{address}?show={MINE}", is_active=show == MINE),
        View(_("Ended"), f"{address}?show={ENDED}", is_active=show == ENDED),
    ]
    page = CHATS.page(request, rows, views=views)
    context = {"is_there": is_there(actor), "show": show, "tag": _list_tag(actor, show)}
    return render_listing(request, "capture/chat/list.html", page, context)


def is_there(actor: Actor) -> bool:
    """Say whether ``actor`` is there for visitors."""
    return ChatPresence.objects.there(timezone.now()).filter(user_id=actor.user_id or 0).exists()


def _list_tag(actor: Actor, show: str) -> str:
    rows = _rows(actor, show).order_by("-pk").values_list("pk", "state", "rep", "lead")
    return tag_of(list(rows[:300]))


@login_required
@require_GET
def chat_list_pulse(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    _may_read(actor)
    return pulse(request, _list_tag(actor, _show(request)))


@login_required
@require_GET
def chat_bell(request: HttpRequest) -> HttpResponse:
    """Tell the bell of every page who waits: for anybody, or for an answer of this person."""
    actor = request_actor(request)
    actor.require(Right.CHATS_ANSWER)
    rows = Chat.objects.filter(
        Q(state=ChatState.WAITING) | Q(state=ChatState.LIVE, rep_id=actor.user_id)
    ).select_related("form")
    calls, tag = [], []
    for chat in rows.order_by("asked_at", "pk")[:50]:
        heard = max(filter(None, [chat.last_person_at, chat.taken_at]), default=None)
        is_mine = chat.state == ChatState.LIVE
        if is_mine and heard is not None and chat.last_visitor_at <= heard:
            continue
        calls.append(_call(chat, is_mine))
        tag.append((chat.pk, chat.state, chat.last_visitor_at))
    body = {"on": is_there(actor), "calls": calls}
    etag = tag_of(body["on"], tag)
    response = tagged(request, JsonResponse(body), etag)
    response["Cache-Control"] = "no-store"
    return response


def _call(chat: Chat, is_mine: bool) -> dict[str, str]:
    name = chat.shown_name or _("A visitor")
    text = _("%(name)s has written.") if is_mine else _("%(name)s would like to talk to somebody.")
    return {
        "id": f"{chat.public_id}-{chat.state}",
        "url": reverse("chat_detail", args=[chat.public_id]),
        "text": text % {"name": name},
    }


def _session_key(request: HttpRequest) -> str:
    return request.session.session_key or ""


@login_required
@require_POST
def chat_there(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    is_on = request.POST.get("on") == "1"
    be_there(is_on, session_key=_session_key(request), by=actor, as_of=timezone.now())
    said = _("Visitors are offered a talk with you.") if is_on else _("You are off for chats.")
    toast(request, said)
    return redirect("chat_list")


@login_required
@require_POST
def chat_beat(request: HttpRequest) -> HttpResponse:
    """Note that this browser still reports; 204 where the person is there, 205 where not."""
    actor = request_actor(request)
    is_on = keep_there(session_key=_session_key(request), by=actor, as_of=timezone.now())
    return HttpResponse(status=204 if is_on else 205)


def _find(request: HttpRequest, public_id: UUID) -> tuple[Actor, Chat]:
    actor = request_actor(request)
    rows = Chat.objects.visible_to(actor)
    rows = rows.select_related("form", "connection", "rep", "lead__owner")
    return actor, get_object_or_404(rows, public_id=public_id)


@login_required
@require_GET
def chat_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor, chat = _find(request, public_id)
    return render(request, "capture/chat/detail.html", _context(actor, chat))


@login_required
@require_GET
def chat_pulse(request: HttpRequest, public_id: UUID) -> HttpResponse:
    _actor, chat = _find(request, public_id)
    return pulse(request, _chat_tag(chat))


@login_required
@require_GET
def chat_talk(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show what is said alone; what is being typed stays."""
    actor, chat = _find(request, public_id)
    return render(request, "capture/chat/detail.html#talk", _context(actor, chat))


def _chat_tag(chat: Chat) -> str:
    return tag_of(chat.pk, chat.revision, chat.state, chat.rep_id, chat.lead_id)


def _context(actor: Actor, chat: Chat) -> dict[str, Any]:
    lead = Lead.objects.visible_to(actor).filter(pk=chat.lead_id or 0).first()
    is_mine = chat.state == ChatState.LIVE and chat.rep_id == actor.user_id
    order = "at" if chat.connection_id else "number"
    return {
        "chat": chat,
        "lines": chat.messages.order_by(order, "number"),
        "lead": lead,
        "answers": _answers(chat),
        "is_mine": is_mine,
        "may_take": chat.state == ChatState.WAITING and actor.may(Right.CHATS_ANSWER),
        "tag": _chat_tag(chat),
        "key": uuid4(),
        "snippets": _snippets(chat) if is_mine else [],
        "colleagues": _colleagues(actor) if is_mine else [],
    }


def _answers(chat: Chat) -> list[dict[str, str]]:
    definition = definition_of(chat)
    found = []
    for spec in definition.fields:
        values = chat.answers.get(spec.name)
        if values:
            found.append({"label": spec.label, "value": told(spec, values)})
    return found


def _snippets(chat: Chat) -> list[dict[str, str]]:
    rows = ChatSnippet.objects.order_by("name")
    return [{"name": row.name, "text": row.text_in(chat.language)} for row in rows]


def _colleagues(actor: Actor) -> list[User]:
    there = ChatPresence.objects.there(timezone.now()).exclude(user_id=actor.user_id or 0)
    return list(User.objects.filter(pk__in=there.values("user")).order_by("name"))


@login_required
@require_POST
def take_talk(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor, chat = _find_any(request, public_id)
    try:
        take_chat(chat.pk, by=actor, as_of=timezone.now())
    except DomainError as error:
        toast(request, error.message, level=messages.WARNING)
        return redirect("chat_list")
    return redirect("chat_detail", public_id)


def _find_any(request: HttpRequest, public_id: UUID) -> tuple[Actor, Chat]:
    """Return a talk that was just seen waiting, also when somebody else has it by now."""
    actor = request_actor(request)
    actor.require(Right.CHATS_ANSWER)
    open_now = Q(pk__in=Chat.objects.visible_to(actor).values("pk")) | Q(state=ChatState.LIVE)
    return actor, get_object_or_404(Chat.objects.filter(open_now), public_id=public_id)


@login_required
@require_POST
def reply_talk(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor, chat = _find(request, public_id)
    key = read_key(request.POST.get("key")) or uuid4()
    text = request.POST.get("text", "")
    try:
        reply(chat.pk, text, key=key, by=actor, as_of=timezone.now())
    except DomainError as error:
        status = getattr(error, "status", 422)
        return _talk_again(request, actor, chat, refused=error.message, typed=text, status=status)
    if request.headers.get("HX-Request") == "true":
        return _talk_again(request, actor, chat)
    return redirect("chat_detail", public_id)


def _talk_again(
    request: HttpRequest, actor: Actor, chat: Chat, *, status: int = 200, **more: Any
) -> HttpResponse:
    chat.refresh_from_db()
    context = {**_context(actor, chat), **more}
    is_part = request.headers.get("HX-Request") == "true"
    template = "capture/chat/detail.html#all" if is_part else "capture/chat/detail.html"
    return render(request, template, context, status=status)


@login_required
@require_POST
def end_talk(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor, chat = _find(request, public_id)
    end_chat(chat.pk, by=actor, as_of=timezone.now())
    toast(request, _("The talk has ended. It stands on the timeline of the lead."))
    return redirect("chat_list")


@login_required
@require_POST
def transfer_talk(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor, chat = _find(request, public_id)
    to = get_object_or_404(User, public_id=read_key(request.POST.get("to")))
    try:
        transfer_chat(chat.pk, to=to, by=actor, as_of=timezone.now())
    except DomainError as error:
        toast(request, error.message, level=messages.WARNING)
        return redirect("chat_detail", public_id)
    toast(request, _("%(name)s has the talk now.") % {"name": to.display_name})
    return redirect("chat_list")
