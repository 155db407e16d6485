"""Public addresses of meetings: the page of a type, and what guests do with their own."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from handoff.models import Meeting, MeetingType

_MANAGE, _FOR = "handoff.meeting", "handoff.meeting_for"
# A link that a rep passes on: for as long as an offer is usually talked about.
FOR_LIFE = timedelta(days=60)


def page_link(kind: MeetingType, language: str = "") -> str:
    """Return the absolute address at which meetings of ``kind`` are booked."""
    args = [kind.public_id, language] if language else [kind.public_id]
    name = "meeting_page_in" if language else "meeting_page"
    return f"{settings.BASE_URL}{reverse(name, args=args)}"


def manage_link(public_id: UUID | str) -> str:
    """Return the absolute address under which the guest of a meeting cancels or moves it."""
    token = signing.dumps(UUID(str(public_id)).hex, salt=_MANAGE, compress=False)
    return f"{settings.BASE_URL}{reverse('meeting_manage', args=[token])}"


def find_managed(token: str) -> Meeting | None:
    """Return the meeting that ``token`` is the authority for; None for one that is not ours."""
    try:
        public_id = UUID(hex=signing.loads(token, salt=_MANAGE))
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None
    rows = Meeting.objects.select_related("kind", "kind__form_de", "kind__form_en", "host", "lead")
    return rows.filter(public_id=public_id, lead__isnull=False, lead__deleted_at=None).first()


def host_link(kind: MeetingType, host_id: UUID, *, as_of: datetime) -> str:
    """Return an address that offers the slots of one person alone, for a rep to pass on."""
    token = signing.dumps([host_id.hex, int(as_of.timestamp())], salt=_FOR, compress=False)
    return f"{page_link(kind)}?with={token}"


def read_host(token: str, *, as_of: datetime) -> UUID | None:
    """Return whose slots alone are to be offered; None for a token that is not ours or too old."""
    try:
        host, given = signing.loads(token, salt=_FOR)
        if as_of.timestamp() > given + FOR_LIFE.total_seconds():
            return None
        return UUID(hex=host)
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None
