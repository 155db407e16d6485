import ast

import pytest
from django.apps import apps

from tests.architecture.sources import PACKAGES, Function, decorators, functions, modules, tree

# Parts of actions that write in the name of whoever called them.
PARTS = {
    "capture/imports/actions.py:make_fields",
    "leads/actions/companies.py:company_ids",
    "leads/following.py:ask_for_members",
    "leads/following.py:keep_members",
    "leads/following.py:look_at_segments_daily",
    "leads/following.py:rebuild_range",
    "leads/following.py:refresh_due_members",
    "leads/following.py:refresh_members",
    "scoring/actions/crossing.py:_cross",
    "scoring/actions/rescoring.py:_rescore_chunk",
    "scoring/due.py:ask_for_leads",
    "scoring/due.py:_sweep_chunk",
    "scoring/due.py:age_scores",
}
FOUND = [
    (f"{path}:{function.name}", function)
    for path in modules()
    for function in functions(tree(path))
    if "action" in decorators(function)
]
ACTIONS = [(name, function) for name, function in FOUND if name not in PARTS]


def complaints(function: Function) -> list[str]:
    """Return what is wrong with the head of an action."""
    found = []
    defaults = dict(zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True))
    by = {argument.arg: default for argument, default in defaults.items()}
    if "by" not in by:
        found.append("does not take by as a keyword")
    elif by["by"] is not None:
        found.append("has a default for by")
    if not ast.get_docstring(function):
        found.append("has no docstring")
    return found


@pytest.mark.parametrize(("name", "function"), ACTIONS, ids=[name for name, _ in ACTIONS])
def test_an_action_is_told_who_acts_and_says_what_it_does(name, function):
    assert complaints(function) == []


def test_every_part_of_an_action_is_still_there():
    assert {name for name, _function in FOUND} >= PARTS


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('def a(*, by):\n    """Do it."""', []),
        ('def a(by):\n    """Do it."""', ["does not take by as a keyword"]),
        ('def a(*, by=None):\n    """Do it."""', ["has a default for by"]),
        ("def a(*, by):\n    pass", ["has no docstring"]),
    ],
)
def test_the_rule_for_actions_finds_what_is_wrong(head, expected):
    (function,) = functions(ast.parse(head))

    assert complaints(function) == expected


def test_every_model_says_what_one_row_is():
    own = [model for model in apps.get_models() if model.__module__.split(".")[0] in PACKAGES]
    silent = [
        model._meta.label for model in own if (model.__doc__ or "").startswith(model.__name__)
    ]

    assert len(own) > 30
    assert silent == []
