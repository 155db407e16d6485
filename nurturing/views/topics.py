from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actor import request_actor
from accounts.rights import Right
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.listing import Column, Empty, Listing, render_listing
from ground.toasts import toast
from nurturing.actions.topics import save_topic
from nurturing.models import Topic

TOPICS: Listing[Topic] = Listing(
    key="topics",
    columns=[
        Column("name_de", gettext_lazy("German"), "label_de", is_main=True),
        Column("name_en", gettext_lazy("English"), "label_en"),
        Column("state", gettext_lazy("State"), "is_active"),
    ],
    ordering="name_de",
    row="nurturing/topics.html#row",
    row_name="topic",
    search=lambda rows, text: rows.filter(
        Q(label_de__icontains=text) | Q(label_en__icontains=text)
    ),
    empty=Empty(
        gettext_lazy("No topics yet"),
        gettext_lazy("With topics readers can leave one subject and stay with the others."),
        gettext_lazy("Add a topic"),
        "/topics/new/",
        icon="hash",
    ),
)


class TopicForm(forms.Form):
    label_de = forms.CharField(label=gettext_lazy("Name in German"), max_length=100)
    label_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=100)
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)


@login_required
@require_GET
def topic_list(request: HttpRequest) -> HttpResponse:
    request_actor(request).require(Right.SEQUENCES_MANAGE)
    return render_listing(
        request, "nurturing/topics.html", TOPICS.page(request, Topic.objects.all())
    )


@login_required
@require_http_methods(["GET", "POST"])
def topic_edit(request: HttpRequest, public_id: Any = None) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SEQUENCES_MANAGE)
    topic = get_object_or_404(Topic, public_id=public_id) if public_id else None
    names = ("label_de", "label_en", "is_active")
    initial = {name: getattr(topic, name) for name in names} if topic else None
    form = TopicForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            save_topic(topic, by=actor, **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Topic saved."))
            return redirect("topic_list")
    context = {"form": form, "topic": topic}
    return render(request, "nurturing/topic.html", context, status=422 if form.errors else 200)
