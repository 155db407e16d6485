"""``python -m benchmarks [name …]``: run all benchmarks, or those named, and print a table.

Each ``bench_<name>.py`` has ``run() -> list[Row]`` and gets an empty database of its own. Sizes
follow the name where it takes some: ``imports=100000,1000000``.
"""

import os
import sys
from importlib import import_module
from pathlib import Path

import django

from benchmarks.row import Row


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
    django.setup()
    from django.conf import settings

    from leadcrm.embedded.hold import hold

    found = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    wanted = [f"bench_{name}" for name in sys.argv[1:]] or found
    with hold(settings.EMBEDDED_SERVICES, settings.VAR_DIR):
        rows = [row for name in wanted for row in _run(name)]
    print(_table(rows))


def _run(wanted: str) -> list[Row]:
    from django.db import connection

    name, _sign, sizes = wanted.partition("=")
    before = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"bench_{before}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        print(f"{name} …", file=sys.stderr, flush=True)
        rows: list[Row] = import_module(f"benchmarks.{name}").run(
            *(int(size) for size in sizes.split(",") if size)
        )
        return rows
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def _table(rows: list[Row]) -> str:
    lines = [("what", "figure", "by hand", "ratio", "unit")]
    for row in rows:
        baseline = "–" if row.baseline is None else f"{row.baseline:,.2f}"
        ratio = "–" if row.ratio is None else f"{row.ratio:.2f}"
        lines.append((row.name, f"{row.figure:,.2f}", baseline, ratio, row.unit))
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0])]
            + [line[column].rjust(widths[column]) for column in (1, 2, 3)]
            + [line[4]]
        )
        for line in lines
    )


if __name__ == "__main__":
    main()
