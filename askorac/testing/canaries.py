"""Texts that are found again wherever a piece of them lies, in whatever form.

A canary is a sentence of three words that nobody writes by chance: sixteen consonants each. Eight
in a row betray a word, so that one is also found where a page's end or a compressor's control byte
(pglz and LZF put one after eight literals, or more) cuts it. Looked for are UTF-8 and UTF-16,
base64 in each alignment, hexadecimal, and what is packed by zlib.
"""

from __future__ import annotations

import binascii
import re
import secrets
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

LETTERS: Final = "bcdfghjklmnpqrstvwxz"
WORD_LETTERS: Final = 16
PIECE: Final = 8
_RUN: Final = re.compile(rf"[{LETTERS}{LETTERS.upper()}]{{{PIECE},}}".encode())
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
_HEX: Final = re.compile(rb"(?:[0-9a-fA-F]{2}){8,}")
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")
_PACKED: Final = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_MOST_PACKED: Final = 1 << 14
_MOST_UNPACKED: Final = 1 << 20


def new_word() -> str:
    """A word that stands nowhere else."""
    return "".join(secrets.choice(LETTERS) for _ in range(WORD_LETTERS))


@dataclass
class Canaries:
    """The canaries that were planted, by the doors that they went through."""

    _door_of: dict[bytes, str] = field(default_factory=dict)

    def word(self, door: str) -> str:
        """A new word, to be put through a door."""
        word = new_word()
        for at in range(WORD_LETTERS - PIECE + 1):
            self._door_of[word[at : at + PIECE].encode()] = door
        return word

    def sentence(self, door: str) -> str:
        """A new sentence, to be put through a door."""
        first, second, third = (self.word(door) for _ in range(3))
        return f"The {first} meets the {second} at the {third}."

    def doors(self) -> set[str]:
        """All doors that something was put through."""
        return set(self._door_of.values())

    def found_in(self, data: bytes) -> set[str]:
        """The doors of which a piece stands in the data."""
        return {
            self._door_of[piece] for view in _views(data) for piece in _pieces(view, self._door_of)
        }


def _pieces(data: bytes, known: dict[bytes, str]) -> Iterator[bytes]:
    for run in _RUN.findall(data):
        letters = run.lower()
        for at in range(len(letters) - PIECE + 1):
            piece = letters[at : at + PIECE]
            if piece in known:
                yield piece


def _views(data: bytes) -> Iterator[bytes]:
    """The data as it is, and as it would be read out of each form; UTF-16 of ASCII has zeros."""
    for view in _unfolded(data):
        yield view
        if b"\0" in view:
            yield view.translate(None, b"\0")


def _unfolded(data: bytes) -> Iterator[bytes]:
    yield data
    for run in _BASE64.findall(data):
        run = run.translate(_URL_SAFE)
        for shift in range(4):
            yield binascii.a2b_base64(run[shift : shift + (len(run) - shift) // 4 * 4])
    for run in _HEX.findall(data):
        yield bytes.fromhex(run.decode())
        yield bytes.fromhex(run[1:-1].decode())
    for start in _PACKED.finditer(data):
        yield _unpacked(data[start.start() : start.start() + _MOST_PACKED])


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=47).decompress(data, _MOST_UNPACKED)
    except zlib.error:
        return b""
