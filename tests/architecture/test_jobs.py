import ast
import re
import sys

import pytest

from ground.due import queues
from ground.ticks import TICKS
from tests.architecture.sources import (
    PACKAGES,
    calls,
    modules,
    name_of,
    tree,
)


def future_calls(module: ast.AST) -> list[str]:
    """Return the calls that would put a future time into Celery."""
    found = []
    for call in calls(module):
        words = {keyword.arg for keyword in call.keywords} & {"eta", "countdown"}
        found += [f"line {call.lineno}: {word}=" for word in sorted(filter(None, words))]
        if isinstance(call.func, ast.Attribute) and call.func.attr == "retry":
            found += [f"line {call.lineno}: {ast.unparse(call.func)}("]
    return found


@pytest.mark.case("J14")
@pytest.mark.parametrize("path", modules(), ids=str)
def test_no_future_time_goes_into_celery(path):
    assert future_calls(tree(path)) == []


@pytest.mark.case("J14")
@pytest.mark.parametrize(
    "line",
    [
        "task.apply_async(eta=now)",
        "task.apply_async((), countdown=5)",
        "self.retry()",
        "t.retry(x)",
    ],
)
def test_the_rule_finds_a_future_time(line):
    assert len(future_calls(ast.parse(line))) == 1


def test_ticks_stand_where_they_are_found_at_the_start():
    places = {
        path for path in modules() for call in calls(tree(path)) if name_of(call.func) == "tick"
    }
    names = {".".join(path.with_suffix("").parts) for path in places}

    assert {path for path in places if path.name != "ticks.py"} == set()
    assert names <= sys.modules.keys()
    assert len(TICKS) >= len(names) > 5


def test_every_queue_is_drained():
    """A queue is emptied by ``drain`` or by a reader of its own that asks what is due."""
    drained = {name for path in modules() for call in calls(tree(path)) for name in _queue(call)}
    own = [queue for queue in queues() if queue.__module__.split(".")[0] in PACKAGES]

    assert [queue.__name__ for queue in own if queue.__name__ not in drained] == []


def _queue(call: ast.Call) -> set[str]:
    if name_of(call) in {"drain", "claim"} and call.args:
        return {name_of(call.args[0])}
    match = re.match(r"(\w+)\.objects\.(?:due|filter\(.*due_at)", ast.unparse(call))
    return {match[1]} if match else set()
