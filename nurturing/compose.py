"""Putting a mail together: what stands in it when it is claimed, and how it goes out."""

import html
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from email.utils import formataddr, parseaddr
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from accounts.memo import remembering
from accounts.models import Organisation
from capture.models import FormReply
from capture.replies import Attachment, attachments_of
from leads.models import Consent, ConsentChannel, ConsentPurpose, ConsentState, Lead
from leads.normalise import clean_text
from nurturing.catalogue import Reader, values_for
from nurturing.channels.email.base import OutgoingMail
from nurturing.clearance import Clearance
from nurturing.deadline import Deadline
from nurturing.models import LinkKind, Message, MessageKind, TemplateVersion, TrackedLink
from nurturing.models.messages import new_token
from nurturing.tokens import fill_html, fill_subject, fill_text, token_names

log = structlog.get_logger(__name__)

_HREF = re.compile(r'href="([^"]*)"')
_SAFE_SCHEMES = {"http", "https", "mailto", "tel"}


@dataclass(frozen=True, slots=True)
class Content:
    """What one reader gets: subject, both bodies, and the links that are measured."""

    subject: str
    text: str
    html: str = ""
    links: list[TrackedLink] = field(default_factory=list)


def absolute(name: str, **kwargs: object) -> str:
    """Return the public address of a page; never from what a request says."""
    return f"{settings.BASE_URL}{reverse(name, kwargs=kwargs)}"


def unsubscribe_link(message: Message) -> str:
    """Return the address under which the reader of ``message`` unsubscribes."""
    return absolute("unsubscribe", token=message.token)


def language_for(lead: Lead, languages: list[str], organisation: Organisation) -> str:
    """Return the reader's language where there is a text in it, else the organisation's."""
    for wanted in (lead.language[:2].lower(), organisation.default_language):
        if wanted in languages:
            return wanted
    return languages[0]


def contents_for(messages: Collection[Message], organisation: Organisation) -> dict[int, Content]:
    """Return what mails of sequences say that say nothing yet, by message; one query in all.

    What cannot be put together is left out; ``content_for`` says why.
    """
    unwritten = [one for one in messages if one.kind == MessageKind.SEQUENCE and not one.text]
    measured = _measured_leads([message.lead_id for message in unwritten])
    contents = {}
    with remembering():
        for message in unwritten:
            try:
                contents[message.pk] = _content(message, organisation, measured)
            except Exception as error:  # noqa: BLE001 - said by whoever needs this one
                log.info("mail_not_written_ahead", message=message.pk, error=type(error).__name__)
    return contents


def content_for(message: Message, organisation: Organisation) -> Content:
    """Return what ``message`` says to its lead, from its texts; raises what these raise."""
    return _content(message, organisation, _measured_leads([message.lead_id]))


def _content(message: Message, organisation: Organisation, measured: Collection[int]) -> Content:
    """Fill in the texts; only for leads in ``measured`` with links that count and a pixel."""
    version, lead = message.template_version, message.lead
    assert version is not None
    assert lead is not None
    language = language_for(lead, list(version.texts), organisation)
    link = unsubscribe_link(message)
    filled = fill_version(version, language, lead, organisation, link)
    if lead.pk not in measured:
        return filled
    links: list[TrackedLink] = []
    html = _HREF.sub(lambda found: _measured(found, message, links, kept=link), filled.html)
    return Content(filled.subject, filled.text, _with_traps(html, message, links), links)


def may_measure(lead: Lead | None) -> bool:
    """Say whether this lead agreed that opens and clicks are measured."""
    return lead is not None and bool(_measured_leads([lead.pk]))


def _measured_leads(lead_ids: Collection[int | None]) -> set[int]:
    agreed = Consent.objects.filter(
        lead__in=lead_ids,
        purpose=ConsentPurpose.TRACKING,
        channel=ConsentChannel.EMAIL,
        state=ConsentState.GRANTED,
    )
    return set(agreed.values_list("lead_id", flat=True))


def fill_version(
    version: TemplateVersion, language: str, lead: Lead, organisation: Organisation, link: str
) -> Content:
    """Return the texts of ``version`` in ``language`` with everything about ``lead`` filled in."""
    return fill_texts(version.texts[language], language, lead, organisation, link)


def fill_texts(
    texts: dict[str, str], language: str, lead: Lead, organisation: Organisation, link: str
) -> Content:
    """Return compiled ``texts`` filled in for ``lead``; ``link`` is where to unsubscribe."""
    parts = {name: texts[name] for name in ("subject", "text", "html")}
    names = set().union(*map(token_names, parts.values()))
    values = values_for(Reader(lead, organisation, language), names)
    values |= {
        "unsubscribe_link": link,
        "imprint": "\n".join(organisation.imprint_lines),
    }
    return Content(
        fill_subject(parts["subject"], values),
        fill_text(parts["text"], values),
        _HREF.sub(_safe, fill_html(parts["html"], values)),
    )


def _safe(found: re.Match[str]) -> str:
    """SECURITY: a value of a lead may have become a link; only web, mail and phone ones stay."""
    scheme = _scheme(html.unescape(found[1]))
    return found[0] if scheme in _SAFE_SCHEMES else 'href="#"'


def _scheme(url: str) -> str:
    try:
        return urlsplit(url.strip()).scheme.lower()
    except ValueError:
        return ""


def _measured(
    found: re.Match[str], message: Message, links: list[TrackedLink], *, kept: str
) -> str:
    url = html.unescape(found[1])
    if url == kept or _scheme(url) not in {"http", "https"}:
        return found[0]
    known = next((link for link in links if link.url == url), None)
    if known is None:
        known = TrackedLink(token=new_token(), message=message, url=url, position=len(links) + 1)
        links.append(known)
    return f'href="{absolute("follow_link", token=known.token)}"'


def _with_traps(markup: str, message: Message, links: list[TrackedLink]) -> str:
    """Add the pixel, and the link that only machines follow."""
    trap = TrackedLink(token=new_token(), message=message, kind=LinkKind.TRAP, position=0)
    pixel = TrackedLink(token=new_token(), message=message, kind=LinkKind.PIXEL, position=0)
    links += [trap, pixel]
    added = (
        f'<a href="{absolute("follow_link", token=trap.token)}" style="display:none"'
        ' aria-hidden="true" tabindex="-1"></a>'
        f'<img src="{absolute("open_pixel", token=pixel.token)}" width="1" height="1" alt="">'
    )
    head, body, tail = markup.rpartition("</body>")
    return f"{head}{added}{body}{tail}"


def new_message_id(public_id: object, organisation: Organisation) -> str:
    """Return the Message-ID header for a message: its public id at the sender's domain."""
    domain = parseaddr(sender(organisation))[1].rpartition("@")[2]
    return f"<{public_id}@{domain or 'localhost'}>"


def sender(organisation: Organisation, name: str = "") -> str:
    """Return the From header: the organisation's own address, else that of the settings.

    SECURITY: a name is one line, whatever was stored; with a break in it no mail could be sent.
    """
    default_name, default_address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    address = organisation.sender_email or default_address
    shown = name or organisation.sender_name or organisation.name or default_name
    return formataddr((clean_text(shown, limit=100), address))


def outgoing(
    message: Message, organisation: Organisation, clearance: Clearance, deadline: Deadline
) -> OutgoingMail:
    """Return ``message``, as it was fixed in the hand-over, ready for a channel."""
    author = message.author if message.kind == MessageKind.ONE_TO_ONE else None
    return OutgoingMail(
        clearance=clearance,
        deadline=deadline,
        message_id=message.message_id,
        sender=sender(organisation, author.display_name if author else ""),
        to=message.to_address,
        subject=message.subject,
        text=message.text,
        html=message.html,
        headers=_headers(message),
        attachments=_attachments(message),
    )


Filer = Callable[[Any], list[Attachment]]
_FILERS: dict[str, Filer] = {}


def register_files(kind: str, filer: Filer) -> None:
    """Let messages to colleagues carry files: ``context["files"]`` is ``[kind, data]``.

    ``filer`` makes them of the data, the same at every call.
    """
    if kind in _FILERS:
        raise ValueError(f"The files {kind} are made twice.")
    _FILERS[kind] = filer


def _attachments(message: Message) -> list[Attachment]:
    """Return the files that go with a message; they are made anew, and the same."""
    if message.kind == MessageKind.NOTIFICATION and "files" in message.context:
        kind, data = message.context["files"]
        with translation.override(message.language):
            return _FILERS[kind](data)
    if message.kind != MessageKind.REPLY:
        return []
    reply = FormReply.objects.filter(pk=message.context["reply_id"]).first()
    if reply is None:
        return []
    with translation.override(reply.language):
        return attachments_of(reply)


def _headers(message: Message) -> dict[str, str]:
    headers = {}
    if message.kind == MessageKind.ONE_TO_ONE:
        if message.author is not None:
            headers["Reply-To"] = message.author.email
    else:
        headers["Auto-Submitted"] = "auto-generated"
    if is_advertising(message):
        # RFC 8058: one click, no cookie, no page in between.
        headers["List-Unsubscribe"] = f"<{unsubscribe_link(message)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def is_advertising(message: Message) -> bool:
    """Say whether the law wants a way to unsubscribe in this mail."""
    if message.kind == MessageKind.ONE_TO_ONE:
        return not message.context.get("is_answer")
    return message.kind == MessageKind.SEQUENCE
