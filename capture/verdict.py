"""How much a submission looks like spam, and why. Nothing is dropped: a person can let it through.

Each signal gives points; from ``THRESHOLD`` on a submission is held. The numbers are set so that
one weak signal never holds anybody and one strong one always does.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from capture.judging import Judged
from capture.models import Submission, SubmissionState

THRESHOLD = 50
TOO_FAST = timedelta(seconds=2)
MANY_FROM_ONE_IP, IP_WINDOW = 30, timedelta(minutes=10)
MANY_FOR_ONE_ADDRESS, ADDRESS_WINDOW = 5, timedelta(hours=1)
SAME_TEXT, TEXT_WINDOW = 3, timedelta(hours=24)

_LINK = re.compile(r"(?:https?://|www\.)\S+|\[url", re.IGNORECASE)
# An address in a name: written out, or a domain with one of the endings that spam prefers.
_LINK_IN_NAME = re.compile(
    r"://|www\.|@|\b[\w-]+\.(?:com|net|org|info|biz|ru|cn|xyz|top|tld|click|link|site|online|io|tk)\b",
    re.IGNORECASE,
)
_NAME_FIELDS = ("salutation", "first_name", "last_name")
_LATIN_LANGUAGES = frozenset({"de", "en"})
_ROLES = frozenset(
    {"abuse", "hostmaster", "mailer-daemon", "no-reply", "noreply", "postmaster", "webmaster"}
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One signal: its code, how much it weighs, and the value that it is about."""

    code: str
    points: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many submissions came before this one with the same sender, address, text or proof."""

    from_ip: int = 0
    for_address: int = 0
    same_text: int = 0
    same_proof: int = 0


@dataclass(slots=True)
class Verdict:
    """All reasons that were found; ``flags`` are odd but no reason to hold."""

    reasons: list[Reason] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    @property
    def score(self) -> int:
        """The points together."""
        return sum(reason.points for reason in self.reasons)

    @property
    def is_spam(self) -> bool:
        """Whether a person has to look at it."""
        return self.score >= THRESHOLD

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as it is stored."""
        reasons = [{"code": r.code, "points": r.points, "detail": r.detail} for r in self.reasons]
        return {"score": self.score, "reasons": reasons, "flags": self.flags}


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the signals look at."""

    judged: Judged
    crowd: Crowd
    language: str
    origin: str = ""
    is_origin_allowed: bool = True

    @property
    def text(self) -> str:
        """Everything that was written freely."""
        return "\n".join(self.judged.answers.texts)


def _trap(item: Candidate) -> Reason | None:
    return Reason("trap", 100) if item.judged.is_trapped else None


def _too_fast(item: Candidate) -> Reason | None:
    took = item.judged.took
    if took is None:
        return Reason("time_unknown", 20)
    return Reason("too_fast", 60, f"{took.total_seconds():.1f} s") if took < TOO_FAST else None


def _without_script(item: Candidate) -> Reason | None:
    return Reason("without_script", 10) if item.judged.check.way == "sum" else None


def _links(item: Candidate) -> Reason | None:
    website = item.judged.answers.values.get("website", "")
    count = len(_LINK.findall(item.text.replace(website, "") if website else item.text))
    points = {0: 0, 1: 10, 2: 30}.get(count, 60)
    return Reason("links", points, str(count)) if points else None


def _link_in_name(item: Candidate) -> Reason | None:
    values = item.judged.answers.values
    names = [values.get(name, "") for name in _NAME_FIELDS]
    found = next((name for name in names if _LINK_IN_NAME.search(name)), "")
    return Reason("link_in_name", 100, found[:80]) if found else None


def _disposable(item: Candidate) -> Reason | None:
    domain = item.judged.answers.email.rpartition("@")[2].lower()
    return Reason("disposable", 50, domain[:80]) if domain in disposable_domains() else None


def _role(item: Candidate) -> Reason | None:
    local = item.judged.answers.email.partition("@")[0].lower()
    return Reason("role_address", 30, local) if local in _ROLES else None


def _foreign_script(item: Candidate) -> Reason | None:
    if item.language[:2] not in _LATIN_LANGUAGES:
        return None
    letters = [char for char in item.judged.answers.message if char.isalpha()]
    foreign = [char for char in letters if not unicodedata.name(char, "").startswith("LATIN")]
    return Reason("foreign_script", 30) if len(foreign) * 2 > len(letters) else None


def _crowd(item: Candidate) -> Iterable[Reason]:
    crowd = item.crowd
    if crowd.from_ip >= MANY_FROM_ONE_IP:
        yield Reason("many_from_ip", 60, str(crowd.from_ip))
    if crowd.for_address >= MANY_FOR_ONE_ADDRESS:
        yield Reason("many_for_address", 60, str(crowd.for_address))
    if crowd.same_text >= SAME_TEXT:
        yield Reason("same_text", 50, str(crowd.same_text))
    if crowd.same_proof:
        yield Reason("proof_used", 100, str(crowd.same_proof))


def _origin(item: Candidate) -> Reason | None:
    return None if item.is_origin_allowed else Reason("origin", 40, item.origin[:200])


_SIGNALS: tuple[Callable[[Candidate], Reason | None], ...] = (
    _trap,
    _too_fast,
    _without_script,
    _links,
    _link_in_name,
    _disposable,
    _role,
    _foreign_script,
    _origin,
)


def weigh(item: Candidate) -> Verdict:
    """Return what speaks against ``item``."""
    found = [reason for signal in _SIGNALS if (reason := signal(item))]
    flags = item.judged.fields.flags | item.judged.answers.flags
    return Verdict([*found, *_crowd(item)], sorted(flags))


def weigh_content(item: Candidate) -> list[Reason]:
    """Return what speaks against the words alone, for doors that know nothing of a browser."""
    signals = (_links, _link_in_name, _disposable, _role, _foreign_script)
    return [reason for signal in signals if (reason := signal(item))]


@cache
def disposable_domains() -> frozenset[str]:
    """Return the domains of throw-away addresses, from the list beside this file."""
    lines = (Path(__file__).parent / "disposable_domains.txt").read_text().splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def crowds(keys: Sequence[UUID]) -> dict[UUID, Crowd]:
    """Count for each submission what came before it; one query.

    ``email_key``, ``content_key`` and ``proof`` of the submissions must be stored before, so that
    those of one chunk count for each other.
    """
    earlier = Q(received_at__lt=OuterRef("received_at")) | Q(
        received_at=OuterRef("received_at"), pk__lt=OuterRef("pk")
    )

    def count(same: str, window: timedelta | None = None) -> Coalesce:
        twins: QuerySet[Submission] = Submission.objects.filter(earlier, **{same: OuterRef(same)})
        if same != "ip":
            # What their indexes leave out; said again, or PostgreSQL reads the whole table instead.
            twins = twins.exclude(**{same: ""})
        if window:
            twins = twins.filter(received_at__gt=OuterRef("received_at") - window)
        if same == "content_key":
            twins = twins.exclude(email_key=OuterRef("email_key"))
        if same in {"email_key", "proof"}:
            twins = twins.exclude(state=SubmissionState.INVALID)
        total = twins.order_by().values(same).annotate(total=Count("*")).values("total")
        return Coalesce(Subquery(total), 0)

    rows = (
        Submission.objects.filter(pk__in=keys)
        .annotate(
            from_ip=count("ip", IP_WINDOW),
            for_address=count("email_key", ADDRESS_WINDOW),
            same_text=count("content_key", TEXT_WINDOW),
            same_proof=count("proof"),
        )
        .values_list(
            *("pk", "from_ip", "for_address", "same_text", "same_proof"),
            *("email_key", "content_key", "proof"),
        )
    )
    return {
        pk: Crowd(
            from_ip=from_ip,
            for_address=for_address if email_key else 0,
            same_text=same_text if content_key else 0,
            same_proof=same_proof if proof else 0,
        )
        for pk, from_ip, for_address, same_text, same_proof, email_key, content_key, proof in rows
    }
