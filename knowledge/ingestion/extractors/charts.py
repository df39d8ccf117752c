"""Charts and diagrams in Office files: their titles, and the figures behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.ingestion.extractors.markup import (
    Element,
    all_text,
    attribute,
    child,
    children,
    descendants,
)
from knowledge.ingestion.extractors.prose import Writer

_MOST_POINTS = 2_000
_MOST_SERIES = 50


def write_charts(writer: Writer, charts: Iterable[Element], *, with_figures: bool = True) -> None:
    """Write each chart: its titles, and unless they stand elsewhere its figures as a table."""
    for chart in charts:
        titles = descendants(chart, "title") if with_figures else [child(chart, "chart", "title")]
        for title in titles:
            writer.write(all_text(title))
            writer.end_block()
        rows = list(_rows(chart)) if with_figures else []
        for number, row in enumerate(rows):
            writer.begin_row()
            for cell in row:
                writer.begin_cell(is_heading=number == 0)
                writer.write(cell)
            writer.end_row()
        writer.end_block()


def write_diagrams(writer: Writer, diagrams: Iterable[Element]) -> None:
    """Write the words of each diagram ("SmartArt"), a line for each of its shapes."""
    for diagram in diagrams:
        for paragraph in descendants(diagram, "p"):
            writer.write(all_text(paragraph))
            writer.end_line()
        writer.end_block()


def _rows(chart: Element) -> Iterator[list[str]]:
    series = list(descendants(chart, "ser"))[:_MOST_SERIES]
    names = ["".join(_points(child(one, "tx")).values()) for one in series]
    categories: dict[int, str] = {}
    for one in series:
        categories.update(_points(child(one, "cat")) or _points(child(one, "xVal")))
    figures = [_points(child(one, "val")) or _points(child(one, "yVal")) for one in series]
    places = sorted({*categories, *(place for figure in figures for place in figure)})
    if places:
        yield ["", *names]
    for place in places[:_MOST_POINTS]:
        yield [categories.get(place, ""), *(figure.get(place, "") for figure in figures)]


def _points(holder: Element | None) -> dict[int, str]:
    """Return the values that are kept with the chart, by their place."""
    if holder is None:
        return {}
    points = {}
    for point in descendants(holder, "pt"):
        place = attribute(point, "idx")
        value = next(children(point, "v"), None)
        if place.isdecimal() and len(place) < 7 and value is not None:
            points[int(place)] = value.text or ""
    return points
