"""How leads were won (source 001): approached one by one, by word of mouth, by broad marketing."""

from collections.abc import Collection

from django.db.models import Case, CharField, F, Q, Value, When

from leads.stages import AcquisitionType, Channel

# Who comes through these channels was won like that, unless somebody says otherwise; all others are
# the catch of a net.
SPEAR_CHANNELS = (Channel.COLD_CALL, Channel.PERSONAL, Channel.TRADE_FAIR)
SEED_CHANNELS = (Channel.REFERRAL, Channel.PARTNER)


def usual_type(channel: str, *, is_sales_sourced: bool = False) -> AcquisitionType:
    """Return how a lead of this channel was won, as far as the channel tells."""
    if channel in SEED_CHANNELS:
        return AcquisitionType.SEED
    if is_sales_sourced or channel in SPEAR_CHANNELS:
        return AcquisitionType.SPEAR
    return AcquisitionType.NET


def won_as(prefix: str = "") -> Case:
    """Return how a lead was won: what is known, or what ``usual_type`` says.

    ``prefix`` is the path from another model to its lead.
    """
    return Case(
        When(~Q(**{f"{prefix}acquisition_type": ""}), then=F(f"{prefix}acquisition_type")),
        When(Q(**{f"{prefix}first_channel__in": SEED_CHANNELS}), then=Value(AcquisitionType.SEED)),
        When(
            Q(**{f"{prefix}is_sales_sourced": True})
            | Q(**{f"{prefix}first_channel__in": SPEAR_CHANNELS}),
            then=Value(AcquisitionType.SPEAR),
        ),
        default=Value(AcquisitionType.NET),
        output_field=CharField(),
    )


def won_as_q(kinds: Collection[str]) -> Q:
    """Return the condition for leads that were won in one of these ways."""
    by_channel = Q(first_channel__in=SEED_CHANNELS)
    by_sales = ~by_channel & (Q(is_sales_sourced=True) | Q(first_channel__in=SPEAR_CHANNELS))
    usual = {
        AcquisitionType.SEED: by_channel,
        AcquisitionType.SPEAR: by_sales,
        AcquisitionType.NET: ~by_channel & ~by_sales,
    }
    found = Q(acquisition_type__in=kinds)
    for kind, told in usual.items():
        if kind in kinds:
            found |= Q(acquisition_type="") & told
    return found
