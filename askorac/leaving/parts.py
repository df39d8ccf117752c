"""Pieces of archives in the store of files, each sealed with a key of its own.

They lie apart from what customers upload: `leaving/<organization>/<export or import>/<file>`.
"""

import io
import os
from collections.abc import Iterable
from typing import IO
from uuid import UUID

from django.core.files.storage import default_storage

from askorac.sealing import blobs
from askorac.sealing.files import SEGMENT_BYTES, Segments, seal_segments
from knowledge import files

ROOT = "leaving"


def new_key() -> bytes:
    """A key for one file."""
    return os.urandom(blobs.KEY_BYTES)


def name_of(organization_id: UUID, owner_id: UUID, file_id: UUID) -> str:
    """Where a file lies."""
    return f"{folder_of(organization_id, owner_id)}/{file_id}"


def folder_of(organization_id: UUID, owner_id: UUID) -> str:
    """Where all files of an export or import lie."""
    return f"{ROOT}/{organization_id}/{owner_id}"


def write(name: str, parts: Iterable[bytes], *, key: bytes) -> None:
    """Seal and keep a file. Raises files.StorageAway, and what the parts raise."""
    files.save(name, seal_segments(key, parts))


def read(name: str, *, key: bytes, size: int) -> IO[bytes]:
    """A file in clear, for reading from anywhere. Raises FileNotFoundError; Tampered in reading."""
    return io.BufferedReader(
        Segments(key, default_storage.open(name), size=size), buffer_size=SEGMENT_BYTES
    )


def folders_of(organization_id: UUID) -> list[UUID]:
    """The exports and imports that the store holds files of."""
    try:
        folders, _ = default_storage.listdir(f"{ROOT}/{organization_id}")
    except FileNotFoundError:
        return []
    return [UUID(folder) for folder in folders]


def names_in(folder: str) -> list[str]:
    """The names of the files in a folder; none if it is not there."""
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return []
    return list(names)


def remove_folder(folder: str) -> int:
    """Delete a folder with all that is in it; returns how many files there were."""
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return 0
    count = sum(remove_folder(f"{folder}/{each}") for each in folders)
    for name in names:
        default_storage.delete(f"{folder}/{name}")
    default_storage.delete(folder)
    return count + len(names)


def remove(name: str) -> None:
    """Delete a file; nothing happens if it is gone."""
    default_storage.delete(name)
