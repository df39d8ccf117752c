"""Bytes of a text file to text, without mojibake."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from knowledge.ingestion.extractors.wide import wide_encoding
from knowledge.ingestion.texts import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES = 128 * 1024
_FEWEST_BYTES = 16
_CONTROLS = re.compile("[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_MOST_CONTROLS = 0.02
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_BEYOND_ASCII_RUN = re.compile(rb"[\x80-\xff]+")
_MIXED = re.compile(rb"(?<=[A-Za-z])[\x80-\xff]+|[\x80-\xff]+(?=[A-Za-z])")
_OTHER_ALPHABETS = re.compile(r"cp125[1356]|cp86\d|koi8-.|iso8859-[5-8]|mac-(cyrillic|greek)")
_SEVEN_BIT_JAPANESE = b"\x1b$"
# What so little text is first of all, and how far it must outdo the usual one of its letters.
_IN_USE = {
    **dict.fromkeys(("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256"), 1.0),
    **dict.fromkeys(("koi8-r", "koi8-u", "cp874", "iso8859-2", "utf-8"), 1.0),
    **dict.fromkeys(("big5hkscs", "cp932", "cp949", "euc_kr", "gb18030"), 1.0),
    **dict.fromkeys(("euc_jis_2004", "shift_jis_2004", "iso2022_jp_2"), 1.0),
    **dict.fromkeys(("cp850", "mac-roman"), 0.93),
    "cp1257": 0.67,
}
# A page may declare any codec that Python knows; some of those are no character sets, or slow.
_CHARACTER_SETS = re.compile(
    r"utf-(8|16|32)(-[bl]e)?|iso8859-\d+|cp\d+|koi8-[rut]|mac-\w+|shift_jis\w*|euc_\w+|gb\w+|big5\w*"
    r"|hz|iso2022_\w+|johab|tis-620"
)
# So many whole characters past ASCII outweigh a broken one. Other encodings hardly ever look like
# UTF-8 by chance, so a file with some damage is still that; a guess must fit better.
_WHOLE_IN_UTF8 = 3
_WHOLE_IN_OTHERS = 20


def decode(data: bytes, *, declared: str = "") -> str:
    """Return the text of ``data``.

    The encoding is the one of its byte order mark, else UTF-16 or UTF-8 if it reads as that, else
    the ``declared`` one, else the one that its bytes look like. Raises Unreadable ("damaged") when
    none fits.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    wide = wide_encoding(data)
    if wide:
        return data.decode(wide, errors="replace")
    if _SEVEN_BIT_JAPANESE not in data:
        text = _fitting(data, "utf-8", _WHOLE_IN_UTF8)
        if text is not None:
            return text
    for encoding in _candidates(data, declared):
        text = _fitting(data, encoding, _WHOLE_IN_OTHERS) if encoding else None
        if text is not None and not _is_unlikely(text):
            return text
    raise _refusal()


def has_mark(data: bytes) -> bool:
    """Tell whether ``data`` begins with a byte order mark, so that it is text."""
    return any(data.startswith(mark) for mark, _ in _MARKS)


def _fitting(data: bytes, encoding: str, whole_for_broken: int) -> str | None:
    text = data.decode(encoding, errors="replace")
    broken = text.count("\ufffd")
    if not broken:
        return text
    whole = len(text) - len(text.encode("ascii", "ignore")) - broken
    return text if whole >= broken * whole_for_broken else None


def _is_unlikely(text: str) -> bool:
    """Tell whether a guess gave more control characters than any text has."""
    sample = text[:_SAMPLE_BYTES]
    return len(_CONTROLS.findall(sample)) > len(sample) * _MOST_CONTROLS


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


def _candidates(data: bytes, declared: str) -> Iterator[str]:
    yield _known(declared)
    first = _BEYOND_ASCII.search(data)
    start = data.rfind(b"\n", 0, first.start()) + 1 if first else 0
    sample = data[start : start + _SAMPLE_BYTES]
    if len(_BEYOND_ASCII.findall(sample)) < _FEWEST_BYTES:
        yield _likeliest(sample)
    from chardet import EncodingEra, detect  # it takes 40 ms to load, and most files are UTF-8

    every = EncodingEra.ALL ^ EncodingEra.MAINFRAME
    yield _known(detect(sample, encoding_era=every)["encoding"] or "")


def _likeliest(sample: bytes) -> str:
    """Return what so little text looks most like, of the character sets that are in use."""
    from chardet import detect_all

    guesses = detect_all(sample, ignore_threshold=True, include_encodings=_IN_USE)
    found: dict[str, float] = {}
    for guess in guesses:
        name = _known(guess["encoding"] or "")
        likelihood = guess["confidence"] * _IN_USE.get(name, 1.0)
        found[name] = max(found.get(name, 0.0), likelihood)
    likeliest = max(found, key=lambda name: found[name], default="")
    is_western = _OTHER_ALPHABETS.fullmatch(likeliest) and _is_mixed(sample)
    return "cp1252" if is_western else likeliest


def _is_mixed(sample: bytes) -> bool:
    """Tell whether letters past ASCII stand in words with others, as in the Latin script."""
    runs = _BEYOND_ASCII_RUN.findall(sample)
    return len(_MIXED.findall(sample)) * 2 > len(runs)


def _refusal() -> Unreadable:
    return Unreadable(
        "damaged",
        "The letters of this file could not be told apart, because its text encoding is not known. "
        "Open it in a text editor, save it as UTF-8, and upload that.",
    )
