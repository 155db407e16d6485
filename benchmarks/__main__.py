"""``python -m benchmarks [name …]``: run all benchmarks, or those named, and print a table.

Each ``bench_<name>.py`` has ``run(scale) -> list[Row]`` and gets an empty database of its own.
``--full`` takes the sizes of ``Scale.full``; ``--leads``, ``--seconds``, ``--mails`` and
``--rounds`` set single ones. ``--write`` puts the table into ``docs/benchmarks.md``.
"""

import argparse
import logging
import os
import sys
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path

import django

from benchmarks.row import Row
from benchmarks.scale import Scale

HERE = Path(__file__).parent
DOCUMENT = HERE.parent / "docs/benchmarks.md"
BEGIN, END = "<!-- made by make bench -->\n", "<!-- to here -->\n"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
    options = _options()
    django.setup()
    logging.disable(logging.INFO)
    from django.conf import settings

    from leadcrm.embedded.hold import hold

    chosen = Scale.full() if options.full else Scale()
    sizes = {f.name: getattr(options, f.name) for f in fields(Scale)}
    scale = replace(chosen, **{name: size for name, size in sizes.items() if size})
    with hold(settings.EMBEDDED_SERVICES, settings.VAR_DIR):
        rows = [row for name in options.names for row in _run(f"bench_{name}", scale)]
    print(_table(rows))
    if options.write:
        _write(rows, scale)


def _options() -> argparse.Namespace:
    found = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", default=found, metavar="name", help=", ".join(found))
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--write", action="store_true")
    for size in fields(Scale):
        parser.add_argument(f"--{size.name}", type=int)
    return parser.parse_args()


def _run(name: str, scale: Scale) -> list[Row]:
    from django.db import connection

    before = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"bench_{before}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        print(f"{name} …", file=sys.stderr, flush=True)
        rows: list[Row] = import_module(f"benchmarks.{name}").run(scale)
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


def _write(rows: list[Row], scale: Scale) -> None:
    """Put the figures between the two marks of the document."""
    sizes = ", ".join(f"{size.name} {getattr(scale, size.name):,}" for size in fields(Scale))
    lines = [f"Sizes: {sizes}.\n", "| work | figure | by hand | ratio |", "|---|---|---|---|"]
    for row in rows:
        baseline = "" if row.baseline is None else f"{row.baseline:,.1f}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        lines.append(f"| {row.name} | {row.figure:,.1f} {row.unit} | {baseline} | {ratio} |")
    text = DOCUMENT.read_text("utf-8")
    before, _mark, rest = text.partition(BEGIN)
    _old, _mark, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}" + "\n".join(lines) + f"\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
