"""``python -m benchmarks [name …]``: run all benchmarks, or those named, and print a table.

Each ``bench_<name>.py`` has ``run(scale) -> list[Row]``. It gets an empty database of its own, or
with ``BESIDE_LEADS`` one that it shares with the others of its kind, with ``scale.leads`` leads.
The number is its turn, as each leaves work behind for which the next would have to wait.
``--full`` takes the sizes of ``Scale.full``; ``--leads``, ``--seconds``, ``--mails`` and
``--rounds`` set single ones. ``--growth`` runs those beside leads at each of ``SIZES`` instead.
``--write`` puts the tables into ``docs/benchmarks.md``.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path

import django

from benchmarks import document
from benchmarks.row import Row
from benchmarks.scale import Scale

SIZES = (10_000, 100_000, 1_000_000)


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
        if options.growth:
            _grow(options.names, scale, is_written=options.write)
            return
        rows = [row for name in _alone(options.names) for row in _run_alone(name, scale)]
        rows += _run_beside_leads(options.names, scale)
    print(document.as_text(rows))
    if options.write:
        document.write_table(rows, scale)


def _options() -> argparse.Namespace:
    here = Path(__file__).parent
    found = sorted(path.stem.removeprefix("bench_") for path in here.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", default=found, metavar="name", help=", ".join(found))
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--write", action="store_true")
    for size in fields(Scale):
        parser.add_argument(f"--{size.name}", type=int)
    return parser.parse_args()


def _grow(names: Sequence[str], scale: Scale, *, is_written: bool) -> None:
    found = {size: _run_beside_leads(names, replace(scale, leads=size)) for size in SIZES}
    for size, rows in found.items():
        print(f"{size:,} leads", document.as_text(rows), sep="\n")
    if is_written:
        document.write_growth(found)


def _run_beside_leads(names: Sequence[str], scale: Scale) -> list[Row]:
    from benchmarks.databases import empty_database, make_crowd

    beside = sorted((name for name in names if _turn(name)), key=_turn)
    if not beside:
        return []
    with empty_database():
        rows = [make_crowd(scale.leads)]
        for name in beside:
            rows += _run(name, scale)
    return rows


def _run_alone(name: str, scale: Scale) -> list[Row]:
    from benchmarks.databases import empty_database

    with empty_database():
        return _run(name, scale)


def _alone(names: Sequence[str]) -> list[str]:
    return [name for name in names if not _turn(name)]


def _turn(name: str) -> int:
    """Return when a benchmark beside leads has its turn; 0 for one that runs alone."""
    return int(getattr(import_module(f"benchmarks.bench_{name}"), "BESIDE_LEADS", 0))


def _run(name: str, scale: Scale) -> list[Row]:
    print(f"{name} …", file=sys.stderr, flush=True)
    rows: list[Row] = import_module(f"benchmarks.bench_{name}").run(scale)
    return rows


if __name__ == "__main__":
    main()
