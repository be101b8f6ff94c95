from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pyspark.errors import SparkRuntimeException
from pyspark.sql import SparkSession
from pyspark.sql import functions as sf
from sklearn.preprocessing import StandardScaler

from sparkfl.errors import ParameterError, SchemaError
from sparkfl.features import standardize


def shops(seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sizes = {"small": 2, "one": 1, "mid": 30, "big": 200}
    store = np.repeat(list(sizes), list(sizes.values()))
    rows = len(store)
    return pd.DataFrame(
        {
            "store_id": store,
            "x": rng.lognormal(3, 1, rows) + 1e6,
            "y": rng.integers(0, 50, rows) * (store != "mid"),
            "z": rng.normal(size=rows),
        }
    )


def test_within_the_store_equals_pandas(spark: SparkSession) -> None:
    frame = shops()
    grouped = frame.groupby("store_id")[["x", "y", "z"]]
    expected = (
        (frame[["x", "y", "z"]] - grouped.transform("mean")) / grouped.transform("std")
    ).fillna(0)
    found = standardize(spark.createDataFrame(frame), inputCols=["x", "y", "z"]).toPandas()
    found = found.set_index("z").loc[frame["z"]]
    for name in ("x", "y", "z"):
        assert_allclose(found[f"standardized_{name}"], expected[name], atol=1e-9)


def test_over_the_federation_equals_the_scaler_of_what_stores_may_tell(
    spark: SparkSession,
) -> None:
    frame = shops(1)
    columns = ["x", "y", "z"]
    told = frame[frame["store_id"].isin(["mid", "big"])][columns]
    sample = math.sqrt((len(told) - 1) / len(told))
    expected = StandardScaler().fit(told).transform(frame[columns]) * sample
    found = standardize(
        spark.createDataFrame(frame).repartition(5), by="federation", inputCols=columns
    ).toPandas()
    found = found.set_index("z").loc[frame["z"]]
    assert_allclose(found[[f"standardized_{name}" for name in columns]], expected, atol=1e-9)


@pytest.mark.parametrize("by", ["store", "federation"])
def test_log1p_is_taken_first_and_has_a_sign(spark: SparkSession, by: str) -> None:
    frame = shops(2).query("store_id == 'big'").assign(x=lambda f: f["z"] * 1e3)
    expected = np.sign(frame["x"]) * np.log1p(np.abs(frame["x"]))
    expected = (expected - expected.mean()) / expected.std()
    found = standardize(spark.createDataFrame(frame), by, ["x", "z"], log1p=["x"]).toPandas()
    found = found.set_index("z").loc[frame["z"]]
    assert_allclose(found["standardized_x"], expected, atol=1e-9)


@pytest.mark.parametrize("by", ["store", "federation"])
def test_equal_values_scale_to_zero_despite_rounding(spark: SparkSession, by: str) -> None:
    rows = [("a", 0.1, float(i)) for i in range(11)] + [("b", 0.1, 7.0)] * 7
    frame = spark.createDataFrame(rows, "store_id string, x double, y double")
    found = standardize(frame, by, ["x", "y"]).collect()
    assert {row.standardized_x for row in found} == {0.0}
    assert len({row.standardized_y for row in found}) > 1


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    values=st.lists(
        st.tuples(st.sampled_from("ab"), st.floats(allow_nan=False, allow_infinity=False)),
        min_size=1,
        max_size=6,
    )
)
@example(values=[("a", 1.7e308), ("a", -1.7e308), ("b", 1.7e308)])
@example(values=[("a", 5e-324), ("a", 0.0), ("b", -0.0)])
def test_finite_values_never_scale_to_null_or_nan(
    spark: SparkSession, values: list[tuple[str, float]]
) -> None:
    found = standardize(spark.createDataFrame(values, "store_id string, x double"), "store", ["x"])
    scores = [row.standardized_x for row in found.collect()]
    assert len(scores) == len(values)
    assert all(score is not None and math.isfinite(score) for score in scores)


@pytest.mark.parametrize("by", ["store", "federation"])
def test_a_value_that_is_no_number_harms_only_itself(spark: SparkSession, by: str) -> None:
    numbers = [1.0, 3.0] * 5
    rows = [("a", x, 1.0) for x in (*numbers, math.nan, None, math.inf)]
    frame = spark.createDataFrame(rows, "store_id string, x double, y double")
    found = standardize(frame, by, ["x", "y"]).collect()
    score = 1 / np.std(numbers, ddof=1)
    scores = [row.standardized_x for row in found]
    assert sorted(s for s in scores if s is not None) == pytest.approx([-score] * 5 + [score] * 5)
    assert scores.count(None) == 3
    assert {row.standardized_y for row in found} == {0.0}


def test_what_may_not_leave_a_store_changes_nothing(spark: SparkSession) -> None:
    """Neither few customers, nor equal ones, nor few values of a feature, nor those of no store."""
    large = [("large", float(i), float(i * i)) for i in range(20)]
    secret = [("few", 1e6, 1e6)] * 8 + [("few", -3e5, 7.0)]
    secret += [("equal", 4e5, 5e5)] * 40 + [(None, 9e5 + i, 0.0) for i in range(50)]
    sparse = [("sparse", float(i), None) for i in range(30)] + [("sparse", 2.0, 8e7)]
    schema = "store_id string, x double, y double"

    def told(rows: list[tuple[str | None, float, float | None]]) -> list[tuple[float, float]]:
        found = standardize(spark.createDataFrame(rows, schema), "federation", ["x", "y"])
        kept = found.where("store_id = 'large'").orderBy("x").collect()
        return [(row.standardized_x, row.standardized_y) for row in kept]

    assert told(large) == told(large + secret)
    with_sparse = told(large + secret + sparse)
    assert [y for _, y in with_sparse] == [y for _, y in told(large)]
    assert [x for x, _ in with_sparse] != [x for x, _ in told(large)]


def test_the_minimum_decides_who_tells(spark: SparkSession) -> None:
    rows = [("a", float(i)) for i in range(20)] + [("b", 50.0 + i) for i in range(5)]
    frame = spark.createDataFrame(rows, "store_id string, x double")
    means = {
        minimum: standardize(frame, "federation", ["x"], minClusterSize=minimum)
        .selectExpr("avg(standardized_x)")
        .first()[0]
        for minimum in (5, 6)
    }
    assert means[5] == pytest.approx(0)
    assert means[6] > 0.5


def test_a_feature_that_no_store_may_tell_of_is_an_error(spark: SparkSession) -> None:
    rows = [("a", float(i), None) for i in range(5)]
    frame = spark.createDataFrame(rows, "store_id string, x double, y double")
    found = standardize(frame, "federation", ["x", "y"])
    with pytest.raises(SparkRuntimeException, match="No store may tell its mean of 'x'"):
        found.collect()
    assert found.where("x IS NULL").count() == 0
    strays = standardize(
        frame.withColumn("store_id", sf.lit(None).cast("string")), "federation", ["x"]
    )
    with pytest.raises(SparkRuntimeException, match="No store may tell its mean of 'x'"):
        strays.collect()
    empty = standardize(frame.limit(0), "federation", ["x", "y"])
    assert empty.collect() == []
    assert empty.columns == [*frame.columns, "standardized_x", "standardized_y"]


@pytest.mark.parametrize("by", ["store", "federation"])
def test_nothing_runs_before_the_result_is_asked_for(spark: SparkSession, by: str) -> None:
    context = spark.sparkContext
    broken = spark.range(3).selectExpr("'a' store_id", "raise_error('early')::double x")
    context.setJobGroup(f"standardize-{by}", "no job may run")
    try:
        standardize(broken, by, ["x"])
    finally:
        context.setLocalProperty("spark.jobGroup.id", None)
    assert list(context.statusTracker().getJobIdsForGroup(f"standardize-{by}")) == []


NAMES = ["a.b", "c`d", "net sales", "größe", "n", "mean", "rows", "store", "values", "moments"]
NAMES += ["scores", "std", "equal", "variance", "select", "sparkfl_moments_of_n", "values_"]


@pytest.mark.parametrize("by", ["store", "federation"])
def test_any_name_and_type_of_number_will_do(spark: SparkSession, by: str) -> None:
    types = ["double", "int", "decimal(9,2)", "float", "bigint"]
    columns = [sf.col("id").cast(types[i % len(types)]).alias(name) for i, name in enumerate(NAMES)]
    frame = spark.range(24).select((sf.col("id") % 2).alias("the `store`.x"), *columns)
    found = standardize(frame, by, NAMES, storeCol="the `store`.x", log1p=NAMES[:1])
    assert found.columns == [*frame.columns, *(f"standardized_{name}" for name in NAMES)]
    rows = found.toPandas()
    for name in NAMES[1:]:
        assert_allclose(rows[f"standardized_{name}"], rows["standardized_c`d"])
    assert rows["standardized_n"].std() == pytest.approx(1, abs=0.1)


def test_case_counts_where_spark_says_so(spark: SparkSession) -> None:
    frame = spark.range(3).selectExpr("'a' Store_ID", "double(id) X", "struct(double(id) v) s")
    found = standardize(frame, inputCols=["x", "S.v"], log1p=["X"])
    assert found.columns[-2:] == ["standardized_X", "standardized_s.v"]
    spark.conf.set("spark.sql.caseSensitive", "true")
    try:
        with pytest.raises(SchemaError, match=r"Missing columns? 'store_id'"):
            standardize(frame, inputCols=["X"])
        both = frame.selectExpr("*", "-X x")
        last = standardize(both, inputCols=["X", "x"], storeCol="Store_ID").orderBy("X").first()
    finally:
        spark.conf.set("spark.sql.caseSensitive", "false")
    assert (last["standardized_X"], last["standardized_x"]) == (-1.0, 1.0)


@pytest.mark.parametrize("by", ["store", "federation"])
def test_many_features_are_planned_and_filtered(spark: SparkSession, by: str) -> None:
    """With an alias a feature 20 of them were not planned within minutes."""
    names = [f"x{i}" for i in range(60)]
    rows = [("a", *(float(i * (j + 1)) for j in range(60))) for i in range(20)]
    frame = spark.createDataFrame(rows, ["store_id", *names])
    found = standardize(frame.where(" + ".join(names) + " >= 0"), by, names)
    total = " + ".join(f"standardized_{name}" for name in names)
    assert found.where(f"{total} > 0").count() == 10


def test_what_cannot_be_scaled_is_named(spark: SparkSession) -> None:
    frame = spark.createDataFrame(
        [("a", 1.0, "t", True)], "store_id string, x double, t string, b boolean"
    )
    with pytest.raises(ParameterError, match="'planet'; choose 'store' or 'federation'"):
        standardize(frame, by="planet")
    with pytest.raises(ParameterError, match="inputCols is 'x'"):
        standardize(frame, inputCols="x")
    with pytest.raises(ParameterError, match="inputCols is \\[\\]"):
        standardize(frame, inputCols=[])
    with pytest.raises(ParameterError, match="log1p is 'x'"):
        standardize(frame, inputCols=["x"], log1p="x")
    with pytest.raises(ParameterError, match=r"log1p has \['t'\], not among"):
        standardize(frame, inputCols=["x"], log1p=["t"])
    with pytest.raises(ParameterError, match=r"inputCols has \['x'\] twice"):
        standardize(frame, inputCols=["x", "X"])
    for minimum in (2, 10.0, True, None):
        with pytest.raises(ParameterError, match=f"minClusterSize is {minimum}; give an integer"):
            standardize(frame, inputCols=["x"], minClusterSize=minimum)
    with pytest.raises(SchemaError, match=r"Missing columns 'avg_order_value', 'total_orders'"):
        standardize(frame)
    with pytest.raises(SchemaError, match=r"numeric; 't' is string, 'b' is boolean"):
        standardize(frame, inputCols=["t", "b", "x"])
    with pytest.raises(SchemaError, match=r"'standardized_x' has the name of an output"):
        standardize(standardize(frame, inputCols=["x"]), inputCols=["x"])
    with pytest.raises(ParameterError, match=r"features is a pandas\.DataFrame; give a Spark"):
        standardize(frame.toPandas(), inputCols=["x"])
