"""Rows that are kept in memory as long as they are few, and in a file beyond."""

from __future__ import annotations

import tempfile
from typing import IO

import numpy as np

from sparkfl.statistics.summary import Matrix

__all__ = ["MAX_VALUES", "Spool"]

MAX_VALUES = 2**20
"""Values that a worker holds at a time: 8 MiB of doubles."""


class Spool:
    """Rows of numbers, appended piece by piece, to be read more than once.

    Parameters
    ----------
    max_values : int or None, default 2**20
        Values that are kept in memory, None for all; more of them go to a temporary file that is
        gone when the spool is closed, and come back mapped into memory, page by page.

    Examples
    --------
    >>> spool = Spool(max_values=3)
    >>> for _ in range(2):
    ...     spool.append(np.array([[1.0], [2.0]]))
    >>> spool.columns().tolist()
    [[1.0, 1.0], [2.0, 2.0]]
    >>> spool.close()
    """

    def __init__(self, max_values: int | None = MAX_VALUES) -> None:
        self._max_values = max_values
        self._parts: list[Matrix] = []
        self._held = 0
        self._file: IO[bytes] | None = None

    def close(self) -> None:
        """Let go of the file; what was read of it stays mapped."""
        if self._file:
            self._file.close()

    def append(self, columns: Matrix) -> None:
        """Add rows, shape (columns, rows)."""
        self._parts.append(columns)
        self._held += columns.size
        if self._max_values is not None and self._held > self._max_values:
            self._file = self._file or tempfile.TemporaryFile()  # noqa: SIM115  close() does
            self._file.write(self._joined().T.tobytes())
            self._parts, self._held = [columns[:, :0]], 0

    def columns(self) -> Matrix:
        """All rows, shape (columns, rows)."""
        if self._file is None:
            return self._joined()
        self._file.write(self._joined().T.tobytes())
        self._file.flush()
        width = len(self._parts[0])
        self._parts, self._held = [self._parts[0][:, :0]], 0
        mapped: Matrix = np.memmap(self._file, np.float64, "r").reshape(-1, width).T
        return mapped

    def _joined(self) -> Matrix:
        """Put the parts in memory together."""
        return np.concatenate(self._parts, axis=1) if self._parts else np.empty((0, 0))
