"""Step two: sections become pieces that an embedding model can take in whole.

A piece is a stretch of its section, unchanged, so that it can be found in the document again. It
ends where a paragraph does, else a line, a sentence, a word; it never reaches over a page. The
last sentence of a piece, if it is short, begins the next one too (docs/decisions/0004).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from knowledge.ingestion.texts import BETWEEN_HEADINGS, PARAGRAPH_END, Piece, Section
from knowledge.ingestion.tokens import count_tokens, letter_weight

MAX_CHARACTERS = 1_100
MAX_TOKENS = 240
# A section shorter than this goes together with the next one on its page.
SHORT_CHARACTERS = 200

_PARAGRAPH, _LINE, _SENTENCE, _WORD = 3, 2, 1, 0
_EARLIEST = 0.5  # of a piece's size: from there on a good end is looked for
_EVENLY = 1.5  # below this size, a rest is cut into two pieces of about the same size
_HALF = 0.6
_MOST_REPEATED = 0.2
_MOST_FOR_HEADING = 0.2
# So few characters of any script are never more than a quarter of a piece.
_SHORT_CUT, _SHORT_CUT_ASCII = 28, 60
_LONGEST_CLUSTER = 16

_CLOSERS = "[\"'”’»)\\]」』）】]*"
_BOUNDARY = re.compile(
    r"(?P<code>```\n[^`]{1,900}\n```)"
    r"|(?P<paragraph>\n[ \t]*\n\s*)"
    r"|(?P<line>\n[ \t]*)"
    rf"|(?P<spaced>(?:(?<!\W\w)\.|[!?…؟۔।॥։።။។]){_CLOSERS}[ \t]++(?![a-zà-öø-ÿ]))"
    rf"|(?P<unspaced>[。！？｡]{_CLOSERS})"
)
_STRENGTHS = {"paragraph": _PARAGRAPH, "line": _LINE, "spaced": _SENTENCE, "unspaced": _SENTENCE}


@dataclass(frozen=True, slots=True)
class _Atom:
    """A stretch of text that is not cut. A piece is full at the ``size`` of 1.0.

    ``strength`` tells how well a piece may end behind it.
    """

    start: int
    end: int
    size: float
    strength: int


def split(sections: Sequence[Section]) -> list[Piece]:
    """Return the pieces of a document, in order and numbered from 0.

    Every character of the sections that is no white space is in a piece, and the same sections
    always give the same pieces.
    """
    pieces: list[Piece] = []
    for section in _gathered(sections):
        end = 0
        for start, stop in _stretches(section):
            pieces.append(_piece(section, start, stop, ordinal=len(pieces), covered=end))
            end = stop
    return pieces


def _piece(section: Section, start: int, stop: int, *, ordinal: int, covered: int) -> Piece:
    """The piece from ``start`` to ``stop``; the one before it ends at ``covered``."""
    return Piece(
        ordinal=ordinal,
        text=section.text[start:stop],
        page=section.page,
        heading=section.heading,
        joint=_joint(section.text[covered:start]) if covered else PARAGRAPH_END,
        repeated_count=max(covered - start, 0),
    )


def _joint(gap: str) -> str:
    lines = min(gap.count("\n"), len(PARAGRAPH_END))
    return "\n" * lines or gap[:1]


def _gathered(sections: Sequence[Section]) -> Iterator[Section]:
    """Join short sections to what follows them on their page."""
    held: Section | None = None
    for section in sections:
        if held is None:
            held = section
        elif held.page == section.page and len(held.text) < SHORT_CHARACTERS:
            text = f"{held.text}\n\n{section.text}"
            held = Section(text=text, page=section.page, heading=_heading_of(held, section))
        else:
            yield held
            held = section
    if held is not None:
        yield held


def _heading_of(held: Section, section: Section) -> str:
    """Return what a short section and the next one stand under together.

    That is the next one's heading if there is little else, and else what both have in common.
    """
    is_heading_only = held.text.startswith("#") and "\n" not in held.text
    if is_heading_only or len(section.text) >= SHORT_CHARACTERS:
        return section.heading
    ways = held.heading.split(BETWEEN_HEADINGS), section.heading.split(BETWEEN_HEADINGS)
    shared = takewhile(lambda names: names[0] == names[1], zip(*ways, strict=False))
    return BETWEEN_HEADINGS.join(name for name, _ in shared)


def _stretches(section: Section) -> Iterator[tuple[int, int]]:
    """Where each piece of a section begins and ends, without the white space around it."""
    text = section.text
    atoms = list(_atoms(text, _Ruler(section)))
    start = stop = 0
    while stop < len(atoms):
        stop = _end_of_piece(atoms, start, stop)
        first, last = atoms[start].start, atoms[stop - 1].end
        length = len(text[first:last].strip())
        if length:
            first = last - len(text[first:last].lstrip())
            yield first, first + length
        start = _next_start(atoms, start, stop)


def _end_of_piece(atoms: Sequence[_Atom], start: int, least: int) -> int:
    """Return the number of the atom before which the piece ends that begins with ``start``.

    It goes on at least to atom number ``least``.
    """
    room = _room(atoms, start)
    if room is None:
        return len(atoms)
    best, size = least + 1, 0.0
    for number in range(start, len(atoms)):
        size += atoms[number].size
        if size > room and number > least:
            break
        is_early = size < room * _EARLIEST
        if number > least and (is_early or atoms[number].strength >= atoms[best - 1].strength):
            best = number + 1
    return best


def _next_start(atoms: Sequence[_Atom], start: int, stop: int) -> int:
    """Return where the piece after that from ``start`` to ``stop`` begins: a sentence earlier.

    A sentence is repeated only if it is a whole and a short one.
    """
    if stop == len(atoms) or stop - start == 1:
        return stop
    before, last, following = atoms[stop - 2 : stop + 1]
    is_whole = before.strength > _WORD and last.strength > _WORD
    is_short = last.size <= _MOST_REPEATED and last.size + following.size <= 1.0
    return stop - 1 if is_whole and is_short else stop


def _room(atoms: Sequence[_Atom], start: int) -> float | None:
    """Return how large the next piece may be, or None if all the rest goes into it."""
    rest = 0.0
    for number in range(start, len(atoms)):
        rest += atoms[number].size
        if rest > _EVENLY:
            return 1.0
    return None if rest <= 1.0 else rest * _HALF


class _Ruler:
    """Measures stretches of one section against what a piece can hold."""

    def __init__(self, section: Section) -> None:
        self._letter = letter_weight(section.text)
        heading = count_tokens(section.heading, self._letter)
        self._most_tokens = MAX_TOKENS - min(heading, MAX_TOKENS * _MOST_FOR_HEADING)

    def size(self, text: str) -> float:
        """Return how much of a piece ``text`` fills."""
        tokens = count_tokens(text, self._letter)
        return max(tokens / self._most_tokens, len(text) / MAX_CHARACTERS)


def _atoms(text: str, ruler: _Ruler) -> Iterator[_Atom]:
    """Cut ``text`` at the ends of its sentences, and further where one is too long for a piece."""
    start = 0
    for boundary in _BOUNDARY.finditer(text):
        if boundary.lastgroup != "code":
            yield from _measured(text, start, boundary.end(), _strength(text, boundary), ruler)
            start = boundary.end()
    yield from _measured(text, start, len(text), _PARAGRAPH, ruler)


def _strength(text: str, boundary: re.Match[str]) -> int:
    strength = _STRENGTHS[boundary.lastgroup or ""]
    if strength < _LINE:
        return strength
    # A heading, or words that lead to a list, stay with what they lead to.
    line_start = text.rfind("\n", 0, boundary.start()) + 1
    leads_on = text.startswith("#", line_start) or text.endswith((":", "："), 0, boundary.start())
    return _WORD if leads_on else strength


def _measured(text: str, start: int, end: int, strength: int, ruler: _Ruler) -> Iterator[_Atom]:
    if start == end:
        return
    size = ruler.size(text[start:end])
    if size <= 1.0:
        yield _Atom(start, end, size, strength)
        return
    while start < end:
        cut = _cut(text, start, end)
        size = ruler.size(text[start:cut])
        yield _Atom(start, cut, size, strength if cut == end else _WORD)
        start = cut


def _cut(text: str, start: int, end: int) -> int:
    """Return where a stretch without sentences may be cut: behind a space, else between letters."""
    longest = _SHORT_CUT_ASCII if text[start : start + _SHORT_CUT_ASCII].isascii() else _SHORT_CUT
    if end - start <= longest:
        return end
    cut = start + longest
    space = max(text.rfind(" ", start, cut), text.rfind("\t", start, cut))
    if space > start:
        return space + 1
    for earlier in range(cut, cut - _LONGEST_CLUSTER, -1):
        if not unicodedata.category(text[earlier]).startswith(("M", "C")):
            return earlier
    return cut
