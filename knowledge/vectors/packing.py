"""Vectors as bytes: what is sealed of them, in the precision of the table's own."""

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from knowledge.models import Chunk, UpcomingVector

Rows = npt.NDArray[np.float32]

_HALF: Final = np.dtype("<f2")


def packed(vector: npt.ArrayLike) -> bytes:
    """A vector's numbers, two bytes each."""
    return np.asarray(vector, np.float32).astype(_HALF).tobytes()


def unpacked(plain: bytes) -> Rows:
    """The vector of such bytes."""
    return np.frombuffer(plain, _HALF).astype(np.float32)


def numbers_of(holder: "Chunk | UpcomingVector") -> Rows:
    """The vector of a row, in whichever form it lies there. Raises KeyRevoked, KeysAway."""
    if holder.embedding is not None:
        return np.asarray(holder.embedding, np.float32)
    return unpacked(holder.vector.open())
