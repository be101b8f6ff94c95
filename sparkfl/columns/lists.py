"""Arrays of one length, as Arrow has them, and the rows of a matrix."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["lists_of", "matrix_of"]


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
