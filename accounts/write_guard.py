"""Refuses writes to the domain that do not come from an action.

Installed around every test and, with DEBUG, around every request:
``connection.execute_wrapper(refuse_writes_outside_actions)``.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings

from accounts.action import running_action
from ground.due import queues

# Rows that are no part of the domain: how the machine remembers its own work.
BOOKKEEPING = frozenset(
    {
        "accounts.IdempotencyKey",
        "accounts.RateCount",
        "accounts.SentPage",
        "ground.TickRun",
    }
)
# Columns that a login or a request may touch by itself.
BOOKKEEPING_COLUMNS = {
    "accounts_user": frozenset({"last_login"}),
    "accounts_apitoken": frozenset({"last_used_at"}),
}

_WRITE = re.compile(
    r"(^COPY|\bINSERT\s+INTO|\bUPDATE|\bDELETE\s+FROM|\bTRUNCATE(?:\s+TABLE)?)\s+"
    r'(?:ONLY\s+)?"?(\w+)"?',
    re.IGNORECASE,
)
_LOCK = re.compile(r"\bFOR\s+(?:NO\s+KEY\s+)?UPDATE\b[^)]*", re.IGNORECASE)
_CONFLICT = re.compile(r"\bDO\s+UPDATE\s+SET\b", re.IGNORECASE)
_SET = re.compile(r'"(\w+)"\s*=')


class WriteOutsideActionError(AssertionError):
    """Something wrote to a domain table and was no action."""


def refuse_writes_outside_actions(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Execute the statement, or raise ``WriteOutsideActionError`` when it is not an action's."""
    if not running_action():
        for table in written_tables(sql):
            raise WriteOutsideActionError(
                f"{table} was written outside an action: {sql[:200]}\n"
                "Write in a function marked @action, or in a test's scene `with writing(…)`."
            )
    return execute(sql, params, many, context)


def writes(sql: str) -> list[tuple[str, str]]:
    """Return the verb and the table of every write in ``sql``, in the order of the statement.

    A verb is ``INSERT``, ``UPDATE``, ``DELETE`` or ``TRUNCATE``; COPY inserts, locking is no write.
    """
    statement = _CONFLICT.sub("", _LOCK.sub("", sql))
    found = ((verb.split()[0].upper(), table) for verb, table in _WRITE.findall(statement))
    return [("INSERT" if verb == "COPY" else verb, table) for verb, table in found]


def written_tables(sql: str) -> list[str]:
    """Return the domain tables that ``sql`` writes to, in the order of the statement."""
    return [
        table
        for verb, table in writes(sql)
        if table in domain_tables() and not is_bookkeeping(verb, table, sql)
    ]


@cache
def domain_tables() -> frozenset[str]:
    """Return the tables of our own models, many-to-many tables included, bookkeeping left out."""
    own = {
        config.label
        for config in apps.get_app_configs()
        if str(config.path).startswith(str(settings.BASE_DIR)) and ".venv" not in str(config.path)
    }
    due = {queue._meta.label for queue in queues()}
    return frozenset(
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in own and model._meta.label not in BOOKKEEPING | due
    )


def is_bookkeeping(verb: str, table: str, sql: str) -> bool:
    """Say whether a write touches nothing but ``BOOKKEEPING_COLUMNS``."""
    if verb != "UPDATE" or table not in BOOKKEEPING_COLUMNS:
        return False
    assignments = re.split(r"\bWHERE\b", sql, flags=re.IGNORECASE)[0]
    columns = set(_SET.findall(re.split(r"\bSET\b", assignments, flags=re.IGNORECASE)[-1]))
    return bool(columns) and columns <= BOOKKEEPING_COLUMNS[table]
