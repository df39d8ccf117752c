"""The one way to the store of files: what customers upload lies there sealed, one file a source.

A file is sealed piece by piece while it is written, and opens piece by piece while it is read, so
that none is ever whole in memory, and none in clear on a disk of ours.
"""

import io
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any, Final
from uuid import UUID

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from askorac.sealing import SealFault, blobs, keyrings
from askorac.sealing.files import SEGMENT_BYTES, OpenedFile, seal_file
from askorac.web.logs import LogEvent, log

from .models import Source

AWAY: Final = (
    "Files can't be kept right now. Nothing of this one was kept; send it again in a minute."
)


_FOLDER: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class StorageAway(Exception):
    """The storage does not answer, or takes nothing: nothing was kept."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the store. Its name is made of ids only: nothing that a person typed.

    `key_version` is the data key that its head is sealed with; None for one that lies there as it
    was given, from before files were sealed.
    """

    organization_id: UUID
    project_id: UUID
    file_id: UUID
    key_version: int | None = None

    @classmethod
    def of(cls, source: Source) -> "Kept":
        """The file that a source has now."""
        return cls(
            source.organization_id, source.project_id, source.file_id, source.file_key_version
        )

    @property
    def name(self) -> str:
        return f"{self.organization_id}/{self.project_id}/{self.file_id}"


class _Opened(OpenedFile):
    """Is read on only while the key service grants the organization's keys."""

    def __init__(self, kept: Kept, sealed: IO[bytes]) -> None:
        self._organization_id = kept.organization_id
        ring = keyrings.of(kept.organization_id)
        super().__init__(ring, sealed, file_id=kept.file_id)

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        keyrings.of(self._organization_id)
        return super().readinto(buffer)


class _Parts(io.RawIOBase):
    """Parts that come one after the other, as the file that storages take."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = iter(parts)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._rest = part
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)


def write(
    parts: Iterable[bytes], *, organization_id: UUID, project_id: UUID, file_id: UUID
) -> Kept:
    """Keep a file, sealed and durably. It is there whole or, after an error, not at all.

    Raises KeyRevoked or KeysAway; and StorageAway, within half a minute of a server that does not
    answer.
    """
    ring = keyrings.of(organization_id)
    sealed = seal_file(ring, parts, file_id=file_id)
    head = next(sealed)
    kept = Kept(organization_id, project_id, file_id, blobs.version_of(head))
    save(kept.name, chain((head,), sealed))
    return kept


def save(name: str, parts: Iterable[bytes]) -> None:
    """Keep what is sealed already, durably. Raises StorageAway, and seals' faults of the parts."""
    try:
        _save(name, parts)
    except SealFault:
        raise  # of the file that the parts are read from
    except Exception as error:  # each storage has exceptions of its own
        log(LogEvent.STORAGE_AWAY, level=logging.ERROR, broken=error)
        raise StorageAway(AWAY) from error


def stream(kept: Kept) -> IO[bytes]:
    """The file in clear, open for reading from its beginning to its end.

    Storage that is no folder fetches it now, as it lies there. Raises FileNotFoundError,
    KeyRevoked, KeysAway or Tampered, the last three also while it is read.
    """
    lying = default_storage.open(kept.name)
    try:
        lying.seek(0)
        if kept.key_version is None:
            return lying
        opened = io.BufferedReader(_Opened(kept, lying), SEGMENT_BYTES)
        opened.peek(1)
    except BaseException:  # whatever it is goes on, and leaves no file open
        lying.close()
        raise
    return opened


def parts_of(file: IO[bytes]) -> Iterator[bytes]:
    """What is left of an open file, piece by piece."""
    return iter(lambda: file.read(SEGMENT_BYTES), b"")


def remove(kept: Kept) -> None:
    """Delete a file; nothing happens if it is gone."""
    default_storage.delete(kept.name)


def remove_project(organization_id: UUID, project_id: UUID) -> None:
    """Delete all files of a project; nothing happens if they are gone."""
    folder = f"{organization_id}/{project_id}"
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        default_storage.delete(f"{folder}/{name}")
    default_storage.delete(folder)


def organizations() -> set[UUID]:
    """The organizations that the store holds files of, those that are gone included."""
    try:
        folders, _ = default_storage.listdir("")
    except FileNotFoundError:
        return set()
    return {UUID(folder) for folder in folders if _FOLDER.fullmatch(folder)}


def projects_of(organization_id: UUID) -> list[UUID]:
    """The projects that the store holds files of, those that are gone included."""
    try:
        folders, _ = default_storage.listdir(str(organization_id))
    except FileNotFoundError:
        return []
    return [UUID(folder) for folder in folders if _FOLDER.fullmatch(folder)]


def list_project(organization_id: UUID, project_id: UUID) -> dict[str, UUID]:
    """What the store holds of a project: names, each with the file that it is, or was to become."""
    try:
        _, names = default_storage.listdir(f"{organization_id}/{project_id}")
    except FileNotFoundError:
        return {}
    return {name: UUID(name.partition(".")[0]) for name in names}


def remove_named(organization_id: UUID, project_id: UUID, name: str) -> None:
    """Delete what `list_project` has named; nothing happens if it is gone."""
    default_storage.delete(f"{organization_id}/{project_id}/{name}")


def remove_folder(organization_id: UUID) -> None:
    """Delete the empty folder of an organization; nothing happens where there are no folders."""
    default_storage.delete(str(organization_id))


def is_true(name: str, text: bytes) -> bool:
    """Whether the store gives back what it is given: for the doctor, with a text of its own."""
    default_storage.save(name, ContentFile(text))
    with default_storage.open(name) as file:
        is_same = file.read() == text
    default_storage.delete(name)
    return bool(is_same)


def _save(name: str, parts: Iterable[bytes]) -> None:
    content: File[Any] = File(io.BufferedReader(_Parts(parts), SEGMENT_BYTES))
    default_storage.save(name, content)
