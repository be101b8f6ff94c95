"""What is expected of features: as text, as YAML, and by which policy."""

from __future__ import annotations

import logging
import math

import numpy as np
import pytest
from pyspark.sql import Row

from sparkfl.errors import ParameterError, QualityError
from sparkfl.features.quality import Expectation, Verdict, violated
from sparkfl.features.quality.psi import index, profile
from sparkfl.features.views import Aggregation, FeatureView, Source


def view(*expectations: Expectation | str, **more: object) -> FeatureView:
    counted = Source("shop.visits", [Aggregation("count", name="n b")], time="at", name="v")
    return FeatureView("f", "c", [counted], expectations=expectations, **more)


@pytest.mark.parametrize(
    ("text", "measure", "of", "bounds"),
    [
        ("nulls(age) <= 0.05", "nulls", "age", [("<=", 0.05)]),
        ("Distinct( `a b` ) between 2 AND 5e2", "distinct", "a b", [(">=", 2), ("<=", 500)]),
        ("rows() > 0", "rows", "", [(">", 0)]),
        ("mean(x) == -1.5", "mean", "x", [("=", -1.5)]),
        ("freshness(v) < INTERVAL 2 HOURS", "freshness", "v", [("<", 7200)]),
        ("freshness(v) <= 1 week", "freshness", "v", [("<=", 604_800)]),
        ("psi(x) < .2", "psi", "x", [("<", 0.2)]),
        ("SCHEMA", "schema", "", []),
        ("age BETWEEN 0 AND 120", "condition", "", []),
        ("upper(town) = 'NULLS(x)' AND abs(x) < 2", "condition", "", []),
    ],
)
def test_an_expectation_is_read(text, measure, of, bounds) -> None:
    read = Expectation(text)
    assert (read.measure, read.of) == (measure, of)
    assert [(bound.operator, bound.value) for bound in read.bounds] == bounds


@pytest.mark.parametrize(
    "text",
    ["nulls(age)", "nulls() < 1", "nulls(a, b) < 1", "nulls(a) < b", "rows(x) > 1", "psi(x) <",
     "min(a) BETWEEN 1", "freshness(v) < 3", "freshness(v) < 1 MONTH", "nulls(x) <> 1", ""],
)  # fmt: skip
def test_half_an_expectation_is_refused(text: str) -> None:
    with pytest.raises(ParameterError):
        Expectation(text)


def test_columns_are_those_that_a_condition_names() -> None:
    known = ["Age", "a b", "town", "t"]
    told = Expectation("age > 1 AND `a b` = 'town' AND upper(x) = 't'")
    assert told.columns(known) == ["Age", "a b"]
    assert Expectation("nulls(AGE) < 1").columns(known) == ["Age"]
    assert Expectation("rows() > 1").columns(known) == []


def test_a_view_keeps_what_is_expected() -> None:
    own = view(Expectation("nulls(`n b`) < 1", "FAIL"), Expectation("schema", name="as made"))
    told = own.to_dict()
    assert told["expectations"] == [
        {"expect": "nulls(`n b`) < 1", "on_violation": "fail"},
        {"expect": "schema", "name": "as made"},
    ]
    assert FeatureView.from_dict(told).expectations == own.expectations
    assert "expectations" not in view().to_dict()
    yaml = "name: f\nentity: c\nsources: [{table: t, time: at, features: [{function: count}]}]\n"
    read = FeatureView.from_yaml(yaml + "expectations: [count > 0, {expect: rows() > 1}]")
    assert [each.measure for each in read.expectations] == ["condition", "rows"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([Expectation("schema"), Expectation("Schema", "fail")], "two expectations"),
        ([Expectation("freshness(u) < 1 DAY")], "'u' is no source with a time"),
        (["schema"], "Expectation"),
    ],
)
def test_mistakes_of_a_view(given: list, says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        view(*given)
    with pytest.raises(ParameterError, match="give 'fail' or 'warn'"):
        Expectation("schema", "drop")


def test_the_policy_decides(caplog: pytest.LogCaptureFixture) -> None:
    def verdict(policy: str, passed: bool | None) -> Verdict:
        return Verdict(Expectation("n < 3", policy, policy), passed, 1.0, 2, "1 of 2 rows")

    with caplog.at_level(logging.WARNING):
        violated("f", [verdict("fail", True), verdict("fail", None), verdict("warn", None)])
        assert not caplog.records
        violated("f", [verdict("warn", False)])
        assert "f is not as expected: warn, expected n < 3: 1 of 2 rows" in caplog.text
        with pytest.raises(QualityError, match=r"fail, expected n < 3: 1 of 2 rows\. Correct"):
            violated("f", [verdict("warn", False), verdict("fail", False)])


def oracle(before: np.ndarray, now: np.ndarray) -> float:
    """The index over deciles of before, and NULL, with numpy."""
    known = np.sort(before[~np.isnan(before)])
    edges = np.unique(known[np.ceil(np.arange(1, 10) / 10 * len(known)).astype(int) - 1])
    total = 0.0
    for low, high in zip([-np.inf, *edges], [*edges, np.inf], strict=True):
        a, b = (np.mean((x > low) & (x <= high)) for x in (before, now))
        a, b = max(a, 1e-4), max(b, 1e-4)
        total += (b - a) * math.log(b / a)
    a, b = (max(np.isnan(x).mean(), 1e-4) for x in (before, now))
    return total + (b - a) * math.log(b / a)


def figures(values: np.ndarray, edges: list[float]) -> Row:
    """What Spark aggregates of numbers."""
    known = np.sort(values[~np.isnan(values)])
    places = np.ceil(np.arange(1, 101) / 100 * len(known)).astype(int) - 1
    below = [int((known <= edge).sum()) for edge in edges]
    return Row(rows=len(values), count=len(known), percentiles=known[places].tolist(),
               below=[*below, len(known)])  # fmt: skip


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_the_index_of_numbers_is_that_of_numpy(shift: float) -> None:
    rng = np.random.default_rng(5)
    before, now = rng.poisson(2, 1000).astype(float), rng.poisson(2 + shift, 800).astype(float)
    # Whole per cents, so that percentiles say all of it.
    before = np.round(np.sort(before), 0).repeat(1)
    counts = np.unique(before, return_counts=True)
    before = np.concatenate([np.full(10 * round(n / 10), v) for v, n in zip(*counts, strict=True)])
    now[:80] = np.nan
    reference = profile(figures(before, []))
    edges = sorted(set(reference["percentiles"][9:99:10]))
    found = index(figures(now, edges), reference)
    assert found == pytest.approx(oracle(before, now), rel=0.02)
    assert index(figures(before, edges), reference) == pytest.approx(0, abs=1e-3)


def test_the_index_of_nothing_is_not_known() -> None:
    none = Row(rows=0, count=0, percentiles=None, below=[0])
    assert profile(none) is None
    assert index(none, {"nulls": 0.0, "percentiles": [1.0] * 100}) is None
    texts = Row(rows=4, count=3, buckets=[3, 0])
    assert index(texts, None) is None
    assert index(texts, {"nulls": 0.0, "percentiles": [1.0] * 100}) is None
    only_null = Row(rows=2, count=0, percentiles=None, below=[0])
    assert profile(only_null) == {"nulls": 1.0, "percentiles": []}
    assert index(only_null, {"nulls": 1.0, "percentiles": []}) == 0
