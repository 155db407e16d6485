"""A submission as it came in, before it is a row: the same for the database and the spool."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from capture.reading import Fields

KEPT_HEADERS = (
    "Accept-Language",
    "Origin",
    "Referer",
    "Sec-Fetch-Site",
    "Sec-Fetch-Mode",
    "DNT",
    "Sec-GPC",
)
SAME_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class RawSubmission:
    """What came in, byte for byte, and from where; ``key`` makes it idempotent.

    ``arm`` is that of a running test which the form was shown in.
    """

    key: UUID
    form_id: UUID
    version: int | None
    body: bytes
    content_type: str
    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    ip: str = ""
    user_agent: str = ""
    page_url: str = ""
    state: str = "received"
    flags: tuple[str, ...] = ()
    arm: str = ""

    @property
    def body_hash(self) -> str:
        """The SHA-256 of the body: the same key with another body is a conflict."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def conflict_key(self) -> UUID:
        """The key under which this body is kept when ``key`` belongs to another one."""
        return _uuid_of(self.key.bytes, self.body)

    def to_bytes(self) -> bytes:
        """Return everything as one line of JSON, a line feed and the body."""
        head = {
            "key": str(self.key),
            "form_id": str(self.form_id),
            "version": self.version,
            "content_type": self.content_type,
            "received_at": self.received_at.isoformat(),
            "headers": dict(self.headers),
            "ip": self.ip,
            "user_agent": self.user_agent,
            "page_url": self.page_url,
            "state": self.state,
            "flags": list(self.flags),
            "arm": self.arm,
            "length": len(self.body),
        }
        return json.dumps(head).encode() + b"\n" + self.body

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what ``to_bytes`` wrote; raises ``ValueError`` for anything else."""
        line, _newline, body = data.partition(b"\n")
        try:
            head: dict[str, Any] = json.loads(line)
            if len(body) != head.pop("length"):
                raise ValueError("The file is not complete.")
            head["key"], head["form_id"] = UUID(head["key"]), UUID(head["form_id"])
            head["received_at"] = datetime.fromisoformat(head["received_at"])
            head["flags"] = tuple(head["flags"])
            return cls(body=body, **head)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("This is not a spooled submission.") from error


def _uuid_of(*parts: bytes) -> UUID:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return UUID(bytes=digest.digest()[:16], version=4)


def submission_key(
    header: str, fields: Fields, *, form_id: UUID, body: bytes, ip: str, as_of: datetime
) -> UUID:
    """Return the idempotency key: header, else field, else a hash that is the same for ten minutes.

    The hash covers form, body and IP address, so that a double click without JavaScript is one
    submission.
    """
    for given in (header, fields.first("submission_id")):
        try:
            return UUID(given)
        except ValueError:
            continue
    bucket = int(as_of.timestamp() // SAME_WITHIN.total_seconds())
    return _uuid_of(form_id.bytes, body, ip.encode(), str(bucket).encode())
