"""Two columns that a file draws line by line across both are read one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import quantiles

from knowledge.ingestion.extractors.pdf.lines import Gap, Line

_FEWEST_LINES = 6
_SHORTEST_SIDE = 18  # characters; the cells of a table are shorter
_LEAST_SHARE = 0.5


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """Return ``lines`` with those cut in two that run across the gutter between two columns."""
    gutter = _gutter(lines)
    if gutter is None:
        return list(lines)
    ordered: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in lines:
        if line.gap and line.gap.left < gutter < line.gap.right:
            left.append(_before(line, line.gap))
            right.append(_behind(line, line.gap))
        elif line.right <= gutter:
            left.append(line)
        elif line.left >= gutter:
            right.append(line)
        else:
            ordered += [*left, *right, line]
            left, right = [], []
    return [*ordered, *left, *right]


def _gutter(lines: Sequence[Line]) -> float | None:
    """Return where, in points from the left, most lines leave a gap between long texts."""
    gaps = [
        line.gap
        for line in lines
        if line.gap
        and line.gap.index >= _SHORTEST_SIDE
        and len(line.text) - line.gap.index >= _SHORTEST_SIDE
    ]
    if len(gaps) < max(_FEWEST_LINES, len(lines) * _LEAST_SHARE):
        return None
    # A stray line or two, as of a table, may reach across.
    left = quantiles([gap.left for gap in gaps], n=10)[-1]
    right = quantiles([gap.right for gap in gaps], n=10)[0]
    return (left + right) / 2 if left < right else None


def _before(line: Line, gap: Gap) -> Line:
    text = line.text[: gap.index].rstrip()
    return replace(line, text=text, right=gap.left, gap=None, widest_gap=0.0)


def _behind(line: Line, gap: Gap) -> Line:
    text = line.text[gap.index :].lstrip()
    return replace(line, text=text, left=gap.right, gap=None, widest_gap=0.0)
