"""Two versions, and the customer who joined between them: the attack, and the guard against it."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

import sparkfl
from sparkfl import FederatedClustering, FederatedClusteringModel
from sparkfl.errors import AggregationError, ParameterError
from sparkfl.privacy.policy import ReleasePolicy

FEATURES = ["x", "y"]
CUSTOMERS = np.random.default_rng(0).normal(size=(200, 2)).round(6) + np.array(
    [[0, 0], [9, 9]] * 100
)


def shops(spark: SparkSession, north: int, south: int = 60, first: int = 0) -> DataFrame:
    """So many customers, from the first on; every other one is of another kind."""
    frames = [
        pd.DataFrame(CUSTOMERS[first : first + n], columns=FEATURES).assign(
            store_id=store, customer=np.arange(first, first + n)
        )
        for store, n in (("north", north), ("south", south))
    ]
    return spark.createDataFrame(pd.concat(frames))


def estimator(path: Path | None = None, **options: object) -> FederatedClustering:
    """Train in the space of the rows themselves."""
    given = {} if path is None else {"guardPath": str(path)}
    return FederatedClustering(
        inputCols=FEATURES, k=2, globalK=2, scaling="none", **given, **options
    )


def verdicts(model: FederatedClusteringModel) -> dict[str, str]:
    return {row.store_id: row.verdict for row in model.verdicts.collect()}


def sums(model: FederatedClusteringModel) -> np.ndarray:
    """Count and sums of the store in the north, as anybody reads them off its clusters."""
    own = [row for row in model.releases.collect() if row.store_id == "north"]
    return sum(row.n * np.array([1.0, *row.mean]) for row in own) if own else np.zeros(3)


def totals(model: FederatedClusteringModel) -> np.ndarray:
    """Count and sums of each cluster of the store in the north."""
    own = [row for row in model.releases.collect() if row.store_id == "north"]
    return np.array([row.n * np.array([1.0, *row.mean]) for row in own])


def releases(model: FederatedClusteringModel) -> list[tuple[object, ...]]:
    """All figures that a version has of its stores."""
    rows = model.releases.collect()
    return sorted((r.store_id, r.cluster, r.n, tuple(r.mean), tuple(r.ss)) for r in rows)


def details(model: FederatedClusteringModel) -> dict[str, str]:
    return {row.store_id: row.detail for row in model.verdicts.collect()}


def plain(model: FederatedClusteringModel) -> pa.Table:
    """The verdicts without what a guard says."""
    return model.data.tables["verdicts"].drop(["verdict", "detail"])


def attacked(before: FederatedClusteringModel, now: FederatedClusteringModel) -> bool:
    """Whether the 41st customer is the difference of two versions."""
    return bool(np.allclose(sums(now) - sums(before), [1.0, *CUSTOMERS[40]], atol=1e-9))


def test_the_customer_who_joined_is_the_difference_of_two_versions(spark: SparkSession) -> None:
    unguarded = estimator()
    first = unguarded.fit(shops(spark, 40))
    assert attacked(first, unguarded.fit(shops(spark, 41)))
    assert attacked(first, unguarded.update(first, shops(spark, 41)))


def test_a_store_that_has_changed_by_few_is_held_back(spark: SparkSession, tmp_path: Path) -> None:
    guarded = estimator(tmp_path / "guard")
    first = guarded.fit(shops(spark, 40))
    assert verdicts(first) == {"north": "ok", "south": "ok"}
    # Made again, its earlier release stands, and so does that of the south, which is as ever.
    again = guarded.fit(shops(spark, 41))
    assert verdicts(again) == {"north": "held_back", "south": "ok"}
    assert releases(again) == releases(first)
    said = r"fewer than 10 customers have joined, left or changed .*; the earlier release stands"
    assert re.fullmatch(said, details(again)["north"])
    assert details(again)["south"] is None
    assert (first.data.guarded, plain(again)) == (True, plain(first))
    # Updated, it does too, and nothing else is told of it.
    updated = guarded.update(first, shops(spark, 41))
    assert verdicts(updated) == {"north": "held_back", "south": "ok"}
    assert releases(updated) == releases(first)
    assert plain(updated) == plain(first)
    assert updated.data.distribution.n.sum() == 60  # type: ignore[union-attr]
    with pytest.raises(ParameterError, match=r"version before was guarded .* Give it the same dir"):
        estimator().update(again, shops(spark, 90))
    # What was held back is back with its rows, wherever it was held back.
    assert verdicts(guarded.update(again, shops(spark, 40))) == {"north": "ok", "south": "ok"}
    # Of all stores: another version of what was told.
    both = guarded.fit(shops(spark, 43, 63))
    assert set(verdicts(both).values()) == {"held_back"}
    assert releases(both) == releases(first)
    # Few by few is no way round, as what counts is what was released; ten a cluster are enough.
    assert verdicts(guarded.fit(shops(spark, 60)))["north"] == "ok"
    # Against every version, not the last alone: 41 differ from 40 by one. The last one stands.
    last = guarded.fit(shops(spark, 41))
    assert verdicts(last)["north"] == "held_back"
    assert sums(last)[0] == 60


def test_stores_that_have_not_changed_are_no_victims_of_another(
    spark: SparkSession, tmp_path: Path
) -> None:
    """The moments of the federation would move, and with them clusters trade a few customers."""
    guarded = FederatedClustering(
        inputCols=FEATURES, k=3, globalK=3, algorithm="kmeans", guardPath=str(tmp_path / "guard")
    )
    first = guarded.fit(shops(spark, 100, 90))
    now = guarded.fit(shops(spark, 190, 90))
    assert set(verdicts(now).values()) == {"ok"}
    south = [[each for each in releases(m) if each[0] == "south"] for m in (first, now)]
    assert south[0] == south[1]
    assert now.data.scaling.to_json() == first.data.scaling.to_json()
    # A store that is not named keeps its verdict, and its place among them.
    held = guarded.fit(shops(spark, 191, 90))
    refreshed = guarded.update_stores(held, shops(spark, 191, 90), ["south"])
    assert verdicts(refreshed) == {"north": "held_back", "south": "ok"}
    assert releases(refreshed) == releases(now)
    # By other rules, or in another space, nothing of before can stand.
    stricter = guarded.copy({guarded.minClusterSize: 11})
    none = stricter.fit(shops(spark, 191, 90))
    assert verdicts(none)["north"] == "held_back"
    assert details(none)["north"].endswith("; no earlier release can stand")


def test_customers_are_told_by_their_key(spark: SparkSession, tmp_path: Path) -> None:
    policy = ReleasePolicy(entity_key="customer", round=1, grid=0, dominance=1)
    guarded = estimator(tmp_path / "guard", releasePolicy=policy)
    df = shops(spark, 60)
    assert verdicts(guarded.fit(df))["north"] == "ok"
    for few, expected in ((3, "held_back"), (30, "ok")):
        moved = f"IF(customer < {few} AND store_id = 'north', x + 0.5, x) AS x"
        later = df.selectExpr("store_id", "customer", moved, "y")
        assert verdicts(guarded.fit(later))["north"] == expected
    # Other features of the same customers, and of one more: by the key the one is seen.
    other = guarded.copy({guarded.inputCols: ["x"]})
    assert verdicts(other.fit(shops(spark, 61)))["north"] == "held_back"


def test_a_single_cluster_must_not_differ_by_few_either(
    spark: SparkSession, tmp_path: Path
) -> None:
    """Ten join, one of them the one cluster, nine the other: others change their places."""
    kinds = np.r_[np.arange(40), np.arange(40, 58, 2), 41]
    frame = pd.DataFrame(CUSTOMERS, columns=FEATURES).assign(store_id="north")
    guarded = estimator(tmp_path / "guard")
    first = guarded.fit(spark.createDataFrame(frame.iloc[:40]))
    now = guarded.fit(spark.createDataFrame(frame.iloc[kinds]))
    assert verdicts(now) == {"north": "ok"}
    assert details(now)["north"].startswith("some customers are counted in neighbouring clusters")
    assert sums(now)[0] == 50
    for union in product((0, 1), repeat=2):
        for other in product((0, 1), repeat=2):
            apart = np.dot(union, totals(now)) - np.dot(other, totals(first))
            assert not np.allclose(apart, [1.0, *CUSTOMERS[41]])
    # Without a key rows of other features are others, and nothing of them can stand.
    with pytest.raises(AggregationError, match=r"1 held_back .*give the release policy an ENTITY"):
        guarded.copy({guarded.inputCols: ["x"]}).fit(spark.createDataFrame(frame.iloc[:40]))


def test_customers_change_clusters_until_these_differ_by_enough(
    spark: SparkSession, tmp_path: Path
) -> None:
    """Five join the first of four kinds and five the second: five of the one count in the other."""
    kinds = np.random.default_rng(0).normal(size=(4, 35, 2)) + 100 * np.arange(4)[:, None, None]
    versions = [
        np.concatenate([kind[:n] for kind, n in zip(kinds, sizes, strict=True)])
        for sizes in ((30, 30, 30, 30), (35, 35, 30, 30))
    ]
    guarded = FederatedClustering(
        inputCols=FEATURES, k=4, globalK=4, scaling="none", guardPath=str(tmp_path / "guard")
    )
    made = [
        guarded.fit(spark.createDataFrame(pd.DataFrame(r, columns=FEATURES).assign(store_id="n")))
        for r in versions
    ]
    assert sorted(row.n for row in made[0].releases.collect()) == [30] * 4
    assert verdicts(made[1]) == {"n": "ok"}
    assert details(made[1])["n"].startswith("some customers are counted in neighbouring clusters")
    sizes = sorted(row.n for row in made[1].releases.collect())
    assert sizes[:2] == [30, 30]
    assert sum(sizes) == 130
    assert len(sizes) == 4
    # What was told is kept as such: a second time it is the same.
    again = guarded.fit(
        spark.createDataFrame(pd.DataFrame(versions[1], columns=FEATURES).assign(store_id="n"))
    )
    assert releases(again) == releases(made[1])


def test_a_guard_in_sql(spark: SparkSession, own_registry: str, tmp_path: Path) -> None:
    """By the extension and without it; the path of the session counts where none is given."""
    spark.conf.set("spark.sparkfl.guardPath", str(tmp_path / "guard"))
    try:
        for run, north in ((spark.sql, 40), (lambda text: sparkfl.sql(spark, text), 41)):
            shops(spark, north).createOrReplaceTempView("guarded_rows")
            run(
                "CREATE OR REPLACE FEDERATED MODEL guarded PARTITION BY store_id OPTIONS "
                "(MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 2, RELEASE_POLICY = "
                """'{"entity_key": "customer"}') AS SELECT * FROM guarded_rows"""
            ).collect()
            found = run("SELECT * FROM model_verdicts(guarded) ORDER BY store_id").collect()
            told = {
                row.info_name: row.info_value for row in run("DESCRIBE MODEL guarded").collect()
            }
            assert "; guarded against differencing" in told["released"]
        assert [row.verdict for row in found] == ["held_back", "ok"]
        assert "the earlier release stands" in found[0].detail
        assert [row.released_clusters for row in found] == [2, 2]
        with pytest.raises(Exception, match=r"GUARD_PATH must be the absolute path .*/here"):
            spark.sql(
                "CREATE FEDERATED MODEL other PARTITION BY store_id OPTIONS "
                "(MODEL_TYPE = 'kmeans', GUARD_PATH = 'here') AS SELECT * FROM guarded_rows"
            )
    finally:
        spark.conf.unset("spark.sparkfl.guardPath")


def test_a_checkpoint_would_pass_the_guard_by(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="would pass the guard by"):
        estimator(tmp_path / "guard", checkpointDir=str(tmp_path / "done")).fit(shops(spark, 40))
