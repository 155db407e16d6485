"""How a condition is refused."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ground.errors import DomainError


class ConditionError(DomainError):
    """A condition that cannot be read; ``field`` names the place, as in ``where.all[1].value``."""

    status = 400

    def __init__(self, path: str, message: str | Promise) -> None:
        super().__init__("condition_invalid", message, path)


class TooSlowError(DomainError):
    """A query was stopped because it took longer than it may."""

    def __init__(self) -> None:
        super().__init__(
            "query_too_slow", _("This condition takes too long to answer. Please narrow it down.")
        )
