from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from accounts import audit, events
from accounts.action import action
from accounts.actor import Actor, ActorKind, scope_rights
from accounts.models import ApiToken
from accounts.rights import ApiScope, Right
from accounts.tokens import key_hash, key_prefix, new_key
from ground.errors import DomainError, NotAllowedError

LONGEST_LIFE = timedelta(days=365)


@action
def create_token(
    *,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime,
    allowed_networks: Sequence[str] = (),
    by: Actor,
    as_of: datetime,
) -> tuple[ApiToken, str]:
    """Make an API key of the acting person; returns the token and the key, which is kept nowhere.

    Raises ``DomainError`` for an unknown scope, for one that the person lacks themselves (the key
    would gain it by a later promotion), and for a life of more than a year.
    """
    by.require(Right.USERS_MANAGE)
    if by.kind != ActorKind.USER or by.user_id is None:
        raise NotAllowedError("people_only", _("Only a person makes API keys."))
    _check_scopes(scopes, by)
    if not as_of < expires_at <= as_of + LONGEST_LIFE:
        raise DomainError(
            "bad_expiry", _("A key lives for a year at the longest."), field="expires_at"
        )
    key = new_key()
    token = ApiToken.objects.create(
        name=name.strip(),
        owner_id=by.user_id,
        prefix=key_prefix(key),
        key_hash=key_hash(key),
        scopes=sorted(set(scopes)),
        lead_scope=by.lead_scope,
        allowed_networks=list(allowed_networks),
        expires_at=expires_at,
    )
    data = {"name": token.name, "scopes": token.scopes, "prefix": token.prefix}
    audit.record(events.TOKEN_CREATED, by=by, as_of=as_of, about=token, data=data)
    return token, key


@action
def revoke_tokens(token_ids: Iterable[int], *, by: Actor, as_of: datetime) -> list[ApiToken]:
    """Make API keys useless at once and for good; those revoked before stay as they are."""
    by.require(Right.USERS_MANAGE)
    wanted = ApiToken.objects.filter(pk__in=list(token_ids), revoked_at=None)
    tokens = list(wanted.order_by("pk").select_for_update(of=("self",)))
    for token in tokens:
        token.revoked_at = as_of
        token.save(update_fields=["revoked_at"])
        audit.record(
            events.TOKEN_REVOKED, by=by, as_of=as_of, about=token, data={"prefix": token.prefix}
        )
    return tokens


def _check_scopes(scopes: Sequence[str], by: Actor) -> None:
    if not scopes or not set(scopes) <= set(ApiScope.values):
        raise DomainError("bad_scope", _("Choose what the key may do."), field="scopes")
    if not scope_rights(scopes) <= by.rights:
        raise DomainError(
            "scope_not_owned", _("A key cannot do more than you may yourself."), field="scopes"
        )
