from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import Actor, request_actor
from accounts.rights import Right
from capture.actions.posts import (
    add_link,
    close_links,
    delete_posts,
    note_likes,
    open_links,
    save_post,
    save_post_with_link,
)
from capture.exporting import csv_response
from capture.links import destination, short_address
from capture.models import ClickVerdict, LinkClick, Post, ShortLink
from capture.post_figures import find_posts, leads_of, posts_with_figures
from capture.post_filters import PostFilter
from capture.words import machine_text
from ground.errors import DomainError
from ground.forms import DateTimeInput, add_refusal
from ground.listing import Column, Empty, Listing, render_listing
from ground.toasts import toast

SHOWN_LEADS = 20

# Sorted by what came of a post; likes are told, and nothing is sorted by them (S43).
POSTS: Listing[Post] = Listing(
    key="posts",
    columns=[
        Column("title", gettext_lazy("Title"), "title", is_main=True),
        Column("network", gettext_lazy("Network"), "network"),
        Column("published", gettext_lazy("Published"), "published_at", on_phone=False),
        Column("clicks", gettext_lazy("Clicks"), "click_count", is_number=True),
        Column("leads", gettext_lazy("Leads"), ("lead_count", "click_count"), is_number=True),
        Column("mql", gettext_lazy("MQL"), "mql_count", is_number=True),
        Column("customers", gettext_lazy("Customers"), "customer_count", is_number=True),
        Column("likes", gettext_lazy("Likes"), is_number=True, on_phone=False),
        Column("campaign", gettext_lazy("Campaign"), "campaign__name", is_optional=True),
        Column(
            "machines",
            gettext_lazy("Clicks of machines"),
            "machine_count",
            is_number=True,
            is_optional=True,
        ),
    ],
    ordering="-leads",
    row="capture/posts.html#row",
    row_name="post",
    search=find_posts,
    filters=PostFilter,
    empty=Empty(
        gettext_lazy("No posts yet"),
        gettext_lazy("With a short link in a post you see which leads and customers it brought."),
        gettext_lazy("Add a post"),
        reverse_lazy("post_create"),
        icon="brand-instagram",
    ),
)


class PostForm(forms.ModelForm):
    target = forms.CharField(
        label=gettext_lazy("address it leads to"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy(
            "You get a short link to it, which you put into the post. More can be added later."
        ),
    )

    class Meta:
        model = Post
        fields = ["title", "network", "published_at", "campaign", "url"]
        widgets = {
            "network": forms.Select(attrs={"data-width": "half"}),
            "published_at": DateTimeInput(attrs={"data-width": "half"}),
            "url": forms.TextInput,
        }
        help_texts = {"url": gettext_lazy("Where the post can be seen, once it is published.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["target"]
        else:
            self.initial.setdefault("published_at", timezone.now())

    def values(self) -> dict[str, Any]:
        """Return the values under the names of ``save_post``."""
        values = {name: self.cleaned_data[name] for name in ("title", "network", "published_at")}
        campaign = self.cleaned_data["campaign"]
        return values | {
            "url": self.cleaned_data["url"],
            "campaign_id": campaign.pk if campaign else None,
        }


class LinkForm(forms.Form):
    target = forms.CharField(label=gettext_lazy("address it leads to"), max_length=2000)
    label = forms.CharField(
        label=gettext_lazy("name"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("For yourself, for example “Story” or “Profile”."),
    )


class LikesForm(forms.Form):
    likes = forms.IntegerField(
        label=gettext_lazy("likes"), min_value=0, max_value=2**31 - 1, required=False
    )


def _reader(request: HttpRequest) -> Actor:
    actor = request_actor(request)
    actor.require(Right.CAMPAIGNS_MANAGE, Right.REPORTS_READ)
    return actor


@login_required
@require_GET
def post_list(request: HttpRequest) -> HttpResponse:
    page = POSTS.page(request, posts_with_figures(_reader(request)))
    return render_listing(request, "capture/posts.html", page)


@login_required
@require_GET
def post_export(request: HttpRequest) -> HttpResponseBase:
    page = POSTS.page(request, posts_with_figures(_reader(request)))
    columns = {
        "title": "title",
        "network": "network",
        "published_at": "published_at",
        "campaign": "campaign__name",
        "clicks": "click_count",
        "machine_clicks": "machine_count",
        "leads": "lead_count",
        "mql": "mql_count",
        "customers": "customer_count",
        "likes": "likes",
        "url": "url",
    }
    rows = page.matching.order_by(*page.terms).values_list(*columns.values())
    return csv_response("posts", list(columns), rows.iterator(chunk_size=500))


@login_required
@require_http_methods(["GET", "POST"])
def post_edit(request: HttpRequest, public_id: UUID | None = None) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.CAMPAIGNS_MANAGE)
    post = get_object_or_404(Post, public_id=public_id) if public_id else None
    form = PostForm(request.POST or None, instance=post)
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save(form, actor, post)
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Post saved."))
            return redirect("post_detail", saved.public_id)
    context = {"form": form, "post": post}
    status = 422 if form.errors else 200
    return render(request, "capture/post_edit.html", context, status=status)


def _save(form: PostForm, actor: Actor, post: Post | None) -> Post:
    now = timezone.now()
    if target := form.cleaned_data.get("target", ""):
        return save_post_with_link(form.values(), target, by=actor, as_of=now)
    return save_post(post.pk if post else None, by=actor, as_of=now, **form.values())


@login_required
@require_GET
def post_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _detail(request, public_id, LinkForm())


def _detail(
    request: HttpRequest, public_id: UUID, form: LinkForm, *, status: int = 200
) -> HttpResponse:
    actor = _reader(request)
    post = get_object_or_404(posts_with_figures(actor), public_id=public_id)
    links = _links(post)
    context = {
        "post": post,
        "links": links,
        "form": form,
        "likes": LikesForm(initial={"likes": post.likes}, auto_id="likes_%s"),
        "leads": leads_of(post, actor, limit=SHOWN_LEADS),
        "reasons": _reasons(post),
        "is_unused": not any((link["clicks"], link["machines"]) != (0, 0) for link in links),
    }
    return render(request, "capture/post.html", context, status=status)


def _links(post: Post) -> list[dict[str, Any]]:
    rows = post.links.select_related("post__campaign").prefetch_related("days")
    return [
        {
            "link": link,
            "address": short_address(link),
            "destination": destination(link),
            "clicks": sum(day.clicks for day in link.days.all()),
            "machines": sum(day.machine_clicks for day in link.days.all()),
        }
        for link in rows
    ]


def _reasons(post: Post) -> list[tuple[str, int]]:
    """Return why clicks of the time that single ones are kept were no person's."""
    rows = LinkClick.objects.filter(link__post=post, verdict=ClickVerdict.MACHINE).order_by()
    counts = rows.values_list("reason").annotate(count=Count("pk")).order_by("-count", "reason")
    return [(machine_text(reason), count) for reason, count in counts]


@login_required
@require_POST
def add_post_link(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.CAMPAIGNS_MANAGE)
    post = get_object_or_404(Post, public_id=public_id)
    form = LinkForm(request.POST)
    if form.is_valid():
        try:
            add_link(post.pk, by=actor, as_of=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Short link made."))
            return redirect("post_detail", post.public_id)
    return _detail(request, public_id, form, status=422)


@login_required
@require_POST
def change_post_likes(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.CAMPAIGNS_MANAGE)
    post = get_object_or_404(Post, public_id=public_id)
    form = LikesForm(request.POST)
    if form.is_valid():
        note_likes({post.pk: form.cleaned_data["likes"]}, by=actor, as_of=timezone.now())
        toast(request, _("Likes noted."))
    else:
        toast(request, _("Enter a whole number from 0."))
    return redirect("post_detail", post.public_id)


@login_required
@require_POST
def close_short_link(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _switch(request, public_id, is_open=False)


@login_required
@require_POST
def open_short_link(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _switch(request, public_id, is_open=True)


def _switch(request: HttpRequest, public_id: UUID, *, is_open: bool) -> HttpResponse:
    actor, now = request_actor(request), timezone.now()
    actor.require(Right.CAMPAIGNS_MANAGE)
    link = get_object_or_404(ShortLink.objects.select_related("post"), public_id=public_id)
    (open_links if is_open else close_links)([link.pk], by=actor, as_of=now)
    toast(request, _("The link leads on again.") if is_open else _("The link leads nowhere now."))
    return redirect("post_detail", link.post.public_id)


@login_required
@require_POST
def delete_post(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.CAMPAIGNS_MANAGE)
    post = get_object_or_404(Post, public_id=public_id)
    try:
        delete_posts([post.pk], by=actor, as_of=timezone.now())
    except DomainError as error:
        toast(request, str(error))
        return redirect("post_detail", post.public_id)
    toast(request, _("Post deleted."))
    return redirect("post_list")
