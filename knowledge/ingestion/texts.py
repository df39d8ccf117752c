"""What the steps of ingestion hand to each other: the text of a file, its sections, its pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

UnreadableCode = Literal[
    "empty",
    "encrypted",
    "scanned",
    "oversized",
    "mislabelled",
    "damaged",
    "unsupported",
    "too_slow",
    "too_demanding",
    "purged",
]

BETWEEN_HEADINGS = " › "
PARAGRAPH_END = "\n\n"


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a document under one heading, and on one page where there are pages.

    ``text`` is light Markdown, its heading included; paragraphs are parted by an empty line.
    ``page`` counts from 1; it is None in a format without pages. ``heading`` is the nearest one
    above the text, with those above it where they are known ("Shop › Hours"), or empty.
    """

    text: str
    page: int | None
    heading: str


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """All text of one file, in reading order."""

    title: str
    sections: tuple[Section, ...]
    page_count: int | None


@dataclass(frozen=True, slots=True)
class Piece:
    """What becomes one chunk: short enough for an embedding model, whole sentences if it can be.

    ``ordinal`` counts from 0 through the document. The text begins with ``repeated_count``
    characters that the piece before ends with; where it repeats none, ``joint`` is what stands
    between the two: a paragraph's end, a line's, a space, or nothing. ``fingerprint`` is the
    keyed digest of the embedded text, once it has one: the same text is never embedded twice.
    """

    ordinal: int
    text: str
    page: int | None
    heading: str
    joint: str = PARAGRAPH_END
    repeated_count: int = 0
    fingerprint: bytes = b""

    @property
    def embedded_text(self) -> str:
        return embedded_text(self.text, self.heading)


def embedded_text(text: str, heading: str) -> str:
    """What is embedded: the heading says what a paragraph may leave unsaid."""
    return text if text.lstrip("# ").startswith(heading) else f"{heading}\n{text}"


class Unreadable(Exception):
    """A file gave no text. ``sentence`` tells its owner what happened and what to do."""

    def __init__(self, code: UnreadableCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code: UnreadableCode = code
        self.sentence = sentence
