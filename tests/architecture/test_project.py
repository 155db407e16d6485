import ast
import re
import subprocess
import sys

import pytest
from django.core.management import call_command

from tests.architecture.sources import ROOT, files, modules, text, tree

# Written in two parts, so that this file is not found by its own rule.
ADDRESSES = re.compile(
    "|".join(
        (
            "pypi" + r"\.org/simple",
            "files" + r"\.pythonhosted\.org",
            "registry" + r"\.npmjs\.org",
            r"--(extra-)?index" + "-url",
            r'"resolved":\s*"http',
        )
    )
)
# The statement is our own text, every value a parameter.
RAW = {"handoff/briefing.py": "the newest activities of many leads in one index scan each"}
SIGNALS = re.compile(r"django\.dispatch|models\.signals|@receiver|core\.signals")


def test_imports_point_down_only():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports; exit(lint_imports())"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_nothing_listens_to_signals():
    assert [str(path) for path in modules() if SIGNALS.search(text(path))] == []


def test_no_file_says_where_packages_come_from():
    kinds = (".txt", ".in", ".toml", ".json", ".py", ".yml", ".yaml", ".cfg", ".md", ".sh", "")
    found = [str(path) for path in files(*kinds) if ADDRESSES.search(text(path))]

    assert found == []


def test_nothing_is_left_undone():
    marks = re.compile(
        r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b|NotImplemented" + "Error"
    )

    assert [str(path) for path in modules() if marks.search(text(path))] == []


def test_raw_sql_for_models_stands_where_it_was_looked_at():
    found = {
        str(path)
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr in {"raw", "extra"}
        and ast.unparse(node.value).endswith(("objects", ")"))
    }

    assert found == RAW.keys()
