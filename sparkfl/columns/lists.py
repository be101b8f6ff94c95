"""Arrow's arrays: those of one length as the rows of a matrix, and the places of each value."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["lists_of", "matrix_of", "places_of"]


def matrix_of(column: pa.Array) -> npt.NDArray[np.float64]:
    """Read arrays of one length as the rows of a matrix; NaN for a NULL in them.

    Examples
    --------
    >>> matrix_of(pa.array([[1.0, 2.0], [3.0, None]])).tolist()
    [[1.0, 2.0], [3.0, nan]]
    >>> matrix_of(pa.array([], pa.list_(pa.float64()))).shape
    (0, 0)
    """
    values: npt.NDArray[np.float64] = column.flatten().to_numpy(zero_copy_only=False)
    return values.astype(np.float64, copy=False).reshape(len(column), -1 if len(column) else 0)


def lists_of(rows: npt.NDArray[np.float64]) -> pa.ListArray:
    """Write the rows of a matrix as arrays.

    Examples
    --------
    >>> lists_of(np.array([[1.0, 2.0], [3.0, 4.0]])).to_pylist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    offsets = np.arange(len(rows) + 1, dtype=np.int32) * rows.shape[1]
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(rows.ravel()))


def places_of(column: pa.Array) -> dict[Any, npt.NDArray[np.int64]]:
    """Return where each value of an array is, NULL among them; values in order of appearance.

    Examples
    --------
    >>> {value: places.tolist() for value, places in places_of(pa.array(["b", None, "b"])).items()}
    {'b': [0, 2], None: [1]}
    """
    if not len(column):
        return {}
    encoded = column.dictionary_encode(null_encoding="encode")
    codes = encoded.indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(encoded.dictionary)))
    return dict(zip(encoded.dictionary.to_pylist(), np.split(order, ends[:-1]), strict=True))
