import ast

import pytest

from tests.architecture.sources import functions, modules, suites, templates, text, tree

FUNCTION, MODULE, TEMPLATE, TEST_MODULE = 60, 400, 150, 300
# Names that say nothing about what is inside.
EMPTY_NAMES = {"utils", "helpers", "manager", "managers", "service", "handle", "process", "misc"}
DECIDED_NAMES = {"leadcrm/embedded/service.py": "a service of the operating system"}


def too_long(paths, limit):
    return {str(path): size for path in paths if (size := text(path).count("\n")) > limit}


def long_functions(module: ast.AST) -> dict[str, int]:
    sizes = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions(module)}
    return {name: size for name, size in sizes.items() if size > FUNCTION}


def test_modules_stay_readable():
    assert too_long(modules(), MODULE) == {}


def test_templates_stay_readable():
    assert too_long(templates(), TEMPLATE) == {}


def test_test_modules_stay_readable():
    assert too_long(suites(), TEST_MODULE) == {}


@pytest.mark.parametrize("path", [*modules(), *suites()], ids=str)
def test_functions_stay_readable(path):
    assert long_functions(tree(path)) == {}


def test_modules_are_named_after_what_is_in_them():
    empty = {str(path) for path in modules() if path.stem in EMPTY_NAMES}

    assert empty == DECIDED_NAMES.keys()


def test_the_rule_for_functions_finds_a_long_one():
    source = "def long():\n" + "    pass\n" * 60 + "def short():\n" + "    pass\n" * 59

    assert long_functions(ast.parse(source)) == {"long": 61}
