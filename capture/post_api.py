from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import actor_of
from accounts.rights import Right
from capture.actions.posts import note_likes
from capture.links import destination, short_address
from capture.models import Campaign, Network, Post, ShortLink
from capture.post_figures import posts_with_figures
from ground import days
from ground.api import NewestFirst, documented
from ground.asked import asked_day, asked_uuid
from ground.errors import DomainError

_DAY = "%(name)s must be a day such as 2026-11-02."


class LinkSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    address = serializers.SerializerMethodField(help_text="What is put into the post.")
    destination = serializers.SerializerMethodField(help_text="With the parameters that are added.")
    is_open = serializers.SerializerMethodField()

    class Meta:
        model = ShortLink
        fields = ("id", "label", "address", "target", "destination", "is_open", "created_at")
        read_only_fields = fields

    def get_address(self, link: ShortLink) -> str:
        return short_address(link)

    def get_destination(self, link: ShortLink) -> str:
        return destination(link)

    def get_is_open(self, link: ShortLink) -> bool:
        return link.closed_at is None


class PostSerializer(serializers.ModelSerializer):
    """``leads``, ``mql`` and ``customers`` are null for a key that reads no leads."""

    id = serializers.UUIDField(source="public_id")
    campaign = serializers.UUIDField(source="campaign.public_id", default=None, allow_null=True)
    links = LinkSerializer(many=True)
    clicks = serializers.IntegerField(source="click_count", help_text="Of people.")
    machine_clicks = serializers.IntegerField(source="machine_count")
    leads = serializers.SerializerMethodField()
    mql = serializers.SerializerMethodField()
    customers = serializers.SerializerMethodField()

    class Meta:
        model = Post
        fields = ("id", "network", "title", "url", "published_at", "campaign", "links", "clicks",
                  "machine_clicks", "leads", "mql", "customers", "likes", "likes_at",
                  "created_at")  # fmt: skip
        read_only_fields = fields

    def _of_leads(self, count: int) -> int | None:
        return count if self.context["reads_leads"] else None

    def get_leads(self, post: Post) -> int | None:
        return self._of_leads(post.lead_count)  # type: ignore[attr-defined]

    def get_mql(self, post: Post) -> int | None:
        return self._of_leads(post.mql_count)  # type: ignore[attr-defined]

    def get_customers(self, post: Post) -> int | None:
        return self._of_leads(post.customer_count)  # type: ignore[attr-defined]


class LikesSerializer(serializers.Serializer):
    likes = serializers.IntegerField(min_value=0, max_value=2**31 - 1, allow_null=True)


class PostView(GenericAPIView):
    """Shared by the endpoints about posts."""

    rights = {"GET": Right.REPORTS_READ, "PATCH": Right.CAMPAIGNS_MANAGE}
    serializer_class = PostSerializer

    def get_queryset(self) -> QuerySet[Post]:
        return posts_with_figures(actor_of(self.request)).prefetch_related("links__post__campaign")

    def get_serializer_context(self) -> dict[str, Any]:
        request = getattr(self, "request", None)
        may = request is not None and request.auth and actor_of(request).may(Right.LEADS_READ)
        return {**super().get_serializer_context(), "reads_leads": bool(may)}


class PostList(PostView):
    pagination_class = NewestFirst

    @documented(
        "List posts with what they brought",
        {200: PostSerializer(many=True)},
        errors=(422,),
        operation_id="posts_list",
        parameters=[
            OpenApiParameter("network", str, enum=Network.values),
            OpenApiParameter("campaign", str, description="The id of a campaign."),
            OpenApiParameter("published_from", str, description="A day, this one included."),
            OpenApiParameter("published_until", str, description="A day, this one included."),
        ],
    )
    def get(self, request: Request) -> Response:
        rows = _narrowed(self.get_queryset(), request)
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class PostDetail(PostView):
    @documented("Read a post", {200: PostSerializer}, operation_id="posts_read")
    def get(self, request: Request, id: Any) -> Response:
        return self._shown(id)

    @documented(
        "Note how many likes a post has",
        {200: PostSerializer},
        errors=(415, 422),
        request=LikesSerializer,
        operation_id="posts_likes",
    )
    def patch(self, request: Request, id: Any) -> Response:
        post = get_object_or_404(Post, public_id=id)
        given = LikesSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        likes = {post.pk: given.validated_data["likes"]}
        note_likes(likes, by=actor_of(request), as_of=timezone.now())
        return self._shown(id)

    def _shown(self, id: Any) -> Response:
        post = get_object_or_404(self.get_queryset(), public_id=id)
        return Response(self.get_serializer(post).data)


def _narrowed(posts: QuerySet[Post], request: Request) -> QuerySet[Post]:
    asked = request.query_params
    if network := asked.get("network"):
        if network not in Network.values:
            raise DomainError("network_unknown", _("There is no such network."), field="network")
        posts = posts.filter(network=network)
    if campaign := asked.get("campaign"):
        posts = posts.filter(campaign=campaign_named(campaign))
    for name, lookup in (("published_from", "gte"), ("published_until", "lt")):
        if text := asked.get(name):
            day = day_named(name, text)
            edge = day if lookup == "gte" else day + timedelta(days=1)
            posts = posts.filter(**{f"published_at__{lookup}": days.start_of(edge)})
    return posts


def campaign_named(text: str) -> Campaign:
    """Return the campaign with the id ``text``; raises ``DomainError`` (``campaign_unknown``)."""
    key = asked_uuid(text)
    found = Campaign.objects.filter(public_id=key).first() if key else None
    if found is None:
        raise DomainError("campaign_unknown", _("There is no such campaign."), field="campaign")
    return found


def day_named(name: str, text: str) -> date:
    """Return the day in ``text``; raises ``DomainError`` (``day_unreadable``)."""
    day = asked_day(text)
    if day is None:
        raise DomainError("day_unreadable", _(_DAY) % {"name": name}, field=name)
    return day
