"""A fitted federation goes into the registry and comes out the same."""

from __future__ import annotations

import mlflow
import pandas as pd
import pytest
from mlflow_address import mlflow_at

from sparkfl.errors import ModelNotFoundError
from sparkfl.federation.estimator import FederatedClustering
from sparkfl.federation.schemas import PREDICTION
from sparkfl.registry import ModelRegistry

OUTPUTS = PREDICTION.names


@pytest.fixture(scope="module")
def rows(spark):
    shops = [
        (store, i, shift + i % 2 * 50 + i / 10, i % 7)
        for store, shift in (("north", 0.0), ("south", 5.0))
        for i in range(60)
    ]
    return spark.createDataFrame(shops, "shop string, id long, spend double, visits long")


@pytest.fixture(scope="module")
def model(rows):
    estimator = FederatedClustering(
        storeCol="shop", inputCols=["spend", "visits"], k=2, globalK=2, scaling="store"
    )
    return estimator.fit(rows)


@pytest.fixture(scope="module")
def registry(tmp_path_factory, mlflow_database, model, rows):
    registry = ModelRegistry(mlflow_database(tmp_path_factory.mktemp("registry")))
    registry.register("shops", model)
    return registry


@pytest.fixture
def scored(rows, model):
    """Rows of the two stores, a row without a value and one of another store."""
    more = rows.sparkSession.createDataFrame(
        [("south", 100, None, 1), ("west", 101, 50.0, 2)], rows.schema
    )
    return model.transform(rows.unionByName(more)).toPandas()


def load(registry, uri):
    with mlflow_at(registry.tracking_uri):
        return mlflow.pyfunc.load_model(uri)


def same_nulls(frame):
    return frame.astype(object).where(frame.notna(), None)


def test_pyfunc_scores_as_transform_does(registry, scored):
    loaded = load(registry, "models:/shops/1")
    predicted = loaded.predict(scored.drop(columns=OUTPUTS))
    assert predicted.local_prediction.isna().sum() == 2
    pd.testing.assert_frame_equal(
        same_nulls(predicted), same_nulls(scored.drop(columns="id")), check_dtype=False, rtol=1e-9
    )
    assert loaded.metadata.get_input_schema().to_dict() == [
        {"name": "shop", "type": "string", "required": False},
        {"name": "spend", "type": "any", "required": True},
        {"name": "visits", "type": "any", "required": True},
    ]
    assert registry.get("shops").fields == [
        ("shop", "string"),
        ("spend", "double"),
        ("visits", "bigint"),
    ]
    assert loaded.metadata.get_output_schema().input_names() == OUTPUTS


def test_each_local_model_scores_its_store(registry, scored):
    for store, mine in scored[scored.shop.isin(["north", "south"])].groupby("shop"):
        features = mine[["spend", "visits"]]
        expected = mine.local_prediction.tolist()
        loaded = load(registry, f"models:/shops.{store}/1")
        assert loaded.predict(features).local_prediction.astype(float).tolist() == pytest.approx(
            expected, nan_ok=True
        )
        local = registry.load_local("shops", store)
        assert local.predict(features).local_prediction.astype(float).tolist() == pytest.approx(
            expected, nan_ok=True
        )
    with pytest.raises(ModelNotFoundError):
        registry.load_local("shops", "west")


def test_a_local_model_knows_nothing_of_other_stores(registry, model):
    text = b"".join(p.read_bytes() for p in registry.path("shops.north").iterdir())
    own, other = (model.data.local_models[store].scaling.mean for store in ("north", "south"))
    assert str(own[0]).encode() in text
    assert str(other[0]).encode() not in text


def test_load_gives_the_model_back(spark, registry, model, rows):
    loaded = registry.load("shops", spark=spark)
    assert loaded.data.tables == model.data.tables
    assert loaded.transform(rows).collect() == model.transform(rows).collect()
