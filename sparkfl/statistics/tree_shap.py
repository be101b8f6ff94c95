"""Shapley values of a tree's prediction: how much each feature moves it from its mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np
import numpy.typing as npt

from sparkfl.statistics.summary import Matrix

__all__ = ["Tree", "tree_shap"]


@dataclass(frozen=True)
class Tree:
    """A binary tree in arrays, its root first.

    Attributes
    ----------
    left, right : numpy.ndarray of int, shape (nodes,)
        Children of each node; -1 for a leaf.
    feature : numpy.ndarray of int, shape (nodes,)
        The feature that a node asks for.
    threshold : numpy.ndarray, shape (nodes,)
        A value goes left if it is the threshold or less; NaN where categories tell.
    categories : sequence of frozenset of float
        Values that go left, where categories tell; empty elsewhere.
    value : numpy.ndarray, shape (nodes, outputs)
        What a leaf predicts.
    cover : numpy.ndarray, shape (nodes,)
        The weight of the training rows in each node.
    """

    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    feature: npt.NDArray[np.int64]
    threshold: Matrix
    categories: Sequence[frozenset[float]]
    value: Matrix
    cover: Matrix


def tree_shap(tree: Tree, x: Matrix) -> tuple[Matrix, Matrix]:
    """Return the Shapley values of the features in each row, exactly.

    A feature that is not known goes down both ways, by the share of the training rows that did: the
    path-dependent values of Lundberg et al. [1]_. Leaf by leaf, the sum over all sets of known
    features is that of a polynomial's coefficients.

    Parameters
    ----------
    tree : Tree
        The tree.
    x : numpy.ndarray, shape (rows, features)
        The rows.

    Returns
    -------
    values : numpy.ndarray, shape (rows, features, outputs)
        With `baseline` they add up to the prediction.
    baseline : numpy.ndarray, shape (outputs,)
        The mean prediction of the training rows.

    References
    ----------
    .. [1] Lundberg, Erion, Lee, "Consistent Individualized Feature Attribution for Tree
       Ensembles", 2018, arXiv 1802.03888.

    Examples
    --------
    >>> no, some = np.array([-1, -1, -1]), frozenset()
    >>> tree = Tree(
    ...     np.array([1, -1, -1]),
    ...     np.array([2, -1, -1]),
    ...     np.array([0, 0, 0]),
    ...     np.array([1.5, np.nan, np.nan]),
    ...     [some] * 3,
    ...     np.array([[0.0], [0.0], [10.0]]),
    ...     np.array([4.0, 3.0, 1.0]),
    ... )
    >>> values, baseline = tree_shap(tree, np.array([[2.0, 7.0]]))
    >>> values[0, :, 0].tolist(), baseline.tolist()
    ([7.5, 0.0], [2.5])
    """
    found = np.zeros((len(x), x.shape[1], tree.value.shape[1]))
    baseline = np.zeros(tree.value.shape[1])
    for leaf, path in _paths(tree):
        features = list(dict.fromkeys(tree.feature[node] for node, _ in path))
        share = dict.fromkeys(features, 1.0)
        follows = {f: np.ones(len(x), bool) for f in features}
        for node, left in path:
            f = tree.feature[node]
            child = tree.left[node] if left else tree.right[node]
            share[f] *= tree.cover[child] / tree.cover[node]
            follows[f] &= _goes_left(tree, node, x[:, f]) == left
        baseline += tree.value[leaf] * np.prod(list(share.values()))
        for place, part in _weights([share[f] for f in features], [follows[f] for f in features]):
            found[:, features[place], :] += part[:, None] * tree.value[leaf]
    return found, baseline


def _paths(tree: Tree) -> Iterator[tuple[int, list[tuple[int, bool]]]]:
    """Go through the leaves, with the nodes above and whether each was left to the left."""
    waiting: list[tuple[int, list[tuple[int, bool]]]] = [(0, [])]
    while waiting:
        node, path = waiting.pop()
        if tree.left[node] < 0:
            yield node, path
            continue
        waiting.append((int(tree.left[node]), [*path, (node, True)]))
        waiting.append((int(tree.right[node]), [*path, (node, False)]))


def _goes_left(tree: Tree, node: int, values: Matrix) -> npt.NDArray[np.bool_]:
    if tree.categories[node]:
        return np.isin(values, list(tree.categories[node]))
    left: npt.NDArray[np.bool_] = values <= tree.threshold[node]
    return left


def _weights(
    share: Sequence[float], follows: Sequence[npt.NDArray[np.bool_]]
) -> Iterator[tuple[int, Matrix]]:
    """Return, for each feature of a path, by how much it changes the weight of the leaf."""
    m = len(share)
    sizes = np.array([factorial(s) * factorial(m - s - 1) / factorial(m) for s in range(m)])
    for place in range(m):
        # Coefficients of the product of (share + follows t) over the other features.
        rows = len(follows[place])
        coefficients = np.zeros((m, rows))
        coefficients[0] = 1.0
        for other in range(m):
            if other != place:
                raised = np.zeros_like(coefficients)
                raised[1:] = coefficients[:-1] * follows[other]
                coefficients = coefficients * share[other] + raised
        yield place, (sizes @ coefficients) * (follows[place] - share[place])
