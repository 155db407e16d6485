import ast

import pytest

from tests.architecture.sources import modules, tree

# Where another day than the organisation's is meant, and why.
DECIDED = {
    "accounts/forms/settings.py": "a key runs out on a day of whoever makes it",
    "leads/views/exports.py": "the name of a file for whoever fetches it",
}
_OTHER_DAYS = {"localdate", "get_default_timezone", "TruncDate", "TruncWeek", "TruncMonth"}


def other_days(module: ast.AST) -> list[str]:
    """Return what counts days in another zone than the organisation's."""
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            if name in _OTHER_DAYS and "tzinfo" not in {word.arg for word in node.keywords}:
                found.append(name)
            found += [word.arg for word in node.keywords if "__date" in (word.arg or "")]
    return found


def test_days_are_counted_where_the_organisation_is():
    others = {str(path) for path in modules() if other_days(tree(path))}

    assert others == DECIDED.keys()


@pytest.mark.parametrize(
    "line", ["timezone.localdate()", "TruncDate('at')", "rows.filter(at__date__gte=day)"]
)
def test_the_rule_finds_other_days(line):
    assert len(other_days(ast.parse(line))) == 1
