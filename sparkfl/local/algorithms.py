"""The local algorithms by name: a new one is one new file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from sparkfl.local import bisecting_kmeans, kmeans
from sparkfl.local.batch import Batch

__all__ = ["ALGORITHMS", "Algorithm"]

Algorithm = Callable[[Batch, int, int], npt.NDArray[np.int64]]
"""Partitions the rows of each store of a batch into at most k clusters, given a seed; returns
labels of shape (stores, n)."""

ALGORITHMS: Mapping[str, Algorithm] = {
    "bisecting_kmeans": bisecting_kmeans.fit,
    "kmeans": kmeans.fit,
}
