"""Files that are ZIP archives inside: what is in them, read with care."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from io import BytesIO
from urllib.parse import unquote, urlsplit

from knowledge.ingestion.texts import Unreadable

MOST_MEMBERS = 20_000
MOST_UNPACKED_BYTES = 400 * 1024 * 1024
MOST_MEMBER_BYTES = 150 * 1024 * 1024
# The record at the end of an archive, and where in it the number of members stands.
_END_MARK = b"PK\x05\x06"
_END_BYTES = 22 + 65_535
_COUNT_AT = slice(10, 12)
_DIRECTORY_ENTRY_BYTES = 46
_DIRECTORY_SIZE_AT = slice(12, 16)
_ENCRYPTED_FLAG = 1
_BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    NotImplementedError,  # a method of compression that Python does not know
    zlib.error,
    EOFError,
    ValueError,
    OSError,
)
_DRIVE = re.compile(r"[A-Za-z]:")


class Container:
    """The members of an archive by name, in any case; together they unpack to 400 MB at most."""

    def __init__(self, data: bytes) -> None:
        """Read the directory of ``data``. Raises Unreadable: "damaged" or "oversized"."""
        if _claimed_members(data) > MOST_MEMBERS:
            raise _oversized()
        try:
            self._archive = zipfile.ZipFile(BytesIO(data))
        except _BROKEN as error:
            raise damaged() from error
        self._members = {_folded(info.filename): info for info in self._archive.infolist()}
        self._left = MOST_UNPACKED_BYTES

    @property
    def names(self) -> list[str]:
        """All names, in the order of the directory."""
        return [info.filename for info in self._members.values()]

    def __contains__(self, name: str) -> bool:
        """Tell whether there is a member called ``name``."""
        return _folded(name) in self._members

    def size(self, name: str) -> int:
        """Return how many bytes a member has, as the directory claims; 0 if there is none."""
        info = self._members.get(_folded(name))
        return info.file_size if info else 0

    def check_sizes(self) -> None:
        """Refuse an archive that says itself that it is too large, for one who reads it whole."""
        sizes = [info.file_size for info in self._members.values()]
        if sum(sizes) > MOST_UNPACKED_BYTES * 2 or max(sizes, default=0) > MOST_UNPACKED_BYTES:
            raise _oversized()

    def read(self, name: str) -> bytes:
        """Return a member, or b"" if there is none of that name.

        Raises Unreadable: "encrypted", "damaged" or "oversized".
        """
        info = self._members.get(_folded(name))
        if info is None:
            return b""
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise encrypted()
        try:
            # Never more than is allowed, whatever size the directory claims.
            with self._archive.open(info) as member:
                data = member.read(min(self._left, MOST_MEMBER_BYTES) + 1)
        except _BROKEN as error:
            raise damaged() from error
        except RuntimeError as error:
            raise encrypted() from error
        self._left -= len(data)
        if self._left < 0 or len(data) > MOST_MEMBER_BYTES:
            raise _oversized()
        return data


def member_names(data: bytes) -> list[str]:
    """Return the names in an archive, none if it is broken or has more than may be read."""
    try:
        return Container(data).names
    except Unreadable:
        return []


def resolve(base: str, target: str) -> str:
    """Return the name of the member that a ``target`` in the member ``base`` means, or ""."""
    try:
        path = unquote(urlsplit(target).path) if ":" not in target[:8] else ""
    except ValueError:
        return ""
    if not path or _DRIVE.match(path):
        return ""
    joined = posixpath.normpath(posixpath.join("/", posixpath.dirname(base), path))
    return joined.lstrip("/")


def damaged() -> Unreadable:
    """Return the refusal of an archive that is cut off or changed."""
    return Unreadable(
        "damaged",
        "This file is damaged: it is cut off or changed. Export or download it again, and upload "
        "the new copy.",
    )


def encrypted() -> Unreadable:
    """Return the refusal of a file that only a password opens."""
    return Unreadable(
        "encrypted",
        "This file is protected with a password. Save a copy without one, and upload that.",
    )


def _claimed_members(data: bytes) -> int:
    """Return how many members the end of an archive claims, by number and by size of directory."""
    tail = data[-_END_BYTES:]
    at = tail.rfind(_END_MARK)
    if at < 0:
        return 0
    record = tail[at:]
    counted = int.from_bytes(record[_COUNT_AT], "little")
    size = int.from_bytes(record[_DIRECTORY_SIZE_AT], "little")
    is_long = counted == 0xFFFF or size == 0xFFFFFFFF  # the numbers stand elsewhere
    return MOST_MEMBERS + 1 if is_long else max(counted, size // (_DIRECTORY_ENTRY_BYTES + 150))


def _oversized() -> Unreadable:
    return Unreadable(
        "oversized",
        "This file is packed so tightly that it unpacks to more than can be read at once. Split it "
        "into parts, and upload those.",
    )


def _folded(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
