"""How a form appears on a website: where it stands, what opens it, and to whom."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from leads.normalise import clean_text

MAX_LINES = 20


class Shape(TextChoices):
    """What a form looks like on the page around it."""

    INLINE = "inline", _("In the page, where the line stands")
    BUTTON = "button", _("A button that opens it")
    POPUP = "popup", _("Window in the middle")
    SLIDE = "slide", _("Slides in at the corner")
    BAR = "bar", _("Bar at the bottom")


class Trigger(TextChoices):
    """What opens a form that is not in the page."""

    TIME = "time", _("after some seconds")
    SCROLL = "scroll", _("when part of the page has been read")
    EXIT = "exit", _("when the visitor is about to leave")
    CLICK = "click", _("when something of the page is clicked")


class Device(TextChoices):
    """On which devices a form opens by itself."""

    ALL = "all", _("on all")
    PHONE = "phone", _("on phones")
    DESK = "desk", _("on computers")


class Who(TextChoices):
    """To which visitors a form opens by itself."""

    ALL = "all", _("to all")
    NEW = "new", _("to those who are here for the first time")
    KNOWN = "known", _("to those who have been here before")


class Limit(StrEnum):
    """The bounds of what can be set, by the name of the setting."""

    SECONDS = "seconds"
    PERCENT = "percent"
    PAUSE_DAYS = "pause_days"


_BOUNDS = {Limit.SECONDS: (0, 600, 8), Limit.PERCENT: (1, 100, 50), Limit.PAUSE_DAYS: (0, 365, 14)}


@dataclass(frozen=True, slots=True)
class Display:
    """The shape of a form and when it opens by itself.

    ``pages`` are beginnings of paths, ``not_pages`` those on which it stays away, ``referrer`` a
    part of where the visitor came from, ``campaign`` the ``utm_campaign`` of the visit. After it
    was shown it rests for ``pause_days``; whoever answered does not see it again. ``opener`` is a
    CSS selector for what opens it with a click.
    """

    shape: str = Shape.INLINE
    trigger: str = Trigger.TIME
    seconds: int = 8
    percent: int = 50
    opener: str = ""
    opener_text: str = ""
    pages: tuple[str, ...] = ()
    not_pages: tuple[str, ...] = ()
    referrer: str = ""
    campaign: str = ""
    device: str = Device.ALL
    who: str = Who.ALL
    pause_days: int = 14

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read it from JSON or from what the editor posts; what does not fit gets its default."""
        data = data if isinstance(data, Mapping) else {}
        return cls(
            shape=_one_of(Shape, data.get("shape"), Shape.INLINE),
            trigger=_one_of(Trigger, data.get("trigger"), Trigger.TIME),
            **{name.value: _number(data.get(name), *bounds) for name, bounds in _BOUNDS.items()},
            opener=_text(data.get("opener"), 200),
            opener_text=_text(data.get("opener_text"), 60),
            pages=_lines(data.get("pages")),
            not_pages=_lines(data.get("not_pages")),
            referrer=_text(data.get("referrer"), 200),
            campaign=_text(data.get("campaign"), 80),
            device=_one_of(Device, data.get("device"), Device.ALL),
            who=_one_of(Who, data.get("who"), Who.ALL),
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON; ``from_json`` gives the same one back."""
        return {**asdict(self), "pages": list(self.pages), "not_pages": list(self.not_pages)}

    @property
    def opens(self) -> bool:
        """Whether it is not simply in the page."""
        return self.shape != Shape.INLINE


def _text(value: Any, limit: int) -> str:
    return clean_text(str(value or ""), limit=limit)


def _one_of(choices: type[TextChoices], value: Any, otherwise: str) -> str:
    return str(value) if value in choices.values else str(otherwise)


def _number(value: Any, least: int, most: int, otherwise: int) -> int:
    text = str(value if value is not None else "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        return otherwise
    return min(max(int(text), least), most)


def _lines(value: Any) -> tuple[str, ...]:
    given = value.splitlines() if isinstance(value, str) else list(value or ())
    lines = (_text(line, 300) for line in given)
    return tuple(line for line in lines if line)[:MAX_LINES]
