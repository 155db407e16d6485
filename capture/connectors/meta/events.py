"""What stands in a notification of Meta: leads, reactions, comments and messages."""

from collections.abc import Iterator
from typing import Any

from capture.connectors.payloads import as_dict, as_list, as_text, to_bytes
from capture.connectors.told import Item, SocialSignal

# What Meta calls things on a page, and what we call them.
_KINDS = {"comment": "comment", "reaction": "like", "like": "like", "share": "share"}


def items_of(value: dict[str, Any]) -> Iterator[Item]:
    """Yield each event under an id that a second notification of it has again."""
    kind = as_text(value.get("object"))
    for entry in map(as_dict, as_list(value.get("entry"))):
        around = {"object": kind, "page": as_text(entry.get("id"))}
        for change in map(as_dict, as_list(entry.get("changes"))):
            inner = as_dict(change.get("value"))
            field = as_text(change.get("field"))
            if field == "leadgen":
                key = f"leadgen:{as_text(inner.get('leadgen_id'))}"
                yield Item(key, to_bytes({**around, "leadgen": inner}))
            else:
                body = {**around, "field": field, "change": inner, "time": entry.get("time")}
                yield Item(_change_key(field, inner), to_bytes(body))
        for message in map(as_dict, as_list(entry.get("messaging"))):
            mid = as_text(as_dict(message.get("message")).get("mid"))
            yield Item(f"message:{mid}" if mid else "", to_bytes({**around, "messaging": message}))


def _change_key(field: str, value: dict[str, Any]) -> str:
    """Return an id; a reaction has none, but happens once for each post and person."""
    comment = as_text(value.get("comment_id") or (value.get("id") if field == "comments" else ""))
    verb = as_text(value.get("verb")) or "add"
    if comment and as_text(value.get("item")) in {"", "comment"}:
        return f"comment:{comment}:{verb}"
    who = as_text(as_dict(value.get("from")).get("id"))
    parts = [as_text(value.get(name)) for name in ("item", "post_id", "reaction_type")]
    at = as_text(value.get("created_time"))
    return ":".join(["change", *parts, who, verb, at]) if who else ""


def signal_of(event: dict[str, Any]) -> SocialSignal | None:
    """Return what somebody did, or None for what says nothing about a person.

    What a page does itself, what is taken back, and echoes of our own messages say nothing.
    """
    network = "instagram" if event.get("object") == "instagram" else "facebook"
    page = as_text(event.get("page"))
    message = as_dict(event.get("messaging"))
    if message:
        return _message(network, page, message)
    value = as_dict(event.get("change"))
    author = as_dict(value.get("from"))
    who = as_text(author.get("id"))
    kind = "comment" if event.get("field") in {"comments", "live_comments"} else ""
    kind = kind or _KINDS.get(as_text(value.get("item")), "")
    if event.get("field") == "mentions":
        kind = "mention"
    if not kind or not who or who == page or as_text(value.get("verb")) in {"remove", "hide"}:
        return None
    post = as_text(value.get("post_id")) or as_text(as_dict(value.get("media")).get("id"))
    return SocialSignal(
        network,
        kind,
        who[:100],
        as_text(author.get("name"))[:200],
        as_text(author.get("username"))[:200],
        as_text(value.get("message") or value.get("text"))[:5000],
        post[:200],
    )


def _message(network: str, page: str, event: dict[str, Any]) -> SocialSignal | None:
    inner = as_dict(event.get("message"))
    who = as_text(as_dict(event.get("sender")).get("id"))
    if not inner or inner.get("is_echo") or not who or who == page:
        return None
    attached = [as_text(as_dict(it).get("type")) for it in as_list(inner.get("attachments"))]
    text = as_text(inner.get("text")) or ", ".join(filter(None, attached))
    return SocialSignal(network, "message", who[:100], text=text[:5000])
