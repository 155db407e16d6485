"""What ``t.js`` tells: one batch of events, read without trust in any of it."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from capture.attribution import Origin, clean_address, host_of, kept_address, read_origin
from capture.models import PageEventKind
from capture.switches import Switches
from leads.normalise import clean_text

MAX_EVENTS = 50
# So much happens within one view at most.
MAX_HAPPENINGS = 500
MAX_SECONDS = 4 * 3600
MAX_DETAILS, LONGEST_DETAIL = 10, 200
# A browser that was asleep tells later; more than this is a wrong clock.
MAX_AGE = timedelta(hours=1)
# So many different pages and links within a second are no person's (hardening R10).
BURST, BURST_WITHIN = 12, timedelta(seconds=1)
_TOKEN = re.compile(r"^[0-9a-f]{32}$")
_NAME = re.compile(r"[^\w .:/-]")
_DETAIL = re.compile(r"^[A-Za-z_][\w.-]{0,49}$")
_CLICKS = {"outbound": PageEventKind.OUTBOUND, "download": PageEventKind.DOWNLOAD}


@dataclass(frozen=True, slots=True)
class NewView:
    """One page view as the browser told it; ``url`` is http(s) and keeps only its origin."""

    key: UUID
    url: str
    host: str
    path: str
    title: str
    referrer: str
    origin: Origin
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a view was looked at so far and how far it was scrolled; None is not measured."""

    key: UUID
    seconds: int | None
    depth: int | None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something done within a view."""

    key: UUID
    number: int
    kind: str
    name: str
    url: str
    data: dict[str, Any]
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """What one browser told at once; ``token`` is the id it claims to have, well formed or ""."""

    token: str
    views: Sequence[NewView] = ()
    stays: Sequence[Stay] = ()
    happenings: Sequence[Happening] = ()
    machine_reason: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it is to be kept."""
        return not (self.views or self.stays or self.happenings)


def read_json(body: bytes) -> dict[str, Any]:
    """Return the object in ``body``, or an empty one."""
    try:
        data = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def token_of(data: dict[str, Any]) -> str:
    """Return the id in ``data``, or "" where it is none that we could have given."""
    token = data.get("v")
    return token if isinstance(token, str) and _TOKEN.match(token) else ""


def read_batch(
    data: dict[str, Any], on: Switches, *, origin: str, machine: str, as_of: datetime
) -> Batch:
    """Return what of ``data`` is switched on and makes sense; views need the visitor's consent.

    ``origin`` is the website that the browser says it comes from: pages of another one are left
    out. Scripts of the version before send one event alone.
    """
    told = data.get("b") if "b" in data else [data]
    if not isinstance(told, list) or not on.visits:
        return Batch("")
    is_single = "b" not in data
    reader = _Reader(on, host_of(origin), as_of)
    for event in told[:MAX_EVENTS]:
        if isinstance(event, dict):
            reader.read(event, has_consent=data.get("c") is True, is_single=is_single)
    reason = machine or ("automated" if data.get("m") == 1 else "")
    return Batch(
        token_of(data),
        reader.views,
        reader.stays,
        reader.happenings,
        reason or ("burst" if reader.is_burst else ""),
    )


class _Reader:
    """Sorts the events of one batch."""

    def __init__(self, on: Switches, origin_host: str, as_of: datetime) -> None:
        self.on = on
        self.origin_host = origin_host
        self.as_of = as_of
        self.views: list[NewView] = []
        self.stays: list[Stay] = []
        self.happenings: list[Happening] = []

    def read(self, event: dict[str, Any], *, has_consent: bool, is_single: bool) -> None:
        kind = event.get("e")
        key = _key(event)
        if kind == "view" and has_consent:
            self._view(event, key or uuid4())
        elif key is None or not (has_consent or is_single):
            return
        elif kind in {"stay", "leave"}:
            self._stay(event, key)
        elif kind in {"click", "event"}:
            self._happening(event, key)

    def _view(self, event: dict[str, Any], key: UUID) -> None:
        url = kept_address(clean_address(str(event.get("u", ""))))
        host = host_of(url)
        if not host or not self.on.covers(host) or self.origin_host not in {"", host}:
            return
        referrer = clean_address(str(event.get("r", "")))[:2000]
        self.views.append(
            NewView(
                key,
                url[:2000],
                host[:255],
                (urlsplit(url).path or "/")[:1000],
                clean_text(str(event.get("t", "")), limit=300),
                referrer,
                read_origin(url, referrer),
                self._moment(event),
            )
        )

    def _stay(self, event: dict[str, Any], key: UUID) -> None:
        seconds = _whole(event.get("s"), MAX_SECONDS, 10**6) if self.on.dwell else None
        depth = _whole(event.get("d"), 100, 100) if self.on.scroll else None
        if seconds or depth:
            self.stays.append(Stay(key, seconds, depth))

    def _happening(self, event: dict[str, Any], key: UUID) -> None:
        number = _whole(event.get("i"), MAX_HAPPENINGS, MAX_HAPPENINGS)
        if not number:
            return
        at = self._moment(event)
        kind = _CLICKS.get(str(event.get("k")))
        if event["e"] == "click" and self.on.clicks and kind:
            url = kept_address(clean_address(str(event.get("u", ""))))
            if url:
                self.happenings.append(Happening(key, number, kind, "", url[:2000], {}, at))
        elif event["e"] == "event" and self.on.events:
            name = _NAME.sub("", clean_text(str(event.get("n", "")), limit=100)).strip()
            if name:
                data = _details(event.get("d"))
                self.happenings.append(
                    Happening(key, number, PageEventKind.CUSTOM, name, "", data, at)
                )

    def _moment(self, event: dict[str, Any]) -> datetime:
        age = event.get("a")
        if not isinstance(age, int | float) or isinstance(age, bool) or not 0 <= age < 10**9:
            return self.as_of
        return self.as_of - min(timedelta(milliseconds=age), MAX_AGE)

    @property
    def is_burst(self) -> bool:
        """Whether more was gone to within a second than a person can."""
        gone = [(view.occurred_at, view.path) for view in self.views]
        gone += [(item.occurred_at, item.url) for item in self.happenings if item.url]
        if len(gone) < BURST:
            return False
        gone.sort()
        return any(
            last - first <= BURST_WITHIN
            for (first, _a), (last, _b) in zip(gone, gone[BURST - 1 :], strict=False)
        )


def _key(event: dict[str, Any]) -> UUID | None:
    try:
        return UUID(str(event.get("p", ""))[:40])
    except ValueError:
        return None


def _whole(value: Any, most: int, believable: float) -> int | None:
    """Return a number of at most ``most``; None for what is no number or beyond ``believable``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return min(int(value), most) if 0 < value <= believable else None


def _details(value: Any) -> dict[str, Any]:
    """Return up to ten plain values by name."""
    if not isinstance(value, dict):
        return {}
    kept: dict[str, Any] = {}
    for name, item in list(value.items())[:50]:
        if len(kept) == MAX_DETAILS:
            break
        if not _DETAIL.match(name):
            continue
        if isinstance(item, str):
            kept[name] = clean_text(item, limit=LONGEST_DETAIL)
        elif isinstance(item, bool) or (isinstance(item, int | float) and abs(item) < 10**15):
            kept[name] = item
    return kept
