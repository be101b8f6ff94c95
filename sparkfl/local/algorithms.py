"""The local algorithms by name: a new one is one new file and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sparkfl.local import bisecting_kmeans, kmeans
from sparkfl.local.summary import Matrix

__all__ = ["ALGORITHMS", "Algorithm"]


class Algorithm(Protocol):
    """How a store's rows are partitioned."""

    def __call__(
        self, rows: Matrix, k: int, seed: int, sample_weight: Matrix | None = None
    ) -> npt.NDArray[np.int64]:
        """Partition rows of shape (rows, d) into at most `k` clusters; return a label a row."""
        ...


ALGORITHMS: Mapping[str, Algorithm] = {
    "bisecting_kmeans": bisecting_kmeans.fit,
    "kmeans": kmeans.fit,
}
