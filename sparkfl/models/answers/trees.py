"""The trees of a fitted ensemble, read from the files that MLlib saves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from sparkfl.statistics.tree_shap import Tree

__all__ = ["read_trees"]


def read_trees(stage: Path) -> list[tuple[float, Tree]]:
    """Return the trees of a saved model of MLlib, with what each counts.

    Parameters
    ----------
    stage : Path
        Its directory among those of a saved pipeline.

    Returns
    -------
    list of (float, Tree)
        Of a single tree or a forest of m each counts 1 / m, of boosted trees its weight. A tree's
        values are probabilities of the classes, or a number.
    """
    nodes = pq.read_table(stage / "data").to_pylist()
    metadata = json.loads(next((stage / "metadata").glob("part-*")).read_text().splitlines()[0])
    classes = int(metadata.get("numClasses", 0))
    if "treeID" not in nodes[0]:
        return [(1.0, _tree(nodes, classes))]
    # Spark 4.2 calls the columns _1, _2, _3; they are the number, the parameters and the weight.
    described = [list(row.values()) for row in pq.read_table(stage / "treesMetadata").to_pylist()]
    weights = {number: weight for number, _, weight in described}
    boosted = "GBT" in metadata["class"]
    by_tree: dict[int, list[dict[str, Any]]] = {}
    for node in nodes:
        by_tree.setdefault(node["treeID"], []).append(node["nodeData"])
    return [
        (weights[number] if boosted else 1.0 / len(by_tree), _tree(own, 0 if boosted else classes))
        for number, own in sorted(by_tree.items())
    ]


def _tree(nodes: list[dict[str, Any]], classes: int) -> Tree:
    """Lay the nodes of a tree out in arrays."""
    ordered = sorted(nodes, key=lambda node: node["id"])
    splits = [node["split"] for node in ordered]
    told = list(map(_split, splits))
    return Tree(
        left=np.array([node["leftChild"] for node in ordered], np.int64),
        right=np.array([node["rightChild"] for node in ordered], np.int64),
        feature=np.array([split["featureIndex"] for split in splits], np.int64),
        threshold=np.array([threshold for threshold, _ in told]),
        categories=[categories for _, categories in told],
        value=np.array(list(_values(ordered, classes))),
        cover=np.array([_cover(node, classes) for node in ordered], np.float64),
    )


def _split(split: dict[str, Any]) -> tuple[float, frozenset[float]]:
    """Return the threshold or the categories of a split."""
    values = split["leftCategoriesOrThreshold"]
    if split["numCategories"] < 0:
        return (values[0] if values else np.nan), frozenset()
    return np.nan, frozenset(values)


def _values(nodes: list[dict[str, Any]], classes: int) -> Iterator[list[float]]:
    """Return what each node predicts: the shares of the classes, or a number."""
    for node in nodes:
        if classes:
            counts = np.array(node["impurityStats"], np.float64)
            yield (counts / max(counts.sum(), 1e-300)).tolist()
        else:
            yield [node["prediction"]]


def _cover(node: dict[str, Any], classes: int) -> float:
    """Return the weight of a node's rows: of the classes in sum, or what stands before moments."""
    statistics = node["impurityStats"]
    return float(sum(statistics) if classes else statistics[0])
