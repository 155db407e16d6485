"""Posts, and the short links in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.attribution import clean_address
from capture.links import clean_target, new_code
from capture.models import Network, Post, ShortLink
from ground.errors import DomainError
from leads.normalise import clean_text

FIELDS = ("network", "title", "url", "published_at", "campaign_id")
MAX_LINKS = 50
MAX_LIKES = 2**31 - 1


@action
def save_post(
    post_id: int | None, *, by: Actor, as_of: datetime, is_sample: bool = False, **values: Any
) -> Post:
    """Make a post (None) or change one; ``values`` are those of ``FIELDS``.

    Raises ``DomainError`` (``title_missing``, ``network_unknown``, ``url_unreadable``).
    """
    by.require(Right.CAMPAIGNS_MANAGE)
    if post_id is None:
        post = Post(created_at=as_of, published_at=as_of, is_sample=is_sample)
    else:
        post = Post.objects.select_for_update().get(pk=post_id)
    for name in FIELDS:
        if name in values:
            setattr(post, name, values[name])
    post.title = clean_text(post.title, limit=200)
    if not post.title:
        raise DomainError("title_missing", _("Give the post a title."), "title")
    if post.network not in Network.values:
        raise DomainError("network_unknown", _("Choose the network."), "network")
    if post.url and not clean_address(post.url):
        raise DomainError("url_unreadable", _("Enter an address that begins with https://."), "url")
    post.save()
    return post


@action
def save_post_with_link(
    values: Mapping[str, Any], target: str, *, by: Actor, as_of: datetime
) -> Post:
    """Make a post with its first short link, or neither; raises what ``add_link`` raises."""
    post = save_post(None, by=by, as_of=as_of, **values)
    add_link(post.pk, target=target, by=by, as_of=as_of)
    return post


@action
def note_likes(likes: Mapping[int, int | None], *, by: Actor, as_of: datetime) -> int:
    """Note how many likes posts have, by their id, None for not known; returns how many changed.

    Raises ``DomainError`` (``likes_out_of_range``).
    """
    by.require(Right.CAMPAIGNS_MANAGE)
    if any(count is not None and not 0 <= count <= MAX_LIKES for count in likes.values()):
        raise DomainError("likes_out_of_range", _("Enter a whole number from 0."), "likes")
    posts = list(Post.objects.filter(pk__in=likes).order_by("pk").select_for_update(of=("self",)))
    changed = [post for post in posts if post.likes != likes[post.pk]]
    for post in changed:
        post.likes = likes[post.pk]
        post.likes_at = as_of if post.likes is not None else None
    Post.objects.bulk_update(changed, ["likes", "likes_at"])
    return len(changed)


@action
def add_link(
    post_id: int,
    *,
    target: str,
    by: Actor,
    as_of: datetime,
    label: str = "",
    is_sample: bool = False,
) -> ShortLink:
    """Make a short link of a post that leads to ``target``.

    Raises ``DomainError`` (``target_unreadable``, ``target_is_link``, ``too_many_links``).
    """
    by.require(Right.CAMPAIGNS_MANAGE)
    post = Post.objects.select_for_update().get(pk=post_id)
    if post.links.count() >= MAX_LINKS:
        raise DomainError("too_many_links", _("A post has at most 50 links."), "target")
    return ShortLink.objects.create(
        post=post,
        code=new_code(),
        target=clean_target(target),
        label=clean_text(label, limit=80),
        created_at=as_of,
        is_sample=is_sample or post.is_sample,
    )


@action
def close_links(link_ids: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Let short links lead nowhere; what they counted stays. Returns how many were open."""
    by.require(Right.CAMPAIGNS_MANAGE)
    return ShortLink.objects.filter(pk__in=link_ids, closed_at=None).update(closed_at=as_of)


@action
def open_links(link_ids: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Let closed short links lead to their target again; returns how many."""
    by.require(Right.CAMPAIGNS_MANAGE)
    return ShortLink.objects.filter(pk__in=link_ids, closed_at__isnull=False).update(closed_at=None)


@action
def delete_posts(post_ids: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Delete posts that brought nothing yet; returns how many.

    Raises ``DomainError`` (``post_in_use``) where a link was followed or a lead came by one.
    """
    by.require(Right.CAMPAIGNS_MANAGE)
    posts = list(
        Post.objects.filter(pk__in=post_ids).order_by("pk").select_for_update(of=("self",))
    )
    used = Q(days__isnull=False) | Q(clicks__isnull=False) | Q(touches__isnull=False)
    if ShortLink.objects.filter(used, post__in=posts).exists():
        raise DomainError(
            "post_in_use", _("Its links were followed already. Close them to end them."), ""
        )
    Post.objects.filter(pk__in=[post.pk for post in posts]).delete()
    return len(posts)
