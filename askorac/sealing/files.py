"""Files, sealed in segments, so that none is ever whole in memory.

A sealed file is: a blob that seals a key made for this file alone, then segments of 64 KiB, each
with its tag. A segment's nonce counts and says whether it is the last one (the STREAM
construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015), so that segments that are left out,
doubled or moved, and a file that was cut off, do not open.
"""

import io
import os
import struct
from collections.abc import Iterable, Iterator
from typing import IO, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import blobs
from .faults import Tampered
from .keyring import Keyring

SEGMENT_BYTES: Final = 64 * 1024
PURPOSE: Final = "file"
_TAG_BYTES: Final = 16
HEAD_BYTES: Final = blobs.OVERHEAD_BYTES + blobs.KEY_BYTES
_NONCE: Final = struct.Struct(">7xIB")


def seal_file(ring: Keyring, parts: Iterable[bytes], *, file_id: UUID) -> Iterator[bytes]:
    """The sealed file of what `parts` yield, piece by piece."""
    key = os.urandom(blobs.KEY_BYTES)
    yield ring.seal(key, purpose=PURPOSE, row_id=file_id)
    yield from seal_segments(key, parts)


def seal_segments(key: bytes, parts: Iterable[bytes]) -> Iterator[bytes]:
    """What `parts` yield, in sealed segments alone. A key is for one file, and used once."""
    cipher = AESGCM(key)
    segments = _segments(parts)
    segment, count = next(segments), 0
    for following in segments:
        yield cipher.encrypt(_NONCE.pack(count, 0), segment, None)
        segment, count = following, count + 1
    yield cipher.encrypt(_NONCE.pack(count, 1), segment, None)


def open_file(ring: Keyring, sealed: IO[bytes], *, file_id: UUID) -> Iterator[bytes]:
    """What was sealed, segment by segment. Raises Tampered, at the latest at the end."""
    cipher = AESGCM(ring.open(sealed.read(HEAD_BYTES), purpose=PURPOSE, row_id=file_id))
    segment, count = _read(sealed), 0
    while True:
        following = _read(sealed)
        try:
            yield cipher.decrypt(_NONCE.pack(count, not following), segment, None)
        except InvalidTag:
            raise Tampered from None
        if not following:
            return
        segment, count = following, count + 1


class Segments(io.RawIOBase):
    """A file of sealed segments alone, for reading from wherever one likes.

    `size` is that of what was sealed, in bytes, and part of what is checked: of a file that was cut
    off the last segment does not open. Reading raises Tampered.
    """

    def __init__(self, key: bytes, sealed: IO[bytes], *, size: int) -> None:
        self._cipher = AESGCM(key)
        self._sealed = sealed
        self._size, self._at = size, 0
        self._last = max(size - 1, 0) // SEGMENT_BYTES
        self._number, self._opened = -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        if self._at >= self._size:
            return 0
        number, begin = divmod(self._at, SEGMENT_BYTES)
        taken = self._segment(number)[begin : begin + len(buffer)]
        buffer[: len(taken)] = taken
        self._at += len(taken)
        return len(taken)

    def close(self) -> None:
        self._sealed.close()
        super().close()

    def _segment(self, number: int) -> bytes:
        if number != self._number:
            self._sealed.seek(number * (SEGMENT_BYTES + _TAG_BYTES))
            nonce = _NONCE.pack(number, number == self._last)
            try:
                self._opened = self._cipher.decrypt(nonce, _read(self._sealed), None)
            except InvalidTag:
                raise Tampered from None
            self._number = number
        return self._opened


def reseal_head(ring: Keyring, head: bytes, *, file_id: UUID) -> bytes:
    """The first HEAD_BYTES of a sealed file, under the data key that seals now.

    Only the file's own key is sealed anew; the segments stay as they are. Raises Tampered.
    """
    key = ring.open(head, purpose=PURPOSE, row_id=file_id)
    return ring.seal(key, purpose=PURPOSE, row_id=file_id)


class OpenedFile(io.RawIOBase):
    """A sealed file, for reading from its beginning to its end."""

    def __init__(self, ring: Keyring, sealed: IO[bytes], *, file_id: UUID) -> None:
        self._sealed = sealed
        self._parts = open_file(ring, sealed, file_id=file_id)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = next(self._parts, b"")
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)

    def close(self) -> None:
        self._sealed.close()
        super().close()


def _segments(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in segments of one size; at least one, which may be empty."""
    waiting = bytearray()
    for part in parts:
        waiting += part
        while len(waiting) > SEGMENT_BYTES:
            yield bytes(waiting[:SEGMENT_BYTES])
            del waiting[:SEGMENT_BYTES]
    yield bytes(waiting)


def _read(sealed: IO[bytes]) -> bytes:
    """The next segment with its tag, whole: a stream may give less at a time than it is asked."""
    wanted, parts = SEGMENT_BYTES + _TAG_BYTES, []
    while wanted and (part := sealed.read(wanted)):
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)
