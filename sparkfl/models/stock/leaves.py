"""The leaves of MLlib's classification trees, in numpy, as workers run them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from sparkfl.models.answers.trees import read_trees
from sparkfl.statistics.summary import Matrix
from sparkfl.statistics.tree_shap import Tree

__all__ = ["sum_of_leaves"]


def sum_of_leaves(
    files: Path, of: Literal["rows", "shares", "weighted"]
) -> Callable[[Matrix], Matrix]:
    """Return the sum over trees of what the leaf of each row says of the second class.

    Parameters
    ----------
    files : Path
        The directory of the saved trees.
    of : {"rows", "shares", "weighted"}
        Rows of the class in the leaf, their share of its rows, or, of boosted trees, the leaf's
        value times the tree's weight.
    """
    told = [(_walk(tree), _second(tree, weight, of)) for weight, tree in read_trees(files)]

    def score(x: Matrix) -> Matrix:
        return np.asarray(sum(values[leaf_of(x)] for leaf_of, values in told))

    return score


def _second(tree: Tree, weight: float, of: str) -> Matrix:
    if of == "weighted":
        return np.asarray(weight * tree.value[:, 0])
    share = tree.value[:, 1]
    return np.asarray(share * tree.cover if of == "rows" else share)


def _walk(tree: Tree) -> Callable[[Matrix], npt.NDArray[np.int64]]:
    """Return what finds the leaf of each row."""
    left, right, feature, threshold = tree.left, tree.right, tree.feature, tree.threshold
    categories = [np.array(sorted(own)) for own in tree.categories]
    asks = np.array([len(own) > 0 for own in categories])

    def leaf_of(x: Matrix) -> npt.NDArray[np.int64]:
        node = np.zeros(len(x), np.int64)
        inner = np.flatnonzero(left[node] >= 0)
        while len(inner):
            own = node[inner]
            value = x[inner, feature[own]]
            goes = value <= threshold[own]
            for each in np.unique(own[asks[own]]):
                here = own == each
                goes[here] = np.isin(value[here], categories[each])
            node[inner] = np.where(goes, left[own], right[own])
            inner = inner[left[node[inner]] >= 0]
        return node

    return leaf_of
