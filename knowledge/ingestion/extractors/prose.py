"""Writes running text, line by line and block by block, into an outline."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from knowledge.ingestion.extractors.cleaning import clean
from knowledge.ingestion.extractors.sections import FENCE, Outline, table_row

_WHITE_SPACE = re.compile(r"[ \t\r\n\f]+")
_MARKS_ALONE = re.compile(r"\s*(?:-|\d+\.)\s*|[\s|]*")
_LONGEST_ROW = 2_000
_LONGEST_CODE = 4_000


@dataclass(slots=True)
class _Row:
    """A row of a table that is open: where its cells begin, and how many of them are headings."""

    starts: list[int] = field(default_factory=list)
    heading_count: int = 0


class Writer:
    """Collects pieces of text as a browser would lay them out: white space counts once."""

    def __init__(self, outline: Outline | None = None) -> None:
        self.outline = outline or Outline()
        self._pieces: list[str] = []
        self._rows: list[_Row] = []
        self._code_start = 0
        self._is_spaced = True  # what stands before needs no more white space
        self._is_ended = False  # the line has ended: what comes next begins another
        self._has_text = False  # on this line, beside a bullet

    def write(self, text: str) -> None:
        """Add ``text`` to the line."""
        text = _WHITE_SPACE.sub(" ", text)
        self._add(text.lstrip(" ") if self._is_spaced else text)

    def write_verbatim(self, text: str) -> None:
        """Add ``text`` with its line ends and indents."""
        self._add(text)

    def begin_item(self, bullet: str) -> None:
        """Begin a line with ``bullet``, to which the next text belongs."""
        self._is_ended = True
        self._add(bullet)
        self._has_text = False

    def end_line(self) -> None:
        """End the line, if there is more on it than a bullet."""
        if self._has_text:
            self._is_spaced, self._is_ended, self._has_text = True, True, False

    def end_block(self) -> None:
        """End the paragraph, the list or the table."""
        self.outline.add_block(self._take())

    def end_heading(self, level: int) -> None:
        """Make what was written since the last block a heading of ``level`` 1 to 6."""
        self.outline.add_heading(level, self._take())

    def begin_code(self) -> None:
        """Begin lines that are set as they are written."""
        self._finish_line()
        self._code_start = len(self._pieces)

    def end_code(self) -> None:
        """Put them between fences, unless they are too many for code: a text in plain type."""
        code = self._cut(self._code_start).strip("\n")
        if code.strip():
            is_code = len(code) <= _LONGEST_CODE
            self._add(f"{FENCE}\n{code}\n{FENCE}" if is_code else code)
            self.end_line()

    def begin_row(self) -> None:
        """Begin a row of a table."""
        self._finish_line()
        self._rows.append(_Row())

    def begin_cell(self, *, is_heading: bool) -> None:
        """Begin a cell of the row that was begun last, if there is one."""
        if self._rows:
            self._rows[-1].starts.append(len(self._pieces))
            self._rows[-1].heading_count += is_heading
            self._is_spaced, self._is_ended, self._has_text = True, False, False

    def end_row(self) -> None:
        """Set the row between bars, or its cells one under the other if they have many lines."""
        row = self._rows.pop() if self._rows else _Row()
        if row.starts:
            ends = [*row.starts[1:], len(self._pieces)]
            cells = [
                "".join(self._pieces[start:end]).strip()
                for start, end in zip(row.starts, ends, strict=True)
            ]
            self._cut(row.starts[0])
            self._add(_set(cells, is_heading=row.heading_count == len(cells)))
        self.end_line()

    def _add(self, text: str) -> None:
        if not text:
            return
        if self._is_ended:
            self._finish_line()
        self._pieces.append(text)
        self._is_spaced, self._has_text = text.endswith((" ", "\n")), True

    def _finish_line(self) -> None:
        if self._pieces and not self._pieces[-1].endswith("\n"):
            self._pieces.append("\n")
        self._is_spaced, self._is_ended, self._has_text = True, False, False

    def _cut(self, start: int) -> str:
        """Take back what was written from the piece with number ``start`` on."""
        text = "".join(self._pieces[start:])
        del self._pieces[start:]
        self._is_ended = False
        return text

    def _take(self) -> str:
        # Entities may stand for what is not shown: the text is clean only now.
        lines = clean(self._cut(0)).split("\n") if self._pieces else []
        self._is_spaced, self._has_text, self._code_start = True, False, 0
        for row in self._rows:
            row.starts.clear()
        return "\n".join(line.rstrip() for line in lines if not _MARKS_ALONE.fullmatch(line))


def _set(cells: list[str], *, is_heading: bool) -> str:
    is_row = len(cells) > 1 and not any("\n" in cell for cell in cells)
    if not is_row or sum(map(len, cells)) > _LONGEST_ROW:
        return "\n".join(cell for cell in cells if cell)
    rule = [table_row(["---"] * len(cells))] if is_heading else []
    return "\n".join([table_row(cells), *rule])
