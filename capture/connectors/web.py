"""What forms on websites say about where somebody came from."""

from capture.attribution import CLICK_IDS, UTM, clean_address
from capture.connectors.told import Field, Told

_PAGES = frozenset(
    {"page_url", "page url", "pageurl", "source_url", "page", "url_referrer", "pageuri"}
)
_REFERRERS = frozenset({"referrer", "referer", "http_referer"})
# What plug-ins send along that nobody filled in.
_TECHNICAL = frozenset(
    {
        *("date", "time", "remote ip", "user agent", "powered by", "user_agent", "ip", "form_id"),
        *("form_name", "form id", "form name", "action", "nonce", "post_id", "referer_title"),
        *("queried_id", "g-recaptcha-response", "h-captcha-response", "cf-turnstile-response"),
        *("is_spam", "is_read", "is_starred", "is_fulfilled", "created_by", "status", "currency"),
        *("payment_status", "payment_date", "payment_amount", "payment_method", "transaction_id"),
        *("date_created", "date_updated", "is_approved", "source_id", "transaction_type"),
        *("form", "formidentifier", "honeypot"),
    }
)


def origin_fields(told: Told) -> None:
    """Take page, referrer, campaign parameters and click ids out of the fields of ``told``."""
    left: list[Field] = []
    for field in told.fields:
        name = field.name.casefold()
        if name in CLICK_IDS and field.text:
            told.click_ids[name] = field.text[:200]
        elif name in UTM:
            told.extras[name] = field.text[:200]
        elif name in _PAGES and clean_address(field.text):
            told.page_url = told.page_url or clean_address(field.text)
        elif name in _REFERRERS:
            told.referrer = told.referrer or clean_address(field.text)
        else:
            left.append(field)
    told.fields = left


def is_technical(name: str) -> bool:
    """Say whether a field was filled in by a plug-in and not by a person."""
    last = name.rpartition(".")[2].casefold()
    return name.startswith(("_", "form.", "meta.")) or last.startswith("_") or last in _TECHNICAL
