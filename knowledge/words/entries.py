"""How a posting's chunks are packed: ordinal, how often the word stands there, how many words."""

from collections.abc import Sequence
from struct import Struct
from typing import Final

import numpy as np

ENTRY: Final = np.dtype([("ordinal", "<u4"), ("frequency", "<u2"), ("length", "<u2")])
_PACKED: Final = Struct("<IHH")
_MOST: Final = 65_535


def pack(entries: Sequence[tuple[int, int, int]]) -> bytes:
    """(ordinal, frequency, length) of some chunks, as they lie in a posting."""
    return b"".join(
        _PACKED.pack(ordinal, min(frequency, _MOST), min(length, _MOST))
        for ordinal, frequency, length in entries
    )
