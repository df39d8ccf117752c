"""Vectors in NumPy's own format: `.npy`, version 1.0, `<f2`, one row a vector, row by row."""

import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

HALF: Final = np.dtype("<f2")


def head(count: int, dimensions: int) -> bytes:
    """What stands before the numbers."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": HALF.str, "fortran_order": False, "shape": (count, dimensions)}
    )
    return file.getvalue()


def rows(vectors: Iterable[npt.ArrayLike]) -> Iterator[bytes]:
    """The numbers, two bytes each: the precision in which they are searched."""
    for vector in vectors:
        yield np.asarray(vector, np.float32).astype(HALF).tobytes()


def read_head(file: Any) -> tuple[int, int]:
    """(count, dimensions); what is left of the file are the numbers. Raises ValueError."""
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("version")
    shape, is_fortran, kind = np.lib.format.read_array_header_1_0(file, max_header_size=1000)
    if len(shape) != 2 or is_fortran or kind != HALF:
        raise ValueError("shape")
    return int(shape[0]), int(shape[1])


def numbers(plain: bytes, dimensions: int) -> npt.NDArray[np.float32]:
    """Rows of vectors from so many bytes."""
    return np.frombuffer(plain, HALF).astype(np.float32).reshape(-1, dimensions)
