"""The few words of CalDAV (RFC 4791) that are needed, spoken over ``ground.outside`` alone.

SECURITY: the address comes from a person and the answers from a server that nobody checked: each
address that an answer names is on the server that was asked, and XML with a DTD is not read.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urljoin
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from ground.errors import PermanentError, RetryableError
from ground.outside import Answer, fetch, origin_of

LIMIT = 8 * 1024 * 1024
_DAV, _CAL = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
_PRINCIPAL = (
    '<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    "<d:prop><d:resourcetype/><d:displayname/><d:current-user-principal/>"
    "<c:calendar-home-set/></d:prop></d:propfind>"
)
_LIST = (
    '<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    "<d:prop><d:resourcetype/><d:displayname/><c:supported-calendar-component-set/></d:prop>"
    "</d:propfind>"
)
_QUERY = (
    '<?xml version="1.0"?><c:calendar-query xmlns:d="DAV:"'
    ' xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><d:getetag/><c:calendar-data/></d:prop>'
    '<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">'
    '<c:time-range start="{start}" end="{end}"/></c:comp-filter></c:comp-filter></c:filter>'
    "</c:calendar-query>"
)


class LoginRefusedError(PermanentError):
    """The server does not take user name and password."""


class NoCalendarError(PermanentError):
    """There is no calendar at the address."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who asks at which address."""

    address: str
    username: str
    password: str

    def headers(self) -> dict[str, str]:
        """Return what every request says."""
        login = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {login}", "User-Agent": "LeadCRM"}


@dataclass(frozen=True, slots=True)
class Found:
    """A calendar that a server has."""

    address: str
    name: str


def find_calendars(account: Account) -> list[Found]:
    """Return the calendars behind an address: itself, or those of whoever logs in.

    Raises ``LoginRefusedError``, ``NoCalendarError``, ``PermanentError``, ``RetryableError``.
    """
    response = next(iter(_propfind(account, account.address, "0", _PRINCIPAL)), None)
    if response is not None and _is_calendar(response):
        return [Found(_with_slash(account.address), _name(response, account.address))]
    home = account.address
    if response is not None and (principal := _href(response, f"{_DAV}current-user-principal")):
        home = _beside(account.address, principal)
        response = next(iter(_propfind(account, home, "0", _PRINCIPAL)), None)
    if response is not None and (homes := _href(response, f"{_CAL}calendar-home-set")):
        home = _beside(account.address, homes)
    found = [
        Found(_beside(account.address, _own_href(item)), _name(item, _own_href(item)))
        for item in _propfind(account, home, "1", _LIST)
        if _is_calendar(item) and _takes_events(item)
    ]
    if not found:
        raise NoCalendarError("no calendar at this address")
    return found


def read_events(account: Account, *, start: datetime, end: datetime) -> list[bytes]:
    """Return the appointments of a calendar between two moments, each as a calendar of its own."""
    query = _QUERY.format(start=_stamp(start), end=_stamp(end))
    headers = {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
    answer = _ask(account, account.address, "REPORT", query.encode(), headers)
    if answer.status != 207:
        raise _refusal(answer)
    data = f".//{_CAL}calendar-data"
    return [(item.text or "").encode() for item in _parse(answer.body).iterfind(data) if item.text]


def write_event(account: Account, uid: str, data: bytes) -> None:
    """Write an appointment under an address made of its UID; what was there is replaced."""
    headers = {"Content-Type": "text/calendar; charset=utf-8"}
    answer = _ask(account, _event_address(account, uid), "PUT", data, headers)
    if answer.status not in (200, 201, 204):
        raise _refusal(answer)


def delete_event(account: Account, uid: str) -> None:
    """Remove an appointment; one that is not there is gone already."""
    answer = _ask(account, _event_address(account, uid), "DELETE", None, {})
    if answer.status not in (200, 202, 204, 404, 410):
        raise _refusal(answer)


def _event_address(account: Account, uid: str) -> str:
    return urljoin(_with_slash(account.address), f"{quote(uid, safe='')}.ics")


def _with_slash(address: str) -> str:
    return address if address.endswith("/") else f"{address}/"


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _ask(
    account: Account, url: str, method: str, body: bytes | None, headers: Mapping[str, str]
) -> Answer:
    more = {**account.headers(), **headers}
    return fetch(url, method=method, headers=more, body=body, limit=LIMIT)


def _refusal(answer: Answer) -> Exception:
    if answer.status in (401, 403):
        return LoginRefusedError(f"status {answer.status}")
    if answer.status in (404, 405, 410, 501):
        return NoCalendarError(f"status {answer.status}")
    if answer.status in (408, 423, 425, 429) or answer.status >= 500:
        return RetryableError(f"status {answer.status}")
    return PermanentError(f"status {answer.status}")


def _propfind(account: Account, url: str, depth: str, body: str) -> list[Element]:
    headers = {"Depth": depth, "Content-Type": "application/xml; charset=utf-8"}
    answer = _ask(account, url, "PROPFIND", body.encode(), headers)
    if answer.status != 207:
        raise _refusal(answer)
    return list(_parse(answer.body).iterfind(f"{_DAV}response"))


def _parse(body: bytes) -> Element:
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise NoCalendarError("no readable XML") from error
    return root


def _beside(asked: str, href: str) -> str:
    """Return an address that an answer names; refuses one on another server."""
    url = urljoin(asked, href)
    if origin_of(url) != origin_of(asked):
        raise PermanentError("The server names an address on another server.")
    return url


def _is_calendar(response: Element) -> bool:
    return response.find(f".//{_DAV}resourcetype/{_CAL}calendar") is not None


def _takes_events(response: Element) -> bool:
    kinds = [item.get("name") for item in response.iterfind(f".//{_CAL}comp")]
    return not kinds or "VEVENT" in kinds


def _name(response: Element, otherwise: str) -> str:
    found = response.find(f".//{_DAV}displayname")
    name = (found.text or "").strip() if found is not None else ""
    return name[:120] or otherwise.rstrip("/").rpartition("/")[2][:120]


def _own_href(response: Element) -> str:
    found = response.find(f"{_DAV}href")
    return (found.text or "").strip() if found is not None else ""


def _href(response: Element, name: str) -> str:
    found = response.find(f".//{name}/{_DAV}href")
    return (found.text or "").strip() if found is not None else ""
