"""Arrow arrays of what Python holds. Pure.

`pa.array` asks whether it was given something of pandas, and loads pandas to know, which takes longer than checking a
small file does; these do not ask.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def strings(values: Iterable[str]) -> pa.Array:
    """Texts as an array of strings."""
    encoded = [value.encode() for value in values]
    ends = np.zeros(len(encoded) + 1, np.int32)
    np.cumsum([len(value) for value in encoded], out=ends[1:])
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers)


def numbers(values: npt.NDArray[np.int64] | npt.NDArray[np.int32]) -> pa.Array:
    """Whole numbers as an array of the same width."""
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(values)])


def coded(indices: npt.NDArray[np.int32], words: Iterable[str]) -> pa.DictionaryArray:
    """Words by their places in a list of them."""
    return pa.DictionaryArray.from_arrays(numbers(indices), strings(words))


def whole(array: pa.Array) -> npt.NDArray[Any]:
    """An array of whole numbers, none missing, as numpy sees it."""
    width = np.dtype(array.type.to_pandas_dtype())
    found = (
        np.frombuffer(array.buffers()[1], width, count=array.offset + len(array)) if len(array) else np.zeros(0, width)
    )
    return found[array.offset :]
