"""A line chart as SVG, both axes logarithmic: a straight slope is a power of the size."""

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 860, 440
LEFT, RIGHT, TOP, BOTTOM = 60, 250, 20, 50
LINE_HEIGHT = 16
# Told apart without colour vision too (Okabe and Ito), and on light and dark ground.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#808080")
DASHES = ("none", "6 3", "2 3")


def draw(series: Mapping[str, Sequence[float]], sizes: Sequence[int], *, unit: str) -> str:
    """Return the SVG of ``series``: for each name a figure at each of ``sizes``; all positive."""
    figures = [figure for line in series.values() for figure in line]
    lowest, highest = floor(log10(min(figures))), ceil(log10(max(figures)))
    first, last = log10(sizes[0]), log10(sizes[-1])

    def x(size: float) -> float:
        return LEFT + (log10(size) - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(figure: float) -> float:
        share = (log10(figure) - lowest) / max(1, highest - lowest)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12" fill="#808080">',
        f'<text x="{LEFT}" y="{TOP - 6}">{escape(unit)}</text>',
    ]
    parts += [
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(10**power):.1f}" y2="{y(10**power):.1f}" '
        'stroke="#808080" stroke-opacity="0.3"/>'
        f'<text x="{LEFT - 8}" y="{y(10**power) + 4:.1f}" text-anchor="end">{10**power:,g}</text>'
        for power in range(lowest, highest + 1)
    ]
    parts += [
        f'<text x="{x(size):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">'
        f"{size:,} leads</text>"
        for size in sizes
    ]
    labels = _spread({name: y(line[-1]) for name, line in series.items()})
    for number, (name, line) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        dash = DASHES[number // len(COLOURS) % len(DASHES)]
        points = " ".join(
            f"{x(size):.1f},{y(figure):.1f}" for size, figure in zip(sizes, line, strict=True)
        )
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dash}"/>'
            f'<text x="{WIDTH - RIGHT + 10}" y="{labels[name] + 4:.1f}" fill="{colour}">'
            f"{escape(name)}</text>"
        )
    return "\n".join([*parts, "</svg>\n"])


def _spread(wanted: Mapping[str, float]) -> dict[str, float]:
    """Return where labels go, in the order of what they name and none over another."""
    placed: dict[str, float] = {}
    free_from = float(TOP)
    for name, at in sorted(wanted.items(), key=lambda item: item[1]):
        placed[name] = max(at, free_from)
        free_from = placed[name] + LINE_HEIGHT
    return placed
