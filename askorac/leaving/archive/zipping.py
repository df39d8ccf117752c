"""A ZIP file, written in pieces that may lie hours apart, each entry as a stream.

Sizes and sums stand behind the data of each entry, and all that is needed to end the file is what
`Entry` keeps of each. ZIP64 where the file is large; an entry itself is less than 4 GiB.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

STORED: Final = 0
DEFLATED: Final = 8
_NEEDS: Final = 45
_UNIX: Final = 3 << 8
# Sums behind the data, and names in UTF-8.
_FLAGS: Final = 0x0808
# The first day that the format knows: an archive tells no time in its directory.
_TIME: Final = 0
_DATE: Final = 0x21
_MOST_32: Final = 0xFFFFFFFF
_MOST_16: Final = 0xFFFF
_MODE: Final = 0o100600 << 16
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_DESCRIPTOR: Final = struct.Struct("<4s3I")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END_64: Final = struct.Struct("<4sQ2H2I4Q")
_LOCATOR: Final = struct.Struct("<4sIQI")
_END: Final = struct.Struct("<4s4H2IH")


class EntryTooLarge(Exception):
    """An entry would be 4 GiB or more: its maker has to write several."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in the archive; `offset` is in bytes from the beginning of the piece it is in.

    `rows` is how many lines or vectors it has; None for what has neither.
    """

    name: str
    method: int
    crc: int
    size: int
    packed: int
    offset: int
    sha256: str
    rows: int | None = None

    def stored(self) -> dict[str, Any]:
        """As JSON, for a row."""
        return asdict(self)

    @classmethod
    def restored(cls, stored: dict[str, Any]) -> Self:
        return cls(**stored)


class Piece:
    """Entries that follow each other; `entries` are those that were written to their end."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.size = 0

    def write(
        self, name: str, parts: Iterable[bytes], *, packs: bool = True, rows: "Rows | None" = None
    ) -> Iterator[bytes]:
        """The bytes of one entry. Raises EntryTooLarge."""
        offset, method = self.size, DEFLATED if packs else STORED
        coded = name.encode()
        head = _LOCAL.pack(b"PK\3\4", _NEEDS, _FLAGS, method, _TIME, _DATE, 0, 0, 0, len(coded), 0)
        yield self._count(head + coded)
        packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS) if packs else None
        digest, crc, size, began = hashlib.sha256(), 0, 0, self.size
        for part in parts:
            digest.update(part)
            crc, size = zlib.crc32(part, crc), size + len(part)
            packed = packer.compress(part) if packer else part
            if packed:
                yield self._count(packed)
        if packer and (rest := packer.flush()):
            yield self._count(rest)
        packed_size = self.size - began
        if max(size, packed_size) >= _MOST_32:
            raise EntryTooLarge(name)
        yield self._count(_DESCRIPTOR.pack(b"PK\7\10", crc, packed_size, size))
        count = None if rows is None else rows.count
        sha256 = digest.hexdigest()
        self.entries.append(Entry(name, method, crc, size, packed_size, offset, sha256, count))

    def _count(self, part: bytes) -> bytes:
        self.size += len(part)
        return part


class Rows:
    """Counts the lines that go by."""

    def __init__(self) -> None:
        self.count = 0

    def of(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The same lines."""
        for line in lines:
            self.count += 1
            yield line


def ending(pieces: Iterable[tuple[int, Sequence[Entry]]], *, at: int) -> Iterator[bytes]:
    """The directory of all entries, each piece with where it begins; the file's end. `at` is where
    the directory begins."""
    count = size = 0
    for begins, entries in pieces:
        for entry in entries:
            record = _directory_record(entry, begins + entry.offset)
            count, size = count + 1, size + len(record)
            yield record
    is_large = count >= _MOST_16 or max(at, size) >= _MOST_32
    if is_large:
        yield _END_64.pack(
            b"PK\6\6", _END_64.size - 12, _UNIX | _NEEDS, _NEEDS, 0, 0, count, count, size, at
        )
        yield _LOCATOR.pack(b"PK\6\7", 0, at + size, 1)
    told = _MOST_16 if is_large else count
    place = (_MOST_32, _MOST_32) if is_large else (size, at)
    yield _END.pack(b"PK\5\6", 0, 0, told, told, *place, 0)


def _directory_record(entry: Entry, offset: int) -> bytes:
    coded = entry.name.encode()
    extra = struct.pack("<2HQ", 1, 8, offset) if offset >= _MOST_32 else b""
    return (
        _CENTRAL.pack(
            b"PK\1\2",
            _UNIX | _NEEDS,
            _NEEDS,
            _FLAGS,
            entry.method,
            _TIME,
            _DATE,
            entry.crc,
            entry.packed,
            entry.size,
            len(coded),
            len(extra),
            0,
            0,
            0,
            _MODE,
            min(offset, _MOST_32),
        )
        + coded
        + extra
    )
