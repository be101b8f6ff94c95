"""Which scaling a federation takes, what it is made of, and that every way of scoring has it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from sparkfl import FederatedClustering, FederatedClusteringModel
from sparkfl.errors import ParameterError
from sparkfl.execution import asinh
from sparkfl.execution.cells import Marginals
from sparkfl.execution.survey import survey
from sparkfl.execution.training import LocalTraining
from sparkfl.federation.data import FederationData
from sparkfl.federation.scoring import predict
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary

FORMAT_3 = Path(__file__).parents[2] / "resources" / "format_3"


def customers(width: int, shift: float = 0.0, rows: int = 150) -> pd.DataFrame:
    """Heavy-tailed customers of three stores, which may lie far apart."""
    random = np.random.default_rng(width)
    values = random.standard_t(2, size=(rows, width)) + shift * (np.arange(rows) % 3)[:, None]
    frame = pd.DataFrame(values, columns=[f"f{i}" for i in range(width)])
    return frame.assign(store_id=[f"s{i % 3}" for i in range(rows)])


def names(width: int) -> list[str]:
    """Features of `customers`."""
    return [f"f{i}" for i in range(width)]


def standardised(rows: np.ndarray) -> np.ndarray:
    """Z-scores."""
    return (rows - rows.mean(axis=0)) / rows.std(axis=0, ddof=1)


@pytest.fixture(scope="module")
def heavy(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(customers(2)).cache()


@pytest.fixture(scope="module")
def model(heavy: DataFrame) -> FederatedClusteringModel:
    return FederatedClustering(inputCols=names(2), scaling="auto").fit(heavy)


def test_the_scaling_is_asinh_of_z_scores_scaled_again(model: FederatedClusteringModel) -> None:
    rows = customers(2)[names(2)].to_numpy()
    expected = standardised(np.arcsinh(standardised(rows)))
    np.testing.assert_allclose(model.data.scaling.transform(rows), expected, atol=1e-8)
    total = model.data.releases.total()
    np.testing.assert_allclose(total.mean[0], 0, atol=1e-8)
    np.testing.assert_allclose(total.ss[0] / (total.n[0] - 1), 1, rtol=1e-8)


def test_the_partitioning_has_no_influence(
    model: FederatedClusteringModel, heavy: DataFrame
) -> None:
    again = FederatedClustering(inputCols=names(2), scaling="auto").fit(heavy.repartition(5, "f0"))
    assert again.data.metadata() == model.data.metadata()


@pytest.mark.parametrize(("shift", "whose"), [(0.0, "federation"), (50.0, "store")])
def test_auto_looks_where_the_variance_lies(
    spark: SparkSession, tmp_path: Path, shift: float, whose: str
) -> None:
    df = spark.createDataFrame(customers(2, shift))
    fitted = FederatedClustering(inputCols=names(2), scaling="auto").fit(df)
    used, _, reason = fitted.scalingUsed.partition(": ")
    assert used == whose
    share = int(reason.removesuffix("% of the variance lies between stores"))
    assert (share > 50) == (whose == "store")
    assert fitted.getScaling() == "auto"
    fitted.data.write(tmp_path)
    again = FederatedClusteringModel(spark, FederationData.read(tmp_path))
    assert again.scalingUsed == fitted.scalingUsed
    assert FederatedClustering(inputCols=names(2), scaling="auto").update(
        again, df
    ).scalingUsed == (fitted.scalingUsed)


def test_contamination_does_not_touch_the_ranking(
    model: FederatedClusteringModel, heavy: DataFrame
) -> None:
    more = FederatedClustering(inputCols=names(2), scaling="auto", contamination=0.3).fit(heavy)
    one, two = (m.data.predict(customers(2)) for m in (model, more))
    kept = ["prediction", "anomaly_score", "anomaly_severity", "anomaly_reason"]
    assert_frame_equal(one[kept], two[kept])
    for found, threshold in ((one, 95), (two, 70)):
        flagged = found["anomaly_severity"] >= threshold
        assert (found["is_anomaly"] == flagged).all()
        assert flagged.mean() == pytest.approx(1 - threshold / 100, abs=0.03)


@pytest.fixture(
    scope="module",
    params=[(1, "store"), (17, "federation"), (40, "store"), (3, "quantile"), (40, "quantile")],
    ids=lambda wide: f"{wide[1]}-{wide[0]}",
)
def wide(
    request: pytest.FixtureRequest, spark: SparkSession
) -> tuple[pd.DataFrame, FederatedClusteringModel]:
    """Customers of a number of features, and a federation of a scaling."""
    width, scaling = request.param
    frame = customers(width)
    estimator = FederatedClustering(inputCols=names(width), scaling=scaling, k=3)
    return frame, estimator.fit(spark.createDataFrame(frame))


@pytest.mark.usefixtures("way")
def test_every_way_scores_alike_at_any_width(
    spark: SparkSession, wide: tuple[pd.DataFrame, FederatedClusteringModel]
) -> None:
    frame, fitted = wide
    assert_frame_equal(
        fitted.transform(spark.createDataFrame(frame)).toPandas(),
        fitted.data.predict(frame),
        check_dtype=False,
        rtol=0,
        atol=1e-9,
    )


@pytest.mark.parametrize("way", ["portable"], indirect=True)
@pytest.mark.usefixtures("way")
def test_a_fit_without_the_extension_finds_the_same(spark: SparkSession) -> None:
    frame = customers(17)
    df = spark.createDataFrame(frame)
    without = FederatedClustering(inputCols=names(17)).fit(df).data
    with pytest.MonkeyPatch.context() as patch:
        for user in (predict, asinh):
            patch.setattr(user, "has_extension", lambda _: True)
        with_ = FederatedClustering(inputCols=names(17)).fit(df).data
    assert_frame_equal(without.predict(frame), with_.predict(frame), rtol=0, atol=1e-6)


def test_quantiles_are_blended_in(spark: SparkSession, tmp_path: Path) -> None:
    frame = customers(2, rows=3000)
    df = spark.createDataFrame(frame)
    estimator = FederatedClustering(inputCols=names(2), scaling="quantile")
    fitted = estimator.fit(df)
    assert fitted.scalingUsed == "quantile: as asked for"
    rows = frame[names(2)].to_numpy()
    scaled = standardised(np.arcsinh(standardised(rows)))
    rank = (scaled.argsort(axis=0).argsort(axis=0) + 0.5) / len(rows)
    scores = np.vectorize(NormalDist().inv_cdf)(rank)
    inside = np.abs(scores) < 1.8
    found = fitted.data.scaling.transform(rows)
    np.testing.assert_allclose(found[inside], ((scores + 2 * scaled) / 3)[inside], atol=0.07)
    np.testing.assert_allclose(fitted.data.scaling.inverse(found), rows, rtol=1e-6)
    again = estimator.fit(df.repartition(5, "f0"))
    assert again.data.metadata() == fitted.data.metadata()
    fitted.write().save(str(tmp_path / "saved"))
    loaded = FederatedClusteringModel.load(str(tmp_path / "saved"))
    assert_frame_equal(loaded.data.predict(frame), fitted.data.predict(frame))
    kept = estimator.update(loaded, df)
    assert {row.change for row in kept.changes.collect()} == {"kept"}
    assert kept.data.scaling.to_json() == fitted.data.scaling.to_json()


def test_quantiles_of_a_store_too_large_for_a_worker_are_near_those_of_all(
    spark: SparkSession,
) -> None:
    frame = customers(2, rows=3000)
    zeros = frame["f0"].to_numpy() < 0
    frame.loc[zeros, "f0"] = 0.0
    arrays = list(frame[names(2)].to_numpy().tolist())
    rows = spark.createDataFrame(
        [*zip(frame["store_id"], arrays, strict=True), ("same", [1.0, 1.0]), (None, [5.0, 5.0])],
        "store string, features array<double>",
    )
    rows = rows.unionAll(spark.createDataFrame([("same", [1.0, 1.0])] * 600, rows.schema))
    stores = survey(rows, 2, 3, Rules(10), moments=True)
    moments = stores.moments()
    assert moments is not None
    small = Marginals(Scaling.of_moments(moments.total()), 20, Rules(10))
    one, other = (way.pooled(rows, stores) for way in (small, replace(small, max_values=400)))
    assert one is not None
    assert other is not None
    assert one[0].n.tolist() == other[0].n.tolist() == [[3000, 3000]]
    np.testing.assert_allclose(one[0].mean, other[0].mean, atol=1e-9)
    np.testing.assert_allclose(one[0].ss, other[0].ss, rtol=1e-9)
    for (values, shares), (large_values, large_shares) in zip(one[1], other[1], strict=True):
        np.testing.assert_allclose(values, large_values, atol=0.05)
        np.testing.assert_allclose(shares, large_shares, atol=0.02)
    again = replace(small, max_values=400).pooled(rows.repartition(7, F.rand(1)), stores)
    assert again is not None
    assert [v.tolist() for v, _ in again[1]] == [v.tolist() for v, _ in other[1]]


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("packed", [True, False])
def test_nothing_is_too_long_to_compile_at_200_features(spark: SparkSession, packed: bool) -> None:
    frame = customers(200)
    df = spark.createDataFrame(frame)
    if packed:
        arrays = list(frame[names(200)].to_numpy().tolist())
        df = spark.createDataFrame(
            list(zip(frame["store_id"], arrays, strict=True)), "store_id string, x array<double>"
        )
    columns = {"featuresCol": "x"} if packed else {"inputCols": names(200)}
    # Spark computes what stands above rows of its own without compiling it.
    df = df.cache()
    fitted = FederatedClustering(scaling="quantile", **columns).fit(df)
    assert fitted.transform(df).agg(F.sum("anomaly_score")).first() is not None


@pytest.mark.parametrize("scaling", ["federation", "quantile"])
@pytest.mark.usefixtures("compiled")
def test_a_feature_that_does_not_vary_counts_for_nothing(spark: SparkSession, scaling: str) -> None:
    frame = customers(2)
    frame["f0"] = 1e14 + np.random.default_rng(0).normal(0, 0.1, len(frame))
    df = spark.createDataFrame(frame)
    fitted = FederatedClustering(inputCols=names(2), scaling=scaling).fit(df)
    assert (fitted.data.clusters.mean[:, 0] == 0).all()
    found = fitted.transform(df).toPandas()
    assert_frame_equal(found, fitted.data.predict(frame), check_dtype=False, rtol=0, atol=1e-9)
    assert not found["anomaly_reason"].str.endswith("f0").any()


def test_a_value_beyond_all_squares_takes_no_feature_from_other_stores(
    spark: SparkSession,
) -> None:
    frame = customers(2)
    frame.loc[0, "f0"] = 1e300
    df = spark.createDataFrame(frame)
    fitted = FederatedClustering(inputCols=names(2)).fit(df)
    others = fitted.data.predict(frame[frame["store_id"] != "s0"])
    size = frame.loc[others.index, "f0"].abs().rank()
    assert others["anomaly_score"].rank().corr(size) > 0.3
    apart = FederatedClustering(inputCols=names(2), scaling="store").fit(df)
    verdicts = {row.store_id: row.verdict for row in apart.verdicts.collect()}
    assert verdicts == {"s0": "overflow", "s1": "ok", "s2": "ok"}


def test_a_store_too_large_for_a_worker_has_its_own_scaling_too(spark: SparkSession) -> None:
    frame = customers(2, rows=1500)
    arrays = list(frame[names(2)].to_numpy().tolist())
    rows = spark.createDataFrame(
        list(zip(frame["store_id"], arrays, strict=True)), "store string, features array<double>"
    )
    small = LocalTraining("kmeans", None, 0, Rules(10)).fit_stores(rows, 2)
    large = LocalTraining("kmeans", None, 0, Rules(10), max_values=200).fit_stores(rows, 2)
    for store, result in small.items():
        assert str(large[store].strategy) == "summarised"
        for own, other in ((result.scaling, large[store].scaling),):
            assert own is not None
            assert other is not None
            for a, b in ((own, other), (own.asinh, other.asinh)):
                assert isinstance(a, Scaling)
                assert isinstance(b, Scaling)
                np.testing.assert_allclose(a.mean, b.mean, atol=1e-8)
                np.testing.assert_allclose(a.std, b.std, rtol=1e-8)
        whole = large[store].summary
        assert isinstance(whole, ClusterSummary)
        assert whole.n.sum() == 500
        np.testing.assert_allclose(whole.total().mean, 0, atol=1e-8)


def test_a_model_whose_stores_scale_linearly_is_not_updated_robustly(spark: SparkSession) -> None:
    old = FederationData.read(FORMAT_3 / "federated" / "model" / "data")
    frame = pd.read_csv(FORMAT_3 / "federated" / "predicted.csv")
    df = spark.createDataFrame(frame[["shop", "spend", "visits"]])
    estimator = FederatedClustering(**old.params)
    with pytest.raises(ParameterError, match="a linear scaling of each store"):
        estimator.update(FederatedClusteringModel(spark, old), df)
