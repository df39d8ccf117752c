"""Headings, and the blocks of text under them.

The text of a section is light Markdown, whatever its format was: headings with their marks, rows
of tables between bars, code between fences. A language model reads it well, and so does whoever
looks for sentences in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.ingestion.extractors.cleaning import one_line
from knowledge.ingestion.texts import BETWEEN_HEADINGS, Section, Unreadable

FENCE = "```"
LONGEST_HEADING = 120
LONGEST_PATH = 200
# About 20,000 chunks: a library of books, and as much as one embedding job should bear.
MOST_CHARACTERS = 20_000_000


def check_length(characters: int) -> None:
    """Refuse a text that is too long for one source. Raises Unreadable ("oversized")."""
    if characters > MOST_CHARACTERS:
        raise Unreadable(
            "oversized",
            f"This file has more than {MOST_CHARACTERS // 1_000_000} million characters of text, "
            "and no more can be read of one. Split it into parts, and upload those.",
        )


def short_heading(text: str) -> str:
    """Return ``text`` as one line of at most 120 characters, or "" for what is only marks."""
    heading = one_line(text)
    if not any(letter.isalnum() for letter in heading):
        return ""
    return heading if len(heading) <= LONGEST_HEADING else heading[:LONGEST_HEADING].rstrip() + "…"


def marked_heading(level: int, text: str) -> str:
    """Return ``text`` as a line of Markdown: whoever reads a section can tell its headings."""
    return f"{'#' * level} {one_line(text)}"


def table_row(cells: Sequence[str]) -> str:
    """Return a row of a table in Markdown."""
    return f"| {' | '.join(cells)} |"


class HeadingPath:
    """The headings that one stands under while reading a document from its top down."""

    def __init__(self) -> None:
        self._path: list[tuple[float, str]] = []

    def enter(self, level: float, heading: str) -> None:
        """Step under ``heading``; those of the same or a higher ``level`` are left behind."""
        self._path = [(above, name) for above, name in self._path if above < level]
        self._path.append((level, heading))

    def __str__(self) -> str:
        """Return the way down to here, without the levels on top that would make it too long."""
        names = [name for _, name in self._path]
        while len(names) > 1 and len(BETWEEN_HEADINGS.join(names)) > LONGEST_PATH:
            names.pop(0)
        return BETWEEN_HEADINGS.join(names)


class Outline:
    """Collects a document: headings open sections, blocks fill them, pages part them if there are.

    A heading stands in the text of its section too, so that nothing of the document is lost.
    """

    def __init__(self) -> None:
        self.title = ""
        self._page: int | None = None
        self._path = HeadingPath()
        self._length = 0
        self._blocks: list[str] = []
        self._sections: list[Section] = []

    def begin_page(self, number: int) -> None:
        """Begin page ``number``, counted from 1, under no heading of an earlier page."""
        self._close()
        self._path, self._page = HeadingPath(), number

    def add_heading(self, level: int, text: str) -> None:
        """Begin a section under a heading of ``level`` 1 (the largest) to 6."""
        heading = short_heading(text)
        if not heading:
            return
        self._close()
        self._path.enter(level, heading)
        self.title = self.title or heading
        self._blocks.append(marked_heading(level, text))

    def add_block(self, text: str) -> None:
        """Add a paragraph, a list, a table or a stretch of code."""
        if text.strip():
            self._blocks.append(text.strip("\n"))
            self._length += len(text)
            check_length(self._length)

    def finish(self) -> tuple[Section, ...]:
        """Return all sections, in order."""
        self._close()
        return tuple(self._sections)

    def _close(self) -> None:
        if self._blocks:
            text = "\n\n".join(self._blocks)
            self._sections.append(Section(text=text, page=self._page, heading=str(self._path)))
            self._blocks = []
