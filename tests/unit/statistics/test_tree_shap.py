from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sparkfl.statistics.tree_shap import Tree, tree_shap

FEATURES = 4


@st.composite
def trees(draw):
    """Trees of up to three levels, with thresholds and categories and rows in every node."""
    nodes = []

    def grow(depth, cover):
        place = len(nodes)
        nodes.append(None)
        leaf = depth == 0 or cover < 2 or (draw(st.booleans()) and depth < 3)
        if leaf:
            value = [draw(st.floats(-5, 5)), draw(st.floats(-5, 5))]
            nodes[place] = (-1, -1, -1, np.nan, frozenset(), value, cover)
            return place
        feature, left = draw(st.integers(0, FEATURES - 1)), draw(st.integers(1, cover - 1))
        if draw(st.booleans()):
            threshold, categories = draw(st.sampled_from([0.5, 1.5])), frozenset()
        else:
            threshold, categories = (
                np.nan,
                frozenset(draw(st.sets(st.sampled_from([0.0, 1.0, 2.0]), min_size=1))),
            )
        children = grow(depth - 1, left), grow(depth - 1, cover - left)
        nodes[place] = (*children, feature, threshold, categories, [0.0, 0.0], cover)
        return place

    grow(3, 16)
    left, right, feature, threshold, categories, value, cover = zip(*nodes, strict=True)
    return Tree(
        np.array(left),
        np.array(right),
        np.array(feature),
        np.array(threshold),
        categories,
        np.array(value),
        np.array(cover, float),
    )


def expected(tree, x, known, node=0):
    """Return the prediction of one row whose other features are not known."""
    if tree.left[node] < 0:
        return tree.value[node]
    f, children = tree.feature[node], (tree.left[node], tree.right[node])
    if f in known:
        categories = tree.categories[node]
        left = x[f] in categories if categories else x[f] <= tree.threshold[node]
        return expected(tree, x, known, children[0 if left else 1])
    return sum(tree.cover[c] / tree.cover[node] * expected(tree, x, known, c) for c in children)


@settings(max_examples=60)
@given(tree=trees(), x=st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=4, max_size=4))
def test_values_are_those_of_the_definition(tree, x):
    values, baseline = tree_shap(tree, np.array([x]))
    for f in range(FEATURES):
        total = np.zeros(2)
        others = [other for other in range(FEATURES) if other != f]
        for size in range(FEATURES):
            weight = factorial(size) * factorial(FEATURES - size - 1) / factorial(FEATURES)
            for known in combinations(others, size):
                gain = expected(tree, x, {*known, f}) - expected(tree, x, set(known))
                total += weight * gain
        np.testing.assert_allclose(values[0, f], total, atol=1e-9)
    np.testing.assert_allclose(baseline, expected(tree, x, set()), atol=1e-9)
    whole = expected(tree, x, set(range(FEATURES)))
    np.testing.assert_allclose(values[0].sum(axis=0) + baseline, whole, atol=1e-9)
