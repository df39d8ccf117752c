"""Files of keys: there whole or not at all, durable, readable by us alone."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from askorac.sealing import KeysAway


@contextmanager
def answering() -> Iterator[None]:
    """Whatever the disk refuses inside is a key service that does not answer."""
    try:
        yield
    except OSError as error:
        raise KeysAway(
            f"The folder of the keys can't be used: {error.strerror}."
            " Make it readable and writable for AskOrac, and for nobody else."
        ) from None


def make(folder: Path) -> None:
    """Make a folder for us alone, and those above it, unless it is there."""
    if folder.is_dir():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sync(folder.parent)


def publish(path: Path, content: bytes) -> None:
    """Give a new file its name when all of it lies on the disk.

    Of two processes at once the first wins, and the other's content is dropped.
    """
    with _written(path, content) as unfinished:
        with suppress(FileExistsError):
            os.link(unfinished, path)
        _sync(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Have a file hold this, once all of it lies on the disk; until then it is as it was."""
    with _written(path, content) as unfinished:
        unfinished.replace(path)
        _sync(path.parent)


def try_out(folder: Path) -> None:
    """Write a file and remove it; raises OSError where that is refused."""
    path = folder / f".{secrets.token_hex(8)}"
    publish(path, b"")
    path.unlink()


def names_in(folder: Path) -> list[str]:
    """What is whole in a folder, by name; nothing if there is no folder."""
    try:
        return [each.name for each in folder.iterdir() if not each.name.startswith(".")]
    except FileNotFoundError:
        return []


def content_of(path: Path) -> bytes | None:
    """What a file holds; None if there is no file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def remove(folder: Path) -> None:
    """Remove a folder with all that is in it, for good, if it is there."""
    if not folder.is_dir():
        return
    shutil.rmtree(folder)
    _sync(folder.parent)


@contextmanager
def _written(path: Path, content: bytes) -> Iterator[Path]:
    """A file without a name of its own yet, beside `path`, that is on the disk."""
    unfinished = path.with_name(f".{secrets.token_hex(8)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield unfinished
    finally:
        unfinished.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """The name of a file is as durable as its bytes only then."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
