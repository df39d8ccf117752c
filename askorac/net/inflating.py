"""A body that arrives compressed, taken in piece by piece and never beyond its bound."""

import zlib
from typing import Final, Protocol

_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS


class TooMuch(Exception):
    """The body is larger than it may be."""


class Body(Protocol):
    """Takes in the parts of a body, at most so many bytes of it."""

    def add(self, part: bytes) -> None:
        """Raises TooMuch, or zlib.error for what is not compressed as it says."""

    def whole(self) -> bytes:
        """All of it; raises EOFError if it broke off."""


def body_of(encoding: str, *, most_bytes: int) -> Body:
    """A body in a content encoding. Raises ValueError for one that was not asked for."""
    if encoding in {"", "identity"}:
        return _Plain(most_bytes)
    if encoding in {"gzip", "x-gzip", "deflate"}:
        return _Inflated(most_bytes)
    raise ValueError(encoding)


class _Plain:
    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = bytearray()

    def add(self, part: bytes) -> None:
        if len(self._bytes) + len(part) > self._most:
            raise TooMuch
        self._bytes += part

    def whole(self) -> bytes:
        return bytes(self._bytes)


class _Inflated:
    """Of a bomb, no more than the bound is ever unpacked."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = bytearray()
        self._inflater = zlib.decompressobj(_GZIP_OR_ZLIB)

    def add(self, part: bytes) -> None:
        # A gzip file may consist of several, one behind the other.
        while part:
            if self._inflater.eof:
                self._inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
            room = self._most - len(self._bytes) + 1
            self._bytes += self._inflater.decompress(part, room)
            if len(self._bytes) > self._most:
                raise TooMuch
            part = self._inflater.unused_data

    def whole(self) -> bytes:
        if not self._inflater.eof:
            raise EOFError
        return bytes(self._bytes)
