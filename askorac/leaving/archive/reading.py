"""An archive as it comes in, from whomever: nothing in it is believed before it was looked at.

Names are of a closed set, sizes and their sums are bounded, each file is held against its SHA-256,
and lines against a length. Nothing is unpacked to a disk.
"""

import hashlib
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Final, NoReturn

from . import layout

MOST_ENTRIES: Final = 1_000_000
MOST_DIRECTORY_BYTES: Final = 200_000_000
MOST_MANIFEST_BYTES: Final = 64_000_000
MOST_LINE_BYTES: Final = 16_000_000
# Text packs to a tenth, or to a thirtieth where it repeats itself.
MOST_RATIO: Final = 200
_ALWAYS_BYTES: Final = 10_000_000
_BLOCK: Final = 256 * 1024
_END: Final = struct.Struct("<4s4H2IH")
_ENCRYPTED: Final = 0x1
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

NO_ARCHIVE: Final = "This is no archive of AskOrac: it is not a whole ZIP file."
NO_MANIFEST: Final = "This is no archive of AskOrac: it has no manifest.json that can be read."
NEWER: Final = "This archive was made by a newer version of AskOrac. Upgrade this one first."
STRANGE: Final = "The archive holds a file that is not one of an archive: “{name}”."
BOMB: Final = "The archive is refused: it would be far larger unpacked than it says or than it may."
TWICE: Final = "The archive holds the same file twice: “{name}”."
LOCKED: Final = "The archive is encrypted or packed in a way that is not taken: “{name}”."
NOT_LISTED: Final = "The archive's files are not those that its manifest lists: “{name}”."
CHANGED: Final = "“{name}” is not what the archive was made with: its checksum is another one."
NO_JSON: Final = "“{name}” does not hold what an archive has there (line {line})."


class BadArchive(Exception):
    """The archive can't be brought in; `sentence` says why. Nothing of it was."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Listed:
    """What the manifest says of a file."""

    path: str
    sha256: str
    rows: int | None


class Archive:
    """An open archive. Raises BadArchive for one that is none, before any of it is unpacked."""

    def __init__(self, file: IO[bytes]) -> None:
        size = file.seek(0, 2)
        _check_end(file, size)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, OSError):
            raise BadArchive(NO_ARCHIVE) from None
        self._infos = _checked(self._zip.infolist(), size)
        self.manifest = self._read_manifest()
        self.listed = self._listed()

    @property
    def names(self) -> list[str]:
        """Of all files, in their order."""
        return list(self._infos)

    def has(self, name: str) -> bool:
        return name in self._infos

    def size_of(self, name: str) -> int:
        """In bytes, unpacked."""
        return self._infos[name].file_size

    def blocks(self, name: str, *, sha256: str | None) -> Iterator[bytes]:
        """A file, block by block, held against its sum at the end. Raises BadArchive."""
        digest, info = hashlib.sha256(), self._infos[name]
        left = info.file_size
        try:
            with self._zip.open(info) as opened:
                while block := opened.read(_BLOCK):
                    digest.update(block)
                    left -= len(block)
                    yield block
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            raise BadArchive(CHANGED.format(name=name)) from None
        if left != 0 or (sha256 is not None and digest.hexdigest() != sha256):
            raise BadArchive(CHANGED.format(name=name))

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """The objects of a file of lines. Raises BadArchive."""
        for number, line in enumerate(self._lines(name), 1):
            value = parse(line, name=name, line=number)
            if not isinstance(value, dict):
                raise BadArchive(NO_JSON.format(name=name, line=number))
            yield value

    def value(self, name: str) -> dict[str, Any]:
        """The one object of a file. Raises BadArchive."""
        if self.size_of(name) > MOST_LINE_BYTES:
            raise BadArchive(NO_JSON.format(name=name, line=1))
        sha256 = self.listed[name].sha256
        value = parse(b"".join(self.blocks(name, sha256=sha256)), name=name, line=1)
        if not isinstance(value, dict):
            raise BadArchive(NO_JSON.format(name=name, line=1))
        return value

    def _lines(self, name: str) -> Iterator[bytes]:
        rest, number = b"", 0
        for block in self.blocks(name, sha256=self.listed[name].sha256):
            *lines, rest = (rest + block).split(b"\n")
            number += len(lines)
            if len(rest) > MOST_LINE_BYTES:
                raise BadArchive(NO_JSON.format(name=name, line=number + 1))
            yield from lines
        if rest:
            yield rest

    def _read_manifest(self) -> dict[str, Any]:
        info = self._infos.get(layout.MANIFEST)
        if info is None or info.file_size > MOST_MANIFEST_BYTES:
            raise BadArchive(NO_MANIFEST)
        text = b"".join(self.blocks(layout.MANIFEST, sha256=None))
        manifest = parse(text, name=layout.MANIFEST, line=1)
        if not isinstance(manifest, dict) or manifest.get("format") != layout.FORMAT:
            raise BadArchive(NO_MANIFEST)
        if manifest.get("version") not in layout.TAKEN:
            raise BadArchive(NEWER)
        return manifest

    def _listed(self) -> dict[str, Listed]:
        """What the manifest lists, which is all but itself and the files of sources."""
        rows = self.manifest.get("files")
        if not isinstance(rows, list):
            raise BadArchive(NO_MANIFEST)
        listed = {each.path: each for each in map(_listed_row, rows)}
        there = {name for name in self._infos if "/files/" not in name} - {layout.MANIFEST}
        if strange := sorted(there ^ listed.keys()):
            raise BadArchive(NOT_LISTED.format(name=strange[0][:100]))
        return listed


def parse(text: bytes, *, name: str, line: int) -> Any:
    """JSON, and nothing that only looks like it. Raises BadArchive."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadArchive(NO_JSON.format(name=name, line=line)) from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _listed_row(row: Any) -> Listed:
    match row:
        case {"path": str(path), "sha256": str(sha256)} if len(sha256) == 64:
            rows = row.get("rows")
            return Listed(path, sha256, rows if isinstance(rows, int) else None)
    raise BadArchive(NO_MANIFEST)


def _check_end(file: IO[bytes], size: int) -> None:
    """Look at the directory's size before it is read: it is read whole."""
    if size < _END.size:
        raise BadArchive(NO_ARCHIVE)
    file.seek(size - _END.size)
    mark, *_, length, _, comment = _END.unpack(file.read(_END.size))
    if mark != b"PK\5\6" or comment:
        raise BadArchive(NO_ARCHIVE)
    if length not in {0xFFFFFFFF} and length > MOST_DIRECTORY_BYTES:
        raise BadArchive(BOMB)
    if length == 0xFFFFFFFF and size > MOST_DIRECTORY_BYTES:
        _check_large_end(file, size)
    file.seek(0)


def _check_large_end(file: IO[bytes], size: int) -> None:
    place = size - _END.size - 20
    file.seek(max(place, 0))
    locator = file.read(20)
    if len(locator) != 20 or locator[:4] != b"PK\6\7":
        raise BadArchive(NO_ARCHIVE)
    at: int = struct.unpack("<Q", locator[8:16])[0]
    if at > place or place - at > MOST_DIRECTORY_BYTES:
        raise BadArchive(BOMB)
    file.seek(at + 40)
    length: int = struct.unpack("<Q", file.read(8))[0]
    if length > MOST_DIRECTORY_BYTES:
        raise BadArchive(BOMB)


def _checked(infos: list[zipfile.ZipInfo], size: int) -> dict[str, zipfile.ZipInfo]:
    """By name. Names that lead elsewhere are none of ours; entries that share bytes with others,
    or swell too much, are a bomb."""
    if len(infos) > MOST_ENTRIES:
        raise BadArchive(BOMB)
    found: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = info.orig_filename
        if not layout.NAME.fullmatch(name) or name != info.filename:
            raise BadArchive(STRANGE.format(name=name[:100]))
        if name in found:
            raise BadArchive(TWICE.format(name=name))
        if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
            raise BadArchive(LOCKED.format(name=name))
        found[name] = info
    packed = sum(info.compress_size for info in infos)
    unpacked = sum(info.file_size for info in infos)
    if packed > size or unpacked > max(MOST_RATIO * packed, _ALWAYS_BYTES):
        raise BadArchive(BOMB)
    return found
