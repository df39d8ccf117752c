"""The store of files as one archive, and back, whichever storage it is. Files stay sealed in it."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import default_storage


def pack(archive: Path) -> int:
    """Write every file of the store into `archive`; how many there were."""
    count = 0
    with tarfile.open(archive, "w") as packed:
        for name in _names(""):
            try:
                with default_storage.open(name) as file:
                    member = tarfile.TarInfo(name)
                    member.size, member.mode = default_storage.size(name), 0o600
                    packed.addfile(member, file)
            except FileNotFoundError:
                continue  # removed meanwhile, and its row with it
            count += 1
    return count


def unpack(archive: Path) -> int:
    """Put every file of `archive` into the store; how many there were."""
    count = 0
    with tarfile.open(archive) as packed:
        for member in packed:
            content = packed.extractfile(member)
            if content is None:
                continue
            default_storage.delete(member.name)
            default_storage.save(member.name, File(content))
            count += 1
    return count


def _names(folder: str) -> Iterator[str]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(names):
        yield f"{folder}/{name}" if folder else name
    for inner in sorted(folders):
        yield from _names(f"{folder}/{inner}" if folder else inner)
