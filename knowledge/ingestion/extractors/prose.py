"""Writes running text, line by line and block by block, into an outline."""

from __future__ import annotations

import re

from knowledge.ingestion.extractors.cleaning import clean
from knowledge.ingestion.extractors.sections import Outline

_WHITE_SPACE = re.compile(r"[ \t\r\n\f]+")
_ONLY_MARKS = re.compile(r"[\s|]*|\s*(?:-|\d+\.)\s*")


class Writer:
    """Collects pieces of text as a browser would lay them out: white space counts once."""

    def __init__(self) -> None:
        self.outline = Outline()
        self._pieces: list[str] = []
        self._is_spaced = True  # what stands before needs no more white space
        self._has_text = False  # on this line, beside a bullet or the edge of a cell

    def write(self, text: str) -> None:
        """Add ``text`` to the line."""
        text = _WHITE_SPACE.sub(" ", text)
        if self._is_spaced:
            text = text.lstrip(" ")
        if text:
            self._pieces.append(text)
            self._is_spaced = text.endswith(" ")
            self._has_text = True

    def write_verbatim(self, text: str) -> None:
        """Add ``text`` with its line ends and indents."""
        if text:
            self._pieces.append(text)
            self._is_spaced = text.endswith("\n")
            self._has_text = True

    def begin_item(self, bullet: str) -> None:
        """Begin a line with ``bullet``, to which the next text belongs."""
        self.end_row()
        self._mark(bullet)

    def begin_cell(self) -> None:
        """Begin a cell of a table beside another one."""
        self._mark(" | ")

    def end_line(self) -> None:
        """End the line, if there is more on it than a mark."""
        if self._has_text:
            self.end_row()

    def end_row(self) -> None:
        """End the line, unless it is empty."""
        if self._pieces and not self._pieces[-1].endswith("\n"):
            self._pieces.append("\n")
        self._is_spaced, self._has_text = True, False

    def end_block(self) -> None:
        """End the paragraph, the list or the table."""
        self.outline.add_block(self._take())

    def end_heading(self, level: int) -> None:
        """Make what was written since the last block a heading of ``level`` 1 to 6."""
        self.outline.add_heading(level, self._take())

    def _mark(self, mark: str) -> None:
        self._pieces.append(mark)
        self._is_spaced, self._has_text = True, False

    def _take(self) -> str:
        # Entities may stand for what is not shown: the text is clean only now.
        lines = clean("".join(self._pieces)).split("\n")
        self._pieces, self._is_spaced, self._has_text = [], True, False
        return "\n".join(line.rstrip() for line in lines if not _ONLY_MARKS.fullmatch(line))
