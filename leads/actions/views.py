"""Saved views of the lead list."""

from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError
from leads.models import SavedView


@action
def save_view(
    *, name: str, query: str, is_shared: bool = False, by: Actor, as_of: datetime
) -> SavedView:
    """Keep the address of a list under ``name``; the same name again replaces it.

    Everybody has views of their own; one for everybody needs a right.
    """
    if is_shared:
        by.require(Right.VIEWS_SHARE)
    last = SavedView.objects.filter(owner_id=by.user_id).aggregate(last=Max("position"))["last"]
    view, _is_new = SavedView.objects.update_or_create(
        owner_id=by.user_id,
        name=name,
        defaults={"query": query[:4000], "is_shared": is_shared},
        create_defaults={
            "query": query[:4000],
            "is_shared": is_shared,
            "position": (last or 0) + 1,
        },
    )
    return view


@action
def change_view(
    view_id: int, *, name: str, is_shared: bool = False, by: Actor, as_of: datetime
) -> SavedView:
    """Give a view of one's own another name, or share it; only its owner can reach it.

    Raises ``DomainError``: ``view_missing``, ``name_taken`` by another view of the owner.
    """
    if is_shared:
        by.require(Right.VIEWS_SHARE)
    mine = SavedView.objects.filter(owner_id=by.user_id)
    view = mine.select_for_update(of=("self",)).filter(pk=view_id).first()
    if view is None:
        raise DomainError("view_missing", _("This view is not there any more."))
    if mine.exclude(pk=view_id).filter(name=name).exists():
        raise DomainError("name_taken", _("You have a view of this name."), field="name")
    if (view.name, view.is_shared) != (name, is_shared):
        view.name, view.is_shared = name, is_shared
        view.save(update_fields=["name", "is_shared"])
    return view


@action
def delete_view(view: SavedView, *, by: Actor) -> None:
    """Forget a view; only its owner can reach it."""
    SavedView.objects.filter(pk=view.pk, owner_id=by.user_id).delete()
