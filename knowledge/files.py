"""Where uploaded files lie: one folder an organization, one file a source, readable by us alone."""

import hashlib
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What was written: its size and the SHA-256 of its bytes, in hexadecimal."""

    size_bytes: int
    sha256: str


def path_of(organization_id: UUID, project_id: UUID, source_id: UUID) -> Path:
    """The file of a source. Names come from ids only: nothing that a person typed."""
    return _folder(organization_id) / str(project_id) / str(source_id)


def write(path: Path, parts: Iterable[bytes]) -> StoredFile:
    """Write the parts of a file durably: it is there whole or, after an error, not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_suffix(".part")
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for part in parts:
                digest.update(part)
                size += file.write(part)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return StoredFile(size_bytes=size, sha256=digest.hexdigest())


def remove_source(organization_id: UUID, source_id: UUID) -> None:
    """Delete a source's file, in whichever project it lay; nothing happens if it is gone."""
    for path in _folder(organization_id).glob(f"*/{source_id}*"):
        path.unlink(missing_ok=True)


def remove_project(organization_id: UUID, project_id: UUID) -> None:
    """Delete all files of a project; nothing happens if they are gone."""
    folder = _folder(organization_id) / str(project_id)
    if folder.exists():
        shutil.rmtree(folder)


def _folder(organization_id: UUID) -> Path:
    return Path(settings.MEDIA_ROOT) / str(organization_id)
