"""What may go wrong in the domain, told to every door in the same shape."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise


class DomainError(Exception):
    """A refusal: nothing was changed, and the reader is told why.

    ``code`` is a stable lower-case word for programs, ``message`` a sentence in the reader's
    language, ``field`` the input it is about ("" when it is about the whole), ``details`` more
    data for programs. ``status`` is the HTTP status that the web and API mappings answer with.
    """

    status = 422

    def __init__(
        self,
        code: str,
        message: str | Promise,
        field: str = "",
        *,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code, str(message))
        self.code = code
        self.message = message
        self.field = field
        self.details = dict(details or {})

    def __str__(self) -> str:
        return str(self.message)


class NotAllowedError(DomainError):
    """The actor may see the thing but not do this with it."""

    status = 403


class ConflictError(DomainError):
    """Somebody else changed the thing in between."""

    status = 409


class RetryableError(Exception):
    """The outside world did not answer; the same call may go through later."""


class PermanentError(Exception):
    """The outside world refused for good; the same call will be refused again."""
