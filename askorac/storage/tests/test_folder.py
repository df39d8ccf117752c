"""Files on disk: there whole, or not at all."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from askorac.storage.folder import Folder


class Chunked(ContentFile):
    """A file that comes in two parts, the second of which may break off."""

    breaks_off = False

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"one "
        if self.breaks_off:
            raise OSError
        yield b"two"


def test_written_file_is_whole_and_ours_alone(tmp_path: Path) -> None:
    folder = Folder(location=tmp_path)
    name = folder.save("folder/source", Chunked(b""))
    path = tmp_path / "folder" / "source"
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)]
    assert (name, path.read_bytes(), modes) == ("folder/source", b"one two", [0o600, 0o700])


def test_file_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    broken = Chunked(b"")
    broken.breaks_off = True
    with pytest.raises(OSError):
        Folder(location=tmp_path).save("source", broken)
    assert list(tmp_path.iterdir()) == []
