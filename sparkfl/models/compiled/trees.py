"""Decision trees, forests and boosted trees."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pyspark.ml.classification import GBTClassificationModel
from pyspark.ml.regression import RandomForestRegressionModel
from pyspark.sql import functions as F

from sparkfl.execution.numbers import Numbers
from sparkfl.models.answers.trees import read_trees
from sparkfl.models.compiled.function import Compiled
from sparkfl.statistics.tree_shap import Tree

__all__ = ["compiled_trees"]

_LARGEST = 200_000
"""More numbers are not sent with every task."""


def compiled_trees(fitted: Any, files: Path | None) -> Compiled | None:
    """Return what trees say, of a model that is saved; not where they ask for categories."""
    if files is None:
        return None
    weighed = read_trees(files)
    if any(any(tree.categories) for _, tree in weighed):
        return None
    boosted = hasattr(fitted, "treeWeights") and "GBT" in type(fitted).__name__
    values = _laid_out([(weight if boosted else 1.0, tree) for weight, tree in weighed])
    if len(values) > _LARGEST:
        return None
    numbers = Numbers(np.array(values))
    if isinstance(fitted, GBTClassificationModel):
        return Compiled("forest", numbers, lambda sum_: (sum_ > 0.0).cast("double"))
    if isinstance(fitted, RandomForestRegressionModel):
        return Compiled("forest", numbers, lambda sum_: sum_ / F.lit(float(len(weighed))))
    return Compiled("forest", numbers)


def _laid_out(trees: Sequence[tuple[float, Tree]]) -> list[float]:
    """Return the numbers of trees as `RowMath.forest` reads them."""
    outputs = trees[0][1].value.shape[1]
    roots: list[float] = []
    nodes: list[float] = []
    first = 2 + len(trees)
    for weight, tree in trees:
        leaf = tree.left < 0
        sizes = np.where(leaf, 1 + outputs, 4)
        places = first + len(nodes) + np.concatenate([[0], np.cumsum(sizes)[:-1]])
        roots.append(float(places[0]))
        for i in range(len(leaf)):
            if leaf[i]:
                nodes += [-1.0, *(weight * tree.value[i]).tolist()]
                continue
            left, right = places[tree.left[i]], places[tree.right[i]]
            nodes += [float(tree.feature[i]), float(tree.threshold[i]), float(left), float(right)]
    return [float(outputs), float(len(trees)), *roots, *nodes]
