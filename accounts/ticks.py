from datetime import datetime, timedelta

from accounts import idempotency, limits, mails
from ground.ticks import tick


@tick(mails.TICK, every=timedelta(seconds=15))
def send_mails(as_of: datetime) -> int:
    """Send invitations, reset links and notices."""
    return mails.send_account_mails(as_of)


@tick("accounts.sweep", every=timedelta(minutes=10))
def sweep(as_of: datetime) -> int:
    """Forget counted tries and answers of the API whose time is over."""
    return limits.sweep(as_of=as_of) + idempotency.sweep(as_of=as_of)
