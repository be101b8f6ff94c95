"""Trees in stock SQL: as questions, or, where there are many, as a walk through their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from sparkfl.columns import INTERNAL
from sparkfl.execution.numbers import number_sql
from sparkfl.execution.stock_function import FIGURES
from sparkfl.models.stock.estimators import VALUE, Written, strongest_sql
from sparkfl.statistics.tree_shap import Tree

__all__ = ["written_trees"]

_QUESTIONS = 5_000
"""More nodes are walked through: slower, but what Spark parses and plans does not grow."""
_LEAVES, _NODES = f"{INTERNAL}leaves", f"{FIGURES}.nodes"
_FIELDS = (
    "feature: int, threshold: double, categories: array<double>, left: int, right: int, "
    "value: array<double>"
)
_VECTOR = pa.list_(pa.float64())
_NODE = pa.struct(
    {
        "feature": pa.int32(),
        "threshold": pa.float64(),
        "categories": _VECTOR,
        "left": pa.int32(),
        "right": pa.int32(),
        "value": _VECTOR,
    }
)


def written_trees(x: str, trees: Sequence[tuple[float, Tree]]) -> Written:
    """Write the sum of trees, or of several outputs the place of the greatest sum.

    Parameters
    ----------
    x : str
        Name of an array of the features.
    trees : sequence of (float, Tree)
        By what each is multiplied, and the tree.
    """
    outputs = trees[0][1].value.shape[1]
    if sum(len(tree.left) for _, tree in trees) <= _QUESTIONS:
        leaves = f"array({', '.join(_question(x, weight, tree, 0) for weight, tree in trees)})"
        own = ["v"] if outputs == 1 else [f"get(v, {j})" for j in range(outputs)]
        return Written({_LEAVES: leaves, **_added(own)})
    roots, nodes = _laid_out(trees)
    steps = max(_depth(tree) for _, tree in trees)
    walk = f"aggregate(sequence(1, {steps}), get({_NODES}, r), (n, i) -> {_next(x)}, n -> n.value)"
    leaves = f"transform(array({', '.join(map(str, roots))}), r -> {walk})"
    figures = pa.table({"nodes": pa.array([nodes], pa.list_(_NODE))})
    own = [f"get(v, {j})" for j in range(outputs)]
    return Written({_LEAVES: leaves, **_added(own)}, figures, f"nodes array<struct<{_FIELDS}>>")


def _added(outputs: Sequence[str]) -> dict[str, str]:
    """Write the sums over the leaves, given what each adds, of a leaf `v`."""
    sums = [f"aggregate({_LEAVES}, 0.0D, (s, v) -> s + {own})" for own in outputs]
    return {VALUE: sums[0]} if len(sums) == 1 else strongest_sql(f"array({', '.join(sums)})")


def _question(x: str, weight: float, tree: Tree, node: int) -> str:
    """Write what a tree says below a node."""
    if tree.left[node] < 0:
        told = [number_sql(weight * value) for value in tree.value[node].tolist()]
        return told[0] if len(told) == 1 else f"array({', '.join(told)})"
    value = f"get({x}, {tree.feature[node]})"
    if tree.categories[node]:
        known = ", ".join(map(number_sql, sorted(tree.categories[node])))
        asked = f"{value} IN ({known})"
    else:
        asked = f"{value} <= {number_sql(tree.threshold[node])}"
    left, right = (
        _question(x, weight, tree, int(child[node])) for child in (tree.left, tree.right)
    )
    return f"CASE WHEN {asked} THEN {left} ELSE {right} END"


def _laid_out(trees: Sequence[tuple[float, Tree]]) -> tuple[list[int], list[dict[str, Any]]]:
    """Return the place of each tree's root among all nodes, and these; a leaf leads to itself."""
    roots: list[int] = []
    nodes: list[dict[str, Any]] = []
    for weight, tree in trees:
        root = len(nodes)
        roots.append(root)
        for i, (left, right) in enumerate(zip(tree.left, tree.right, strict=True)):
            leaf, few = left < 0, sorted(tree.categories[i])
            nodes.append(
                {
                    "feature": 0 if leaf else int(tree.feature[i]),
                    "threshold": None if leaf or few else float(tree.threshold[i]),
                    "categories": few or None,
                    "left": root + (i if leaf else int(left)),
                    "right": root + (i if leaf else int(right)),
                    "value": (weight * tree.value[i]).tolist() if leaf else None,
                }
            )
    return roots, nodes


def _next(x: str) -> str:
    """Write the node that follows on a node `n`."""
    value = f"get({x}, n.feature)"
    left = f"coalesce({value} <= n.threshold, array_contains(n.categories, {value}))"
    return f"get({_NODES}, CASE WHEN {left} THEN n.left ELSE n.right END)"


def _depth(tree: Tree) -> int:
    """Return how many steps it takes at most, one at least."""
    depth = np.zeros(len(tree.left), np.int64)
    for i in range(len(depth)):
        if tree.left[i] >= 0:
            depth[[tree.left[i], tree.right[i]]] = depth[i] + 1
    return max(1, int(depth.max()))
