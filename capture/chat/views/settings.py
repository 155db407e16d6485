"""What is set about chats: how long things last, and answers kept ready."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import request_actor
from accounts.rights import Right
from capture.chat.actions.settings import (
    PARTS,
    change_chat_settings,
    delete_snippets,
    save_snippet,
)
from capture.chat.models import ChatSettings, ChatSnippet
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.toasts import toast


class ChatSettingsForm(forms.ModelForm):
    class Meta:
        model = ChatSettings
        fields = PARTS
        help_texts = {
            "wait_seconds": gettext_lazy(
                "Then the chat says that nobody is free, and goes on with its questions."
            ),
            "idle_minutes": gettext_lazy(
                "Whoever left an address or number by then becomes a lead. After six times as long"
                " the talk ends."
            ),
            "only_business_hours": gettext_lazy(
                "By the working time of the agreement between marketing and sales."
            ),
        }


class SnippetForm(forms.ModelForm):
    class Meta:
        model = ChatSnippet
        fields = ("name", "text_de", "text_en")
        widgets = {name: forms.Textarea(attrs={"rows": 3}) for name in ("text_de", "text_en")}


@login_required
@require_http_methods(["GET", "POST"])
def chat_settings(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.FORMS_MANAGE)
    form = ChatSettingsForm(request.POST or None, instance=ChatSettings.current())
    if request.method == "POST" and form.is_valid():
        change_chat_settings(by=actor, as_of=timezone.now(), **form.cleaned_data)
        toast(request, _("Settings saved."))
        return redirect("chat_settings")
    context = {"form": form, "snippets": ChatSnippet.objects.all()}
    status = 422 if form.errors else 200
    return render(request, "capture/chat/settings.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def snippet_edit(request: HttpRequest, public_id: UUID | None = None) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.FORMS_MANAGE)
    row = get_object_or_404(ChatSnippet, public_id=public_id) if public_id else None
    form = SnippetForm(request.POST or None, instance=row, auto_id="snippet_%s")
    if request.method == "POST" and form.is_valid():
        try:
            save_snippet(
                row.pk if row else None, by=actor, as_of=timezone.now(), **form.cleaned_data
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("chat_settings")
    context: dict[str, Any] = {"form": form, "snippet": row}
    status = 422 if form.errors else 200
    return render(request, "capture/chat/snippet.html", context, status=status)


@login_required
@require_POST
def snippet_delete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.FORMS_MANAGE)
    row = get_object_or_404(ChatSnippet, public_id=public_id)
    delete_snippets([row.pk], by=actor, as_of=timezone.now())
    toast(request, _("Deleted."))
    return redirect("chat_settings")
