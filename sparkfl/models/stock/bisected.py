"""The tree of MLlib's bisecting k-means by cosines, in numpy, as workers run it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from sparkfl.statistics.summary import Matrix

__all__ = ["nearest_leaf"]


def nearest_leaf(files: Path) -> Callable[[Matrix], Matrix]:
    """Return what finds the cluster of each row, from the root to the child whose centre is nearer.

    Parameters
    ----------
    files : Path
        The directory that the model is saved in.
    """
    # The model of RDDs that it holds saves itself, with a directory of its own.
    metadata = next((files / "data" / "metadata").glob("part-*")).read_text()
    root = int(json.loads(metadata)["rootId"])
    rows = pq.read_table(files / "data" / "data").to_pylist()
    nodes = {row["index"]: (_values(row["center"]), tuple(row["children"])) for row in rows}
    directions = {n: centre / np.linalg.norm(centre) for n, (centre, _) in nodes.items()}

    def leaf_of(x: Matrix) -> Matrix:
        found = np.zeros(len(x))
        waiting = [(root, np.arange(len(x)))]
        while waiting:
            node, own = waiting.pop()
            children = nodes[node][1]
            if not children:
                found[own] = node
                continue
            near = np.argmax([x[own] @ directions[child] for child in children], axis=0)
            waiting += [(child, own[near == place]) for place, child in enumerate(children)]
        return found

    return leaf_of


def _values(vector: dict[str, Any]) -> Matrix:
    """Return a vector as MLlib saves it."""
    values = np.array(vector["values"], np.float64)
    if vector["type"]:
        return values
    dense = np.zeros(vector["size"])
    dense[vector["indices"]] = values
    return dense
