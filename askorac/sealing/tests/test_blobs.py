"""One sealed value: what opens it, and what does not."""

import pickle
import time
from collections.abc import Callable
from uuid import uuid4

import pytest

from askorac.sealing import Tampered
from askorac.sealing.blobs import OVERHEAD_BYTES, version_of
from askorac.sealing.keyring import Keyring, OpenKeys

ORGANIZATION, ROW = uuid4(), uuid4()
PLACE = {"purpose": "notes.note.text", "row_id": ROW}


def ring_of(*versions: int, organization_id=ORGANIZATION, ahead: float = 0) -> Keyring:  # type: ignore[no-untyped-def]
    keys = {version: (bytes([version]) * 32, time.time() - 1) for version in versions}
    if ahead:
        keys[max(versions)] = (bytes([max(versions)]) * 32, time.time() + ahead)
    return Keyring(organization_id, OpenKeys(content=keys, words=b"w" * 32))


def test_value_opens_where_it_was_sealed() -> None:
    ring = ring_of(1)
    blob = ring.seal(b"hello", **PLACE)  # type: ignore[arg-type]
    assert ring.open(blob, **PLACE) == b"hello"  # type: ignore[arg-type]
    assert len(blob) == len(b"hello") + OVERHEAD_BYTES


def test_same_value_sealed_twice_differs() -> None:
    ring = ring_of(1)
    assert ring.seal(b"hello", **PLACE) != ring.seal(b"hello", **PLACE)  # type: ignore[arg-type]


@pytest.mark.parametrize("position", [0, 1, 4, 5, 16, 17, -1])
def test_changed_byte_is_tampered(position: int) -> None:
    ring = ring_of(1)
    blob = bytearray(ring.seal(b"hello", **PLACE))  # type: ignore[arg-type]
    blob[position] ^= 1
    with pytest.raises(Tampered):
        ring.open(bytes(blob), **PLACE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "elsewhere",
    [
        lambda blob: ring_of(1).open(blob, purpose="notes.note.title", row_id=ROW),
        lambda blob: ring_of(1).open(blob, purpose="notes.note.text", row_id=ORGANIZATION),
        lambda blob: ring_of(1, organization_id=ROW).open(blob, **PLACE),
        lambda blob: ring_of(2).open(blob, **PLACE),
        lambda blob: ring_of(1).open(blob[:20], **PLACE),
        lambda _: ring_of(1).open(b"", **PLACE),
        lambda _: ring_of(1).open(b"hello, this is a text in clear, and long", **PLACE),
    ],
    ids=["column", "row", "organization", "key", "cut", "empty", "clear"],
)
def test_value_moved_elsewhere_is_tampered(elsewhere: Callable[[bytes], bytes]) -> None:
    blob = ring_of(1).seal(b"hello", **PLACE)  # type: ignore[arg-type]
    with pytest.raises(Tampered):
        elsewhere(blob)


def test_new_key_opens_the_old_and_seals_with_the_new() -> None:
    blob = ring_of(1).seal(b"hello", **PLACE)  # type: ignore[arg-type]
    later = ring_of(1, 2)
    assert later.open(blob, **PLACE) == b"hello"  # type: ignore[arg-type]
    assert version_of(later.seal(b"hello", **PLACE)) == 2  # type: ignore[arg-type]


def test_key_of_tomorrow_seals_nothing_today() -> None:
    assert ring_of(1, 2, ahead=60).version == 1


def test_digests_are_equal_for_equal_texts_and_purposes_only() -> None:
    ring, other = ring_of(1), Keyring(ORGANIZATION, OpenKeys(ring_of(1).keys.content, b"x" * 32))
    assert ring.digest("a", purpose="p") == ring_of(1, 2).digest("a", purpose="p")
    digests = {ring.digest("a", purpose="p"), ring.digest("b", purpose="p")}
    digests |= {ring.digest("a", purpose="q"), other.digest("a", purpose="p")}
    assert len(digests) == 4
    assert ring.blind("run") != other.blind("run")
    assert -(2**63) <= ring.blind("run") < 2**63


def test_keyring_shows_no_key_and_is_not_pickled() -> None:
    ring = ring_of(1)
    assert repr(ring) == f"Keyring({ORGANIZATION})"
    assert "\\x01" not in repr(ring.keys)
    with pytest.raises(TypeError):
        pickle.dumps(ring)
