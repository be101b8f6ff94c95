from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pyspark.sql import SparkSession
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


def test_over_the_federation_equals_the_pooled_scaler(spark: SparkSession) -> None:
    frame = shops(1)
    columns = ["x", "y", "z"]
    sample = math.sqrt((len(frame) - 1) / len(frame))
    expected = StandardScaler().fit_transform(frame[columns]) * sample
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
    rows = [("a", 0.1)] * 3 + [("b", 0.1)] * 7
    found = standardize(spark.createDataFrame(rows, "store_id string, x double"), by, ["x"])
    assert {row.standardized_x for row in found.collect()} == {0.0}


@pytest.mark.parametrize("by", ["store", "federation"])
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
    spark: SparkSession, by: str, values: list[tuple[str, float]]
) -> None:
    found = standardize(spark.createDataFrame(values, "store_id string, x double"), by, ["x"])
    scores = [row.standardized_x for row in found.collect()]
    assert len(scores) == len(values)
    assert all(score is not None and math.isfinite(score) for score in scores)


@pytest.mark.parametrize("by", ["store", "federation"])
def test_a_value_that_is_no_number_harms_only_itself(spark: SparkSession, by: str) -> None:
    rows = [("a", 1.0), ("a", 3.0), ("a", math.nan), ("a", None), ("a", math.inf)]
    found = standardize(spark.createDataFrame(rows, "store_id string, x double"), by, ["x"])
    scores = [row.standardized_x for row in found.collect()]
    root = math.sqrt(0.5)
    assert sorted(s for s in scores if s is not None) == pytest.approx([-root, root])
    assert scores.count(None) == 3


def test_what_cannot_be_scaled_is_named(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("a", 1.0, "t")], "store_id string, x double, t string")
    with pytest.raises(ParameterError, match="'planet'; choose 'store' or 'federation'"):
        standardize(frame, by="planet")
    with pytest.raises(ParameterError, match="inputCols is 'x'"):
        standardize(frame, inputCols="x")
    with pytest.raises(ParameterError, match=r"log1p has \['y'\]"):
        standardize(frame, inputCols=["x"], log1p=["y"])
    with pytest.raises(SchemaError, match=r"lack \['avg_order_value'"):
        standardize(frame)
    with pytest.raises(SchemaError, match=r"numeric, not \{'t': 'string'\}"):
        standardize(frame, inputCols=["t"])
    with pytest.raises(SchemaError, match=r"already have \['standardized_x'\]"):
        standardize(standardize(frame, inputCols=["x"]), inputCols=["x"])
