"""Files on disk: there whole, or not at all."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge import files


def test_written_file_is_whole_and_ours_alone(tmp_path: Path) -> None:
    stored = files.write(tmp_path / "folder" / "source", [b"one ", b"two"])
    path = tmp_path / "folder" / "source"
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)]
    assert (path.read_bytes(), stored, modes) == (b"one two", 7, [0o600, 0o700])


def test_file_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def parts() -> Iterator[bytes]:
        yield b"half of it"
        raise OSError

    with pytest.raises(OSError):
        files.write(tmp_path / "source", parts())
    assert list(tmp_path.iterdir()) == []
