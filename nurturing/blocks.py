"""What a mail is made of: a list of blocks, turned into HTML and plain text when it is saved.

The tokens stay in both; they are replaced for each recipient. MJML makes the HTML, so that it
looks right in the mail programs that people have.
"""

import html
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

import nh3
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from mjml import mjml2html

from ground.errors import DomainError
from leads.normalise import clean_text

Block = Mapping[str, str]

MAX_BLOCKS = 50
KINDS = {
    "headline": gettext_lazy("Headline"),
    "text": gettext_lazy("Text"),
    "button": gettext_lazy("Button"),
    "image": gettext_lazy("Image"),
    "divider": gettext_lazy("Line"),
    "footer": gettext_lazy("Unsubscribe link"),
}
_VALUES = {
    "headline": {"text": 300},
    "text": {"html": 200_000},
    "button": {"label": 100, "url": 2000},
    "image": {"url": 2000, "alt": 300},
    "divider": {},
    "footer": {},
}
_SCHEMES = {"http", "https", "mailto", "tel"}
_TAGS = {
    *("p", "div", "br", "strong", "b", "em", "i", "u", "s", "del", "a", "ul", "ol", "li"),
    *("blockquote", "h1", "h2", "h3"),
}
_BRACES = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_BRACED = r"\{\{\s*[a-z][a-z0-9_.]*\s*\}\}"
_ADDRESS = re.compile(
    rf"(?:(?:https?://|mailto:|tel:)|{_BRACED})(?:[^\s{{}}]|{_BRACED})*", re.IGNORECASE
)


def read_blocks(data: Any) -> list[dict[str, str]]:
    """Return the blocks that JSON or a form stands for, cleaned.

    Raises ``DomainError`` with code ``bad_block`` and the number of the block in ``details``.
    """
    if not isinstance(data, list) or len(data) > MAX_BLOCKS:
        raise DomainError("bad_block", gettext_lazy("A mail may have 50 blocks at most."), "blocks")
    return [_read_block(item, number) for number, item in enumerate(data)]


def _read_block(item: Any, number: int) -> dict[str, str]:
    kind = item.get("kind") if isinstance(item, dict) else None
    if kind not in _VALUES:
        raise DomainError("bad_block", gettext_lazy("This block is not known."), "blocks")
    block = {"kind": str(kind)}
    for name, limit in _VALUES[block["kind"]].items():
        raw = str(item.get(name) or "")
        block[name] = clean_html(raw) if name == "html" else clean_text(raw, limit=limit)
        if len(block[name]) > limit:
            raise DomainError("bad_block", gettext_lazy("This text is too long."), "blocks")
    url = block.get("url", "")
    if url and not _ADDRESS.fullmatch(url):
        raise DomainError(
            "bad_block",
            gettext_lazy("A link begins with https://."),
            "blocks",
            details={"block": number},
        )
    return block


def clean_html(raw: str) -> str:
    """Return rich text without anything but the tags that mails need.

    SECURITY: scripts, forms, styles, images and foreign schemes are taken out. Inside of tokens
    the entities of the editor are turned back into characters.
    """
    cleaned = nh3.clean(
        raw,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes=_SCHEMES,
        link_rel=None,
        strip_comments=True,
    )
    return _BRACES.sub(lambda found: html.unescape(found[0]).replace("\u00a0", " "), cleaned)


def starting_blocks() -> list[dict[str, str]]:
    """Return what a new mail begins with."""
    return [{"kind": "text", "html": ""}, {"kind": "footer"}]


def compile_html(blocks: Sequence[Block], *, language: str) -> str:
    """Return the HTML of a mail with its tokens, the imprint at its end."""
    shelf = Shelf()
    with translation.override(language):
        body = "".join(_MJML[block["kind"]](block, shelf) for block in blocks)
    imprint = shelf.tokens("{{ imprint }}")
    return shelf.put_back(mjml2html(_FRAME.format(language=language, body=body, imprint=imprint)))


class Shelf:
    """Keeps what MJML must not see: it escapes braces, quotes and joined emoji as it likes."""

    def __init__(self) -> None:
        self._kept: list[str] = []
        self._mark = f"kept{secrets.token_hex(8)}x"

    def keep(self, text: str) -> str:
        """Return what stands for ``text`` until it is put back."""
        self._kept.append(text)
        return f"{self._mark}{len(self._kept) - 1}x"

    def tokens(self, text: str) -> str:
        """Return ``text`` with a stand-in for each token."""
        return _BRACES.sub(lambda found: self.keep(found[0]), text)

    def put_back(self, compiled: str) -> str:
        """Return ``compiled`` with everything in its place again."""
        return re.sub(f"{self._mark}(\\d+)x", lambda mark: self._kept[int(mark[1])], compiled)


def compile_text(blocks: Sequence[Block], *, language: str) -> str:
    """Return the plain text of a mail with its tokens, the imprint at its end."""
    with translation.override(language):
        parts = [_TEXT[block["kind"]](block) for block in blocks]
    text = "\n\n".join(part for part in parts if part)
    return f"{text}\n\n-- \n{{{{ imprint }}}}\n"


# `mj-all` names the font, so that no font is fetched from a foreign server.
_FRAME = (
    '<mjml lang="{language}"><mj-head><mj-attributes>'
    '<mj-all font-family="Helvetica, Arial, sans-serif" />'
    '<mj-text font-size="16px" line-height="1.5" color="#1f2937" /></mj-attributes></mj-head>'
    '<mj-body background-color="#f4f6fa" width="600px">'
    '<mj-section background-color="#ffffff" padding="24px 8px"><mj-column>{body}</mj-column>'
    '</mj-section><mj-section padding="16px 8px"><mj-column>'
    '<mj-text font-size="12px" color="#6b7280">{imprint}</mj-text>'
    "</mj-column></mj-section></mj-body></mjml>"
)


def _headline_mjml(block: Block, shelf: Shelf) -> str:
    text = html.escape(shelf.tokens(block["text"]))
    return (
        '<mj-text font-size="24px" font-weight="700" line-height="1.3">'
        f'<h1 style="margin:0;font-size:24px">{text}</h1></mj-text>'
    )


def _text_mjml(block: Block, shelf: Shelf) -> str:
    return f"<mj-text>{_closed(shelf.tokens(block['html']))}</mj-text>"


def _closed(text: str) -> str:
    return text.replace("<br>", "<br/>").replace("&nbsp;", "&#160;")


def _button_mjml(block: Block, shelf: Shelf) -> str:
    url, label = html.escape(shelf.tokens(block["url"])), html.escape(shelf.tokens(block["label"]))
    return (
        f'<mj-button href="{url}" background-color="#066fd1" color="#ffffff" font-size="16px"'
        f' border-radius="6px" align="left">{label}</mj-button>'
    )


def _image_mjml(block: Block, shelf: Shelf) -> str:
    url, alt = html.escape(shelf.tokens(block["url"])), shelf.keep(html.escape(block["alt"]))
    return f'<mj-image src="{url}" alt="{alt}" />' if url else ""


def _divider_mjml(block: Block, shelf: Shelf) -> str:
    return '<mj-divider border-width="1px" border-color="#e5e7eb" />'


def _footer_mjml(block: Block, shelf: Shelf) -> str:
    question, word = html.escape(_("No more mails like this?")), html.escape(_("Unsubscribe"))
    link = shelf.tokens("{{ unsubscribe_link }}")
    style = 'font-size="13px" color="#6b7280"'
    return f'<mj-text {style}>{question} <a href="{link}">{word}</a></mj-text>'


_MJML: dict[str, Callable[[Block, Shelf], str]] = {
    "headline": _headline_mjml,
    "text": _text_mjml,
    "button": _button_mjml,
    "image": _image_mjml,
    "divider": _divider_mjml,
    "footer": _footer_mjml,
}
_TEXT: dict[str, Callable[[Block], str]] = {
    "headline": lambda block: block["text"],
    "text": lambda block: html_to_text(block["html"]),
    "button": lambda block: f"{block['label']}: {block['url']}",
    "image": lambda block: block["alt"],
    "divider": lambda block: "---",
    "footer": lambda block: f"{_('No more mails like this?')} {{{{ unsubscribe_link }}}}",
}


class _Reader(HTMLParser):
    """Turns the rich text of a block into plain text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._href = ""
        self._label = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line where the tag begins one, and remember a link."""
        if tag == "li":
            self.parts.append("\n- ")
        elif tag in {"p", "div", "br", "ul", "ol", "blockquote", "h1", "h2", "h3"}:
            self.parts.append("\n")
        elif tag == "a":
            self._href, self._label = dict(attrs).get("href") or "", ""

    def handle_endtag(self, tag: str) -> None:
        """Write the address behind a link, unless it is what the link says."""
        if tag in {"p", "blockquote", "h1", "h2", "h3"}:
            self.parts.append("\n")
        if tag == "a" and self._href:
            if self._href.removeprefix("mailto:") != self._label.strip():
                self.parts.append(f" ({self._href})")
            self._href = ""

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.parts.append(data)
        self._label += data


def html_to_text(markup: str) -> str:
    """Return rich text as plain text, links with their address behind them."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    text = "".join(reader.parts).replace("\u00a0", " ")
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
