"""Where uploaded files lie: one folder an organization, one file a source, readable by us alone."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from django.conf import settings


def path_of(organization_id: UUID, project_id: UUID, file_id: UUID) -> Path:
    """The file of a source. Names come from ids only: nothing that a person typed."""
    return _folder(organization_id) / str(project_id) / str(file_id)


def write(path: Path, parts: Iterable[bytes]) -> int:
    """Write the parts of a file durably; returns its size in bytes.

    It is there whole or, after an error, not at all.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_suffix(".part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            size = sum(file.write(part) for part in parts)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _sync_folder(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)
    return size


def remove(organization_id: UUID, file_id: UUID) -> None:
    """Delete a file, in whichever project it lay; nothing happens if it is gone."""
    for path in _folder(organization_id).glob(f"*/{file_id}*"):
        path.unlink(missing_ok=True)


def remove_project(organization_id: UUID, project_id: UUID) -> None:
    """Delete all files of a project; nothing happens if they are gone."""
    folder = _folder(organization_id) / str(project_id)
    if folder.exists():
        shutil.rmtree(folder)


def _sync_folder(folder: Path) -> None:
    """The name of a new file is as durable as its bytes only then."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _folder(organization_id: UUID) -> Path:
    return Path(settings.MEDIA_ROOT) / str(organization_id)
