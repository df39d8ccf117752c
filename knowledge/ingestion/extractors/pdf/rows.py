"""Lines of a PDF page that stand side by side are one row of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from knowledge.ingestion.extractors.pdf.lines import Line

# As multiples of the height of letters.
_SPACE = 0.2
_MOST_OVERLAP = 0.3
_MOST_DISTANCE = 1.0


def whole_rows(lines: Sequence[Line]) -> list[Line]:
    """Join lines that the file parted inside a row, as a raised numerator and what follows it."""
    rows: list[Line] = []
    for line in lines:
        if rows and _beside(rows[-1], line):
            rows[-1] = _joined(rows[-1], line)
        else:
            rows.append(line)
    return rows


def _beside(before: Line, line: Line) -> bool:
    overlap = min(before.top, line.top) - max(before.bottom, line.bottom)
    smaller = min(before.top - before.bottom, line.top - line.bottom)
    distance = (line.left - before.right) / max(before.size, 1)
    is_near = -_MOST_OVERLAP < distance < _MOST_DISTANCE
    return (
        is_near and before.turn == line.turn and overlap > smaller / 2 and not before.is_hyphenated
    )


def _joined(before: Line, line: Line) -> Line:
    space = " " if line.left - before.right > before.size * _SPACE else ""
    return replace(
        before,
        text=before.text.rstrip() + space + line.text,
        right=line.right,
        bottom=min(before.bottom, line.bottom),
        size=max(before.size, line.size),
        is_bold=before.is_bold and line.is_bold,
        gap=None,
        widest_gap=max(before.widest_gap, line.widest_gap),
    )
