from datetime import datetime, timedelta

from accounts import idempotency, limits, mails, once
from ground.ticks import tick


@tick(mails.TICK, every=timedelta(seconds=15))
def send_mails(as_of: datetime) -> int:
    """Send invitations, reset links and notices."""
    return mails.send_account_mails(as_of)


@tick("accounts.sweep", every=timedelta(minutes=10))
def sweep(as_of: datetime) -> int:
    """Forget counted tries, answers of the API and sent pages whose time is over."""
    return sum(room.sweep(as_of=as_of) for room in (limits, idempotency, once))
