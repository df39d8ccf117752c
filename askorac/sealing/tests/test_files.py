"""Sealed files: whole or not at all."""

import io
import time
from uuid import uuid4

import pytest

from askorac.sealing import Tampered
from askorac.sealing.files import (
    HEAD_BYTES,
    SEGMENT_BYTES,
    OpenedFile,
    open_file,
    reseal_head,
    seal_file,
)
from askorac.sealing.keyring import Keyring, OpenKeys

FILE, SEALED_SEGMENT = uuid4(), SEGMENT_BYTES + 16
KEYS = OpenKeys({1: (b"k" * 32, time.time() - 1)}, b"w" * 32)
RING = Keyring(uuid4(), KEYS)


def sealed(content: bytes) -> bytes:
    return b"".join(seal_file(RING, [content[:7], content[7:]], file_id=FILE))


def opened(blob: bytes) -> bytes:
    return b"".join(open_file(RING, io.BytesIO(blob), file_id=FILE))


@pytest.mark.parametrize(
    "size", [0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 3 * SEGMENT_BYTES]
)
def test_file_opens_as_it_was(size: int) -> None:
    content = bytes(range(251)) * (size // 251 + 1)
    assert opened(sealed(content[:size])) == content[:size]


def test_file_reads_like_a_file() -> None:
    content = b"0123456789" * 20_000
    with io.BufferedReader(OpenedFile(RING, io.BytesIO(sealed(content)), file_id=FILE)) as file:
        assert file.read(5) == b"01234"
        assert file.read() == content[5:]


def _swapped(blob: bytes) -> bytes:
    first, second = HEAD_BYTES, HEAD_BYTES + SEALED_SEGMENT
    end = second + SEALED_SEGMENT
    return blob[:first] + blob[second:end] + blob[first:second] + blob[end:]


@pytest.mark.parametrize(
    "harmed",
    [
        lambda blob: blob[:-1],
        lambda blob: blob[: HEAD_BYTES + SEALED_SEGMENT],
        lambda blob: blob[:HEAD_BYTES] + blob[HEAD_BYTES + SEALED_SEGMENT :],
        lambda blob: blob[:HEAD_BYTES],
        lambda blob: blob[:10],
        lambda blob: blob + b"0",
        _swapped,
    ],
    ids=[
        "cut",
        "last left out",
        "first left out",
        "head alone",
        "half a head",
        "longer",
        "swapped",
    ],
)
def test_harmed_file_is_tampered(harmed) -> None:  # type: ignore[no-untyped-def]
    blob = sealed(b"x" * (2 * SEGMENT_BYTES + 10))
    with pytest.raises(Tampered):
        opened(harmed(blob))


def test_file_of_another_name_is_tampered() -> None:
    with pytest.raises(Tampered):
        b"".join(open_file(RING, io.BytesIO(sealed(b"x")), file_id=uuid4()))


def test_resealed_head_needs_only_the_new_key() -> None:
    blob = sealed(b"hello")
    both = Keyring(
        RING.organization_id,
        OpenKeys(KEYS.content | {2: (b"n" * 32, time.time() - 1)}, b"w" * 32),
    )
    new = Keyring(RING.organization_id, OpenKeys({2: (b"n" * 32, time.time() - 1)}, b"w" * 32))
    head = reseal_head(both, blob[:HEAD_BYTES], file_id=FILE)
    renewed = io.BytesIO(head + blob[HEAD_BYTES:])
    assert b"".join(open_file(new, renewed, file_id=FILE)) == b"hello"
