import uuid
from ipaddress import ip_network

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from accounts.rights import ApiScope, LeadScope


def check_networks(value: list[str]) -> None:
    """Raise ``ValidationError`` unless every entry is an IP address or network."""
    for entry in value:
        try:
            ip_network(entry, strict=False)
        except ValueError as error:
            raise ValidationError(
                _("“%(value)s” is neither an IP address nor a network."), params={"value": entry}
            ) from error


class ApiToken(models.Model):
    """A key for programs; only its hash is kept, the prefix tells keys apart.

    ``lead_scope`` is what its owner saw when it was made: the key never gains by a later promotion.
    ``allowed_networks`` are the addresses it may be used from, empty for everywhere.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100)
    owner = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    prefix = models.CharField(max_length=12, unique=True)
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40, choices=ApiScope.choices))
    lead_scope = models.CharField(
        max_length=8,
        choices=[(scope.value, scope.value) for scope in LeadScope],
        default=LeadScope.ALL.value,
    )
    allowed_networks = ArrayField(
        models.CharField(max_length=50), default=list, blank=True, validators=[check_networks]
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def scope_labels(self) -> list[str]:
        """What the key may do, in the reader's language."""
        return [str(ApiScope(scope).label) for scope in self.scopes]
