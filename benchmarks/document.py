"""What was measured, as text for the terminal and between the marks of ``docs/benchmarks.md``."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from benchmarks.chart import draw
from benchmarks.row import Row
from benchmarks.scale import Scale

DOCS = Path(__file__).parent.parent / "docs"
DOCUMENT = DOCS / "benchmarks.md"
CHART = DOCS / "pictures/growth.svg"
END = "<!-- to here -->\n"


def as_text(rows: Sequence[Row]) -> str:
    """Return the rows as columns of even width."""
    lines = [("what", "figure", "by hand", "ratio", "unit", "")]
    for row in rows:
        baseline = "–" if row.baseline is None else f"{row.baseline:,.2f}"
        ratio = "–" if row.ratio is None else f"{row.ratio:.2f}"
        lines.append((row.name, f"{row.figure:,.2f}", baseline, ratio, row.unit, row.note))
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0])]
            + [line[column].rjust(widths[column]) for column in (1, 2, 3)]
            + [line[4].ljust(widths[4]), line[5]]
        ).rstrip()
        for line in lines
    )


def write_table(rows: Sequence[Row], scale: Scale) -> None:
    """Put the figures into the document."""
    sizes = ", ".join(f"{size.name} {getattr(scale, size.name):,}" for size in fields(Scale))
    lines = [f"Sizes: {sizes}.\n", "| work | figure | by hand | ratio | |", "|---|---|---|---|---|"]
    for row in rows:
        baseline = "" if row.baseline is None else _short(row.baseline)
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        figure = f"{_short(row.figure)} {row.unit}"
        lines.append(f"| {row.name} | {figure} | {baseline} | {ratio} | {row.note} |")
    _put("make bench", lines)


def write_growth(found: Mapping[int, Sequence[Row]]) -> None:
    """Put the figures by number of leads into the document, and draw those of the pages."""
    heads = [f"{size:,} leads" for size in found]
    lines = [f"| work | unit | {' | '.join(heads)} |", "|---|---|" + "---|" * len(heads)]
    first, *_others = found.values()
    by_name = {size: {(row.name, row.unit): row for row in rows} for size, rows in found.items()}
    for row in first:
        same = [by_name[size].get((row.name, row.unit)) for size in found]
        figures = [_short(other.figure) if other else "" for other in same]
        if all(figures):
            lines.append(f"| {row.name} | {row.unit} | {' | '.join(figures)} |")
    lines += ["", f"![p95 of the pages by number of leads](pictures/{CHART.name})"]
    _put("make bench-growth", lines)
    pages = [row.name for row in first if row.unit == "ms, p95" and row.note]
    series = {name: [by_name[size][(name, "ms, p95")].figure for size in found] for name in pages}
    CHART.write_text(draw(series, list(found), unit="ms, p95"), "utf-8")


def _short(figure: float) -> str:
    return (
        f"{figure:,.0f}" if figure >= 100 else f"{figure:,.1f}" if figure >= 10 else f"{figure:.2f}"
    )


def _put(by: str, lines: Sequence[str]) -> None:
    begin = f"<!-- made by {by} -->\n"
    text = DOCUMENT.read_text("utf-8")
    before, mark, rest = text.partition(begin)
    if not mark:
        raise ValueError(f"There is no mark {begin.strip()} in {DOCUMENT.name}.")
    _old, _mark, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{begin}" + "\n".join(lines) + f"\n{END}{after}", "utf-8")
