"""Log lines: structured, with ids in fields and no personal data."""

import logging
import re
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

REMOVED = "[removed]"
# What Django sets logging up with.
CONFIG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "leadcrm.logs.formatter"}},
    "filters": {"no_probes": {"()": "leadcrm.logs.NoProbes"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_probes"]}
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django_structlog": {"level": "WARNING"}},
}

# SECURITY: whatever a library or an exception puts into a line, these never reach the log.
_SECRET_NAMES = re.compile(
    r"(password|passwd|secret|authorization|cookie|csrf|api_?key|e_?mail|phone|mobile"
    r"|first_name|last_name|full_name|street|user_agent|^ip$|_ip$|(^|_)token$|^key$)",
    re.IGNORECASE,
)
_SECRET_TEXTS = (
    (re.compile(r"(?<=://)[^\s/@]+:[^\s/@]+(?=@)"), "[login]"),
    (re.compile(r"[\w.!#$%&'*+/?^`{|}~-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"\blcrm_[\w-]{8,}"), "[key]"),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE), "[key]"),
    (re.compile(r"(?<=/reset/key/)[\w-]{3,}|(?<=/setup/)[\w-]{20,}"), "[token]"),
    # Signed links: longer than any UUID or word in our paths.
    (re.compile(r"(?<=[/=])[\w:.=-]{40,}"), "[token]"),
    (re.compile(r"(?<![\w.:-])(?:\+|00)[1-9]\d{0,2}[ ()/.-]*\d(?:[ ()/.-]*\d){6,12}\b"), "[phone]"),
    (re.compile(r"(?<![\w.:-])0\d{2,5}[ /-]\d{3,}(?:[ -]?\d+)*\b"), "[phone]"),
)


# The patterns look ahead from every character: a line of 300 kB took minutes of one core.
_LONGEST = 2_000


def redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take personal data and secrets out of a log line, by the name of a field and by its look."""
    for name, value in event.items():
        event[name] = _clean(name, value)
    return event


def _clean(name: str, value: Any) -> Any:
    if _SECRET_NAMES.search(name) and value not in (None, "", 0, False, True):
        return REMOVED
    if isinstance(value, str):
        return "\n".join(_clean_line(line) for line in value.split("\n"))
    if isinstance(value, Mapping):
        return {key: _clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", inner) for inner in value]
    if isinstance(value, BaseException):
        return _clean("", f"{type(value).__name__}: {value}")
    return value


def _clean_line(line: str) -> str:
    if len(line) > _LONGEST:
        line = f"{line[:_LONGEST]}…"
    for pattern, instead in _SECRET_TEXTS:
        line = pattern.sub(instead, line)
    return line


_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

structlog.configure(
    processors=[
        *_SHARED,
        structlog.stdlib.filter_by_level,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def formatter() -> structlog.stdlib.ProcessorFormatter:
    """Return the formatter for all handlers: one ``key=value`` line an event, redacted last."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
    )


class NoProbes(logging.Filter):
    """Drops the lines about health probes, which come every few seconds and say it all."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the line unless it is about ``/healthz``."""
        return "/healthz" not in record.getMessage()


@contextmanager
def only_errors() -> Iterator[None]:
    """Let this process write no line below an error while it makes data by the thousand.

    What is made up to look alarming alarms nobody.
    """
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
