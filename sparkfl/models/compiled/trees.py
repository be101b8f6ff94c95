"""Decision trees, forests and boosted trees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pyspark.ml.classification import GBTClassificationModel
from pyspark.ml.regression import RandomForestRegressionModel

from sparkfl.execution.numbers import Numbers, number_sql
from sparkfl.models.answers.trees import read_trees
from sparkfl.models.compiled.function import Compiled
from sparkfl.statistics.tree_shap import Tree

__all__ = ["Finish", "compiled_trees", "summed_trees"]

Finish = Callable[[str], str]

_LARGEST = 200_000
"""More numbers are not sent with every task."""


def compiled_trees(fitted: Any, files: Path | None) -> Compiled | None:
    """Return what trees say, of a model that is saved; not where they ask for categories."""
    if files is None:
        return None
    trees, finish = summed_trees(fitted, files)
    if any(any(tree.categories) for _, tree in trees):
        return None
    values = _laid_out(trees)
    return None if len(values) > _LARGEST else Compiled("forest", Numbers(np.array(values)), finish)


def summed_trees(fitted: Any, files: Path) -> tuple[list[tuple[float, Tree]], Finish]:
    """Return the trees of a saved model by what each is multiplied in a sum, and what follows.

    Of several outputs it is the place of the greatest sum that the prediction follows from.
    """
    weighed = read_trees(files)
    boosted = hasattr(fitted, "treeWeights") and "GBT" in type(fitted).__name__
    trees = [(weight if boosted else 1.0, tree) for weight, tree in weighed]
    if isinstance(fitted, GBTClassificationModel):
        return trees, lambda sum_: f"CAST({sum_} > 0.0D AS DOUBLE)"
    if isinstance(fitted, RandomForestRegressionModel):
        return trees, lambda sum_: f"{sum_} / {number_sql(len(trees))}"
    return trees, lambda value: value


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
