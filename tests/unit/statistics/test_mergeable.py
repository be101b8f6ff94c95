"""What merges without the values: moments, comoments and sketches, against all values at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sparkfl.statistics.central_moments import CentralMoments
from sparkfl.statistics.comoments import Comoments
from sparkfl.statistics.distinct_sketch import DistinctSketch, hashes_of
from sparkfl.statistics.quantile_sketch import QuantileSketch, quantiles

CUTS = st.lists(st.integers(0, 200), max_size=5).map(sorted)


@given(CUTS, st.integers(0, 2**32 - 1), st.sampled_from([0.0, 1e6]))
def test_moments_of_parts_are_those_of_all(cuts: list[int], seed: int, away: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.gamma(2, size=200) + away
    y = x - away + rng.normal(size=200)
    told = CentralMoments.merged([CentralMoments.of(part) for part in np.split(x, cuts)])
    assert told.mean == pytest.approx(x.mean())
    assert told.std == pytest.approx(x.std(ddof=1), rel=1e-7)
    assert told.skewness == pytest.approx(stats.skew(x), rel=1e-6)
    assert told.kurtosis == pytest.approx(stats.kurtosis(x), rel=1e-6, abs=1e-6)
    parts = zip(np.split(x, cuts), np.split(y, cuts), strict=True)
    both = Comoments.merged([Comoments.of(*part) for part in parts])
    assert both.correlation == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-7)


def test_what_does_not_vary_has_no_shape() -> None:
    same = np.full(1000, 0.1)
    told = CentralMoments.merged([CentralMoments.of(same), CentralMoments.of(same[:7])])
    assert (told.mean, told.std) == (0.1, 0.0)
    assert np.isnan([told.skewness, told.kurtosis, CentralMoments.of(same[:1]).std]).all()
    both = [Comoments.of(same, np.arange(1000.0)), Comoments.of(same[:7], np.arange(7.0))]
    assert np.isnan(Comoments.merged(both).correlation)
    assert CentralMoments.merged([]) == CentralMoments()


@pytest.mark.parametrize("order", ["drawn", "ascending", "descending"])
@pytest.mark.parametrize("batch", [97, 10_000])
def test_ranks_of_quantiles_are_within_what_is_said(order: str, batch: int) -> None:
    n, levels = 300_000, np.array([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99])
    values = np.random.default_rng(3).permutation(n).astype(float)
    values = {"drawn": values, "ascending": np.arange(n) * 1.0, "descending": -np.arange(n)}[order]
    points, weights = [], []
    for part in np.array_split(values, 3):
        sketch = QuantileSketch()
        for start in range(0, len(part), batch):
            sketch.add(part[start : start + batch].astype(float))
        own, weight = sketch.points()
        assert len(own) <= 2048
        points.append(own)
        weights.append(np.full(len(own), weight))
    assert sum(map(np.sum, weights)) == pytest.approx(n)
    found = quantiles(np.concatenate(points), np.concatenate(weights), levels)
    ranks = np.searchsorted(np.sort(values), found, side="right") / n
    assert np.abs(ranks - levels).max() < 0.001


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=60), st.floats(0.001, 0.999))
def test_few_values_have_the_quantiles_of_numpy(values: list[int], q: float) -> None:
    sketch = QuantileSketch()
    sketch.add(np.array(values, float))
    points, weight = sketch.points()
    assert weight == 1
    found = quantiles(points, np.ones(len(points)), [q])
    assert found[0] == np.quantile(values, q, method="inverted_cdf")


@pytest.mark.parametrize(("different", "error"), [(0, 0), (1, 0), (2047, 0), (50_000, 0.07)])
def test_different_values_are_counted_once(different: int, error: float) -> None:
    values = np.random.default_rng(4).normal(size=different)
    sketches = [DistinctSketch(), DistinctSketch()]
    for sketch in sketches:
        sketch.add(hashes_of(values))
        sketch.add(hashes_of(values[::-1]))
    sketches[0].add(sketches[1].least)
    assert sketches[0].estimate() == pytest.approx(different, rel=error)
