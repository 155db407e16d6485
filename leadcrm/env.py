"""Settings from the environment, checked at the start.

Every own setting is called ``LEADCRM_<NAME>``. A secret may stand in a file instead:
``LEADCRM_<NAME>_FILE``. An unknown name or a bad value stops the start with its name.
"""

import os
from collections.abc import Callable, Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured

PREFIX = "LEADCRM_"
T = TypeVar("T")


class Environment:
    """Reads ``LEADCRM_*`` once each and remembers which names exist.

    ``source`` is a mapping of environment names to strings. Raises ``ImproperlyConfigured`` with
    the name of the setting for a value that cannot be read.
    """

    def __init__(self, source: Mapping[str, str] | None = None) -> None:
        self._source = os.environ if source is None else source
        self._known: set[str] = set()

    def text(self, name: str, default: str = "") -> str:
        """Return the value of ``LEADCRM_<name>`` or the content of the file it names."""
        key = PREFIX + name
        self._known |= {key, f"{key}_FILE"}
        path = self._source.get(f"{key}_FILE")
        if path is None:
            return self._source.get(key, default)
        if key in self._source:
            raise ImproperlyConfigured(f"Set {key} or {key}_FILE, not both.")
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{key}_FILE: cannot read {path}: {error}") from error

    def plain(self, name: str) -> str:
        """Return a setting that carries no prefix because every host uses it, or ""."""
        return self._source.get(name, "")

    def wrong(self, name: str, reason: str) -> ImproperlyConfigured:
        """Return the error that stops the start because of the setting ``name``."""
        return ImproperlyConfigured(f"{name} {reason}.")

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a yes/no value: ``1/0``, ``true/false``, ``yes/no``, ``on/off``."""
        value = self.text(name).strip().lower()
        if value in {"1", "true", "yes", "on"}:
            return True
        if value in {"0", "false", "no", "off"}:
            return False
        if value:
            raise ImproperlyConfigured(f"{PREFIX}{name} must be yes or no, not {value!r}.")
        return default

    def number(
        self, name: str, default: int, *, minimum: int = 0, maximum: int | None = None
    ) -> int:
        """Return a whole number of at least ``minimum`` and at most ``maximum``."""
        value = self.text(name).strip()
        if not value:
            return default
        try:
            number = int(value)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{PREFIX}{name} must be a whole number, not {value!r}."
            ) from error
        if number < minimum:
            raise ImproperlyConfigured(f"{PREFIX}{name} must be at least {minimum}, not {number}.")
        if maximum is not None and number > maximum:
            raise ImproperlyConfigured(f"{PREFIX}{name} must be at most {maximum}, not {number}.")
        return number

    def address(self, name: str, default: str) -> str:
        """Return the address of a website: scheme, host and port, the first two in lower case."""
        text = self.text(name, default).strip()
        reason = "must be an address such as https://crm.example.org, without a path"
        parts = self.read(f"{PREFIX}{name}", lambda: urlsplit(text), reason)
        port = self.read(f"{PREFIX}{name}", lambda: parts.port, reason)
        is_bare = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
        if parts.scheme not in ("http", "https") or not parts.hostname or not is_bare:
            raise self.wrong(f"{PREFIX}{name}", reason)
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return f"{parts.scheme}://{host}" + (f":{port}" if port else "")

    def zone(self, name: str, default: str) -> str:
        """Return the name of a time zone."""
        text = self.text(name, default).strip()
        reason = "must be a time zone such as Europe/Berlin"
        return self.read(f"{PREFIX}{name}", lambda: str(ZoneInfo(text)), reason)

    def mailbox(self, name: str, default: str) -> str:
        """Return a sender, with or without a name before the address."""
        text = self.text(name, default).strip()
        if "@" not in parseaddr(text)[1]:
            reason = "must be an address such as Sales <sales@example.org>"
            raise self.wrong(f"{PREFIX}{name}", reason)
        return text

    def read(self, name: str, read: Callable[[], T], reason: str) -> T:
        """Return what ``read`` returns; what it cannot read stops the start with ``name``."""
        try:
            return read()
        # A zone that does not exist is a KeyError.
        except (ValueError, OSError, KeyError) as error:
            raise self.wrong(name, reason) from error

    def names(self, name: str, default: str = "") -> list[str]:
        """Return a list from a comma-separated value."""
        return [part.strip() for part in self.text(name, default).split(",") if part.strip()]

    def refuse_unknown(self) -> None:
        """Raise ``ImproperlyConfigured`` when the environment sets a name nobody reads."""
        unknown = sorted(
            key for key in self._source if key.startswith(PREFIX) and key not in self._known
        )
        if unknown:
            raise ImproperlyConfigured(f"Unknown settings: {', '.join(unknown)}.")
