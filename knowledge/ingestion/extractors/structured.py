"""JSON, and notebooks, which are JSON: values under the names that lead to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from knowledge.ingestion.extractors.cleaning import clean
from knowledge.ingestion.extractors.decoding import decode
from knowledge.ingestion.extractors.markdown import read_markdown
from knowledge.ingestion.extractors.sections import FENCE, Outline
from knowledge.ingestion.extractors.titles import usable_title
from knowledge.ingestion.texts import ExtractedText, Unreadable

_INDENT = "  "
_DEEPEST = 200
_DEEPEST_INDENT = 6


def extract(data: bytes) -> ExtractedText:
    """Return JSON as lines of "name: value", a block for each entry; of a notebook, its cells.

    JSON Lines are read, too. Raises Unreadable ("damaged").
    """
    text = clean(decode(data))
    values = _values(text)
    outline = Outline()
    title = ""
    for value in values:
        if _is_notebook(value):
            _read_notebook(outline, value)
        else:
            title = title or _title(value)
            _read_value(outline, value)
    return ExtractedText(
        title=title or usable_title(outline.title), sections=outline.finish(), page_count=None
    )


def _values(text: str) -> list[Any]:
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):
        lines = [line for line in text.split("\n") if line.strip()]
    try:
        return [json.loads(line) for line in lines]
    except (ValueError, RecursionError) as error:
        raise Unreadable(
            "damaged",
            "This file is not JSON as it should be. Export it again, or upload it as plain text "
            "with the ending .txt.",
        ) from error


def _title(value: Any) -> str:
    told = value.get("title") if isinstance(value, dict) else None
    return usable_title(told) if isinstance(told, str) else ""


def _read_value(outline: Outline, value: Any) -> None:
    """Add a block for each entry of the outermost list or object that is no plain value."""
    entries = value if isinstance(value, list) else [value]
    for entry in entries:
        outline.add_block("\n".join(_lines(entry, 0)))


def _lines(value: Any, depth: int) -> Iterator[str]:
    indent = _INDENT * min(depth, _DEEPEST_INDENT)
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for name, below in value.items():
            if isinstance(below, dict | list):
                yield f"{indent}{name}:"
                yield from _lines(below, depth + 1)
            elif _shown(below):
                yield f"{indent}{name}: {_shown(below)}"
    elif isinstance(value, list):
        for below in value:
            lines = list(_lines(below, depth + 1))
            if lines:
                yield f"{indent}- {lines[0].strip()}"
                yield from lines[1:]
    elif _shown(value):
        yield f"{indent}{_shown(value)}"


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)


def _is_notebook(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("cells"), list) and "nbformat" in value


def _read_notebook(outline: Outline, notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        if not isinstance(cell, dict):
            continue
        source = cell.get("source", "")
        text = "".join(map(str, source)) if isinstance(source, list) else str(source)
        if cell.get("cell_type") == "markdown":
            read_markdown(outline, text)
        elif text.strip():
            outline.add_block(f"{FENCE}\n{text}\n{FENCE}")
