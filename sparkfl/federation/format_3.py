"""What a federation that sparkfl 0.1.0 saved says, in the words of this format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sparkfl.statistics.summary import Counts

__all__ = ["upgraded"]


def upgraded(metadata: Mapping[str, Any], n: Counts) -> dict[str, Any]:
    """Return its metadata with what was fixed then spelt out.

    Scaling was linear, a feature counted log(1 + q), which is Student's t with one degree of
    freedom, the threshold was a score, and beyond three quarters of the customers a cluster of no
    more than twice the contamination did not count as large.

    Parameters
    ----------
    metadata : mapping
        Content of its ``metadata.json``.
    n : numpy.ndarray of int64, shape (clusters,)
        Customers of the global clusters.

    Examples
    --------
    >>> old = {"mean": [0.0], "std": [1.0], "params": {"scaling": "store", "contamination": 0.05}}
    >>> new = upgraded(old, np.array([80, 8, 12]))
    >>> new["scaled_by"], new["large"], new["degrees_of_freedom"]
    ('store', [0, 2], 1.0)
    """
    params = metadata["params"]
    share = n / n.sum()
    before = np.cumsum(share) - share
    large = (before < 0.9) & ((share > 2 * params["contamination"]) | (before < 0.75))
    return {
        **metadata,
        "scaling": {"mean": metadata["mean"], "std": metadata["std"]},
        "scaled_by": params["scaling"],
        "scaling_reason": "as asked for",
        "large": np.flatnonzero(large).tolist(),
        "degrees_of_freedom": 1.0,
        "distribution": None,
    }
