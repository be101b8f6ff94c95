"""Candidates in the order of what they add, on held-out rows: planted signals, noise, leaks."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql.types import (
    DateType,
    DoubleType,
    IntegerType,
    StringType,
    StructType,
    TimestampType,
)
from sklearn.linear_model import Ridge

from sparkfl.errors import ParameterError
from sparkfl.features.auto.additive import Additive, steps
from sparkfl.features.auto.categorical import categorical
from sparkfl.features.auto.numeric import numeric
from sparkfl.features.auto.relational import Events, relational
from sparkfl.features.auto.sample import OwnColumn
from sparkfl.features.auto.selection import select
from sparkfl.features.auto.target import target_of
from sparkfl.features.auto.temporal import temporal

ROWS = 3000
FOLDS = np.random.default_rng(9).integers(0, 5, ROWS)


def added(values, y):
    """Return what a column adds to a model of nothing, and if that is sure."""
    return Additive(target_of(list(y)).scaled, FOLDS).gain(steps(values))


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_ratio_is_found_first_and_noise_is_not(task):
    rng = np.random.default_rng(1)
    a, b, *noise = np.vstack([rng.uniform(1, 10, (2, ROWS)), rng.normal(size=(8, ROWS))])
    y = a / b if task == "regression" else a / b > 1.7
    tried = [*noise, a - b, a * b, a / b, np.log1p(a)]
    columns = [steps(own) for own in (a, b, *noise)]
    target = target_of(list(y), task).scaled
    found = select([steps(own) for own in tried], columns, target, FOLDS, 1)
    assert found.chosen[0] == 10
    assert found.gains[10] > 0.1
    assert max(abs(found.alone[i]) for i in [*range(8), 11]) < 0.001
    assert not set(found.chosen) & {*range(8), 11}
    assert found.complete


@pytest.mark.parametrize("rows", [60, 400, ROWS])
def test_nothing_is_found_in_noise(rows):
    for seed in range(6):
        rng = np.random.default_rng(seed)
        columns, y = rng.normal(size=(4, rows)), rng.random(rows) < 0.2
        tried = [steps(own) for own in rng.normal(size=(30, rows))]
        tried += [steps(columns[i] / columns[j]) for i in range(4) for j in range(i)]
        target = target_of(list(y)).scaled
        found = select(tried, [steps(c) for c in columns], target, FOLDS[:rows], seed)
        assert found.chosen == []


def test_a_gain_is_that_of_a_ridge_regression_of_scikit_learn():
    rng = np.random.default_rng(3)
    x, z = rng.normal(size=(2, ROWS))
    z[:100] = np.nan
    digitized = np.digitize(x + z * x + rng.normal(size=ROWS), [-1, 1])
    y = target_of([int(own) for own in digitized]).scaled
    model = Additive(y, FOLDS)
    model.add(steps(x))
    gain, _ = model.gain(steps(z))
    explained = []
    for columns in ([x], [x, z]):
        design = np.hstack([np.ones((ROWS, 1)), *(steps(own).matrix for own in columns)])
        error = 0.0
        for fold in range(5):
            held = fold == FOLDS
            ridge = Ridge(alpha=2.0, fit_intercept=False).fit(design[~held], y[~held])
            error += ((y[held] - ridge.predict(design[held])) ** 2).sum()
        explained.append(1 - error / ROWS)
    assert model.explained == pytest.approx(explained[0], abs=1e-9)
    assert gain == pytest.approx(explained[1] - explained[0], abs=1e-9)
    model.add(steps(z))
    assert model.explained == pytest.approx(explained[1], abs=1e-9)


def test_what_was_chosen_is_not_gained_again():
    rng = np.random.default_rng(5)
    x = rng.normal(size=ROWS)
    target = target_of(list(x + 0.3 * rng.normal(size=ROWS))).scaled
    found = select([steps(x), steps(2 * x), steps(np.exp(x))], [], target, FOLDS, 1)
    assert found.chosen == [0]
    assert max(found.gains[1], found.gains[2]) < 0.001 < 0.8 < found.alone[1]


def test_time_and_number_are_bounds():
    rng = np.random.default_rng(6)
    columns = rng.normal(size=(6, ROWS))
    target = target_of(list(columns.sum(axis=0))).scaled
    tried = [steps(own) for own in columns]
    all_of_them = select(tried, [], target, FOLDS, 1)
    assert sorted(all_of_them.chosen) == list(range(6))
    assert select(tried, [], target, FOLDS, 1, most=2).chosen == all_of_them.chosen[:2]
    ticks = iter(range(100))
    clock = lambda: float(next(ticks))  # noqa: E731
    found = select(tried, [], target, FOLDS, 1, until=2, clock=clock)
    assert (found.complete, sorted(found.alone)) == (False, [0, 1, 2])
    assert select(tried, [], target, FOLDS, 1) == all_of_them


@pytest.mark.parametrize(
    ("values", "task", "says"),
    [
        ([1.0] * 60, None, "1.0 in every row"),
        ([True, False] * 20, None, "known of 40 rows"),
        ([f"c{i}" for i in range(60)], None, "60 classes"),
        (["a", "b"] * 40, "regression", "no regression predicts"),
    ],
)
def test_targets_that_cannot_be_predicted(values, task, says):
    with pytest.raises(ParameterError, match=says):
        target_of(values, task, "y")


def test_what_a_target_is():
    assert target_of([0.0, 1.0] * 30).classes == (0, 1)
    assert target_of([1, 2, 3] * 30).classes == (1, 2, 3)
    assert target_of([1.5, 2.0, 3.0] * 30).classes == ()
    assert target_of(list(range(60))).classes == ()
    assert target_of([1, 2, 3] * 30, "regression").classes == ()


@pytest.mark.parametrize(
    "values",
    [np.full(60, np.nan), np.ones(60), np.full(60, np.inf)],
    ids=["missing", "constant", "infinite"],
)
def test_what_says_nothing_has_no_bins(values):
    assert steps(values) is None


def test_steps_keep_what_is_missing_apart():
    values = np.array([np.nan] * 30 + [1.0] * 30)
    assert set(steps(values).bins) == {0, 1}
    many = np.append(np.arange(1000.0), np.nan)
    bins = steps(many).bins
    assert bins[-1] == 0
    assert np.all(np.diff(bins[:-1]) >= 0)
    assert np.bincount(bins)[1:].min() >= 20


def own(name, type_, rows):
    return OwnColumn(name, type_, list(rows))


def test_a_mean_of_the_target_is_of_other_folds():
    rng = np.random.default_rng(7)
    texts = rng.choice(["a", "b", "it's"], ROWS)
    y = rng.random(ROWS) < 0.3
    target = target_of(list(y))
    column = own("c", StringType(), texts)
    first = next(categorical([column], [], target, FOLDS, "fold", set()))
    other = y.copy()
    other[FOLDS == 2] = ~other[FOLDS == 2]
    again = next(categorical([column], [], target_of(list(other)), FOLDS, "fold", set()))
    arms = [each.sql.split("WHEN 2 THEN ")[1].split(" WHEN 3 THEN ") for each in (first, again)]
    assert arms[0][0] == arms[1][0]
    assert arms[0][1] != arms[1][1]
    there = (texts == "it's") & (FOLDS != 2)
    rest = y[FOLDS != 2].mean()
    expected = (y[there].sum() + 20 * rest) / (there.sum() + 20)
    said = float(arms[0][0].split("`c` = 'it\\'s' THEN ")[1].split("D")[0])
    assert said == pytest.approx(expected, abs=1e-12)


def test_a_random_id_gains_nothing_by_its_mean():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        ids, y = rng.integers(0, 30, ROWS), rng.random(ROWS) < 0.5
        means = np.empty(ROWS)
        for fold in range(5):
            there = fold != FOLDS
            count = np.bincount(ids[there], minlength=30)
            total = np.bincount(ids[there], y[there], 30)
            means[~there] = ((total + 20 * y[there].mean()) / (count + 20))[ids[~there]]
        assert added(means, y)[0] < 0.002
    unique = own("id", StringType(), [f"i{i}" for i in range(ROWS)])
    assert list(categorical([unique], [], target_of(list(y)), FOLDS, "fold", set())) == []


def test_candidates_are_bounded_by_who_asks_and_named_once():
    columns = [own(f"n {i}", DoubleType(), np.arange(60.0) + i) for i in range(200)]
    taken = {"ratio_n_0_n_1"}
    some = [each for each, _ in zip(numeric(columns, taken), range(500), strict=False)]
    assert len({each.name.lower() for each in some}) == 500
    assert some[0].name == "ratio_n_0_n_1_2"
    assert some[0].sql == "`n 0` / nullif(`n 1`, 0)"


def test_times_and_events():
    signed = own("signed", DateType(), [])
    asked = own("asked", TimestampType(), [])
    found = {each.name: each.sql for each in temporal([signed, asked], "asked", set())}
    assert found["days_since_signed"] == (
        "(unix_micros(CAST(`asked` AS TIMESTAMP)) - unix_micros(CAST(`signed` AS TIMESTAMP))) "
        "/ 86400000000D"
    )
    assert "hour_asked" in found
    assert "hour_signed" not in found
    schema = StructType().add("id", IntegerType()).add("at", TimestampType())
    schema = schema.add("amount", DoubleType()).add("shop", StringType())
    made = list(relational([schema], [Events("t", "at")], ["id"], [7], set()))
    names = {each.name for each in made}
    assert {
        "days_since_last",
        "count_7d",
        "sum_amount_7d",
        "sum_amount",
        "distinct_shop_7d",
    } < names
    assert not any("id" in each.name.split("_") for each in made)
