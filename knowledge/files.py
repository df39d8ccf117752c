"""What customers upload, in the storage that the settings name: one file a source."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from tempfile import NamedTemporaryFile
from typing import Any
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import default_storage

from askorac.web.logs import LogEvent, log

_COPIED_BYTES = 1024 * 1024

AWAY = "Files can't be kept right now. Nothing of this one was kept; send it again in a minute."


class StorageAway(Exception):
    """The storage does not answer, or takes nothing: nothing was kept."""


def name_of(organization_id: UUID, project_id: UUID, file_id: UUID) -> str:
    """The name of a file in the storage, from ids only: nothing that a person typed."""
    return f"{organization_id}/{project_id}/{file_id}"


def write(name: str, content: "File[Any]") -> None:
    """Keep a file durably. It is there whole or, after an error, not at all.

    Raises StorageAway, within half a minute of a server that does not answer.
    """
    try:
        default_storage.save(name, content)
    except Exception as error:  # each storage has exceptions of its own
        log(LogEvent.STORAGE_AWAY, level=logging.ERROR, broken=error)
        raise StorageAway(AWAY) from error


def stream(name: str) -> "File[bytes]":
    """The file, open for reading, on disk if it is large. Raises FileNotFoundError."""
    return default_storage.open(name)


@contextmanager
def on_disk(name: str) -> Iterator[Path]:
    """The file as one of this machine's, which may not be changed. Raises FileNotFoundError."""
    try:
        path = default_storage.path(name)
    except NotImplementedError:  # what Django's storages raise that are no folders
        with stream(name) as original, NamedTemporaryFile() as copy:
            copyfileobj(original, copy, _COPIED_BYTES)
            copy.flush()
            yield Path(copy.name)
    else:
        yield Path(path)


def remove(name: str) -> None:
    """Delete a file; nothing happens if it is gone."""
    default_storage.delete(name)


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
