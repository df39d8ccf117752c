"""Bytes of a text file to text, without mojibake."""

from __future__ import annotations

import codecs
import re

from knowledge.ingestion.texts import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES = 128 * 1024
_BEYOND_ASCII = bytes(range(0x80, 0x100))
_FIRST_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_SEVEN_BIT_JAPANESE = b"\x1b$"
# A page may declare any codec that Python knows; some of those are no character sets, or slow.
_CHARACTER_SETS = re.compile(
    r"utf-(8|16|32)(-[bl]e)?|iso8859-\d+|cp\d+|koi8-[rut]|mac-\w+|shift_jis\w*|euc_\w+|gb\w+|big5\w*"
    r"|hz|iso2022_\w+|johab|tis-620"
)
# The share of characters past ASCII that may be broken before an encoding counts as the wrong one.
_BROKEN_IN_UTF8 = 0.01
_BROKEN_IN_OTHERS = 0.05


def decode(data: bytes, *, declared: str = "") -> str:
    """Return the text of ``data``.

    The encoding is the one of its byte order mark, else UTF-8, else the ``declared`` one, else
    the one that its bytes look like. Raises Unreadable ("damaged") when none fits.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    if _SEVEN_BIT_JAPANESE not in data:
        text = _fitting(data, "utf-8", _BROKEN_IN_UTF8)
        if text is not None:
            return text
    for encoding in (_known(declared), _detected(data)):
        text = _fitting(data, encoding, _BROKEN_IN_OTHERS) if encoding else None
        if text is not None:
            return text
    raise _refusal()


def has_mark(data: bytes) -> bool:
    """Tell whether ``data`` begins with a byte order mark, so that it is text."""
    return any(data.startswith(mark) for mark, _ in _MARKS)


def _fitting(data: bytes, encoding: str, most_broken: float) -> str | None:
    text = data.decode(encoding, errors="replace")
    broken = text.count("\ufffd")
    if not broken:
        return text
    beyond_ascii = len(data) - len(data.translate(None, _BEYOND_ASCII))
    return text if broken <= beyond_ascii * most_broken else None


def _known(name: str) -> str:
    """Return Python's name of the character set ``name``, or "" if it is none."""
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    # Browsers read both as Windows-1252; pages that name them mean it.
    if known in ("iso8859-1", "ascii"):
        return "cp1252"
    return known if _CHARACTER_SETS.fullmatch(known) else ""


def _detected(data: bytes) -> str:
    import chardet  # it takes 40 ms to load, and most files are UTF-8

    first = _FIRST_BEYOND_ASCII.search(data)
    start = data.rfind(b"\n", 0, first.start()) + 1 if first else 0
    return _known(chardet.detect(data[start : start + _SAMPLE_BYTES])["encoding"] or "")


def _refusal() -> Unreadable:
    return Unreadable(
        "damaged",
        "The letters of this file could not be told apart, because its text encoding is not known. "
        "Open it in a text editor, save it as UTF-8, and upload that.",
    )
