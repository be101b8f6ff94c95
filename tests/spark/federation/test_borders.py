"""What is said of things that are no frame, and of places that cannot be written."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession
from store_frames import FEATURES, frame

from sparkfl import FederatedClustering, FederatedClusteringModel
from sparkfl.errors import FormatError, ParameterError, SchemaError, StorageError
from sparkfl.execution.writable import check_writable
from sparkfl.federation.evaluation import evaluate
from sparkfl.registry import ModelRegistry

PANDAS = pd.DataFrame({"store_id": ["a"], "spend": [1.0]})
NO_FRAMES = {
    "pandas": (PANDAS, r"not a pandas\.DataFrame: make one of it, spark\.createDataFrame"),
    "arrow": (pa.Table.from_pandas(PANDAS), r"not a pyarrow\.Table: make one of it"),
    "list": ([("a", 1.0)], r"not a list: make one of it"),
    "path": ("/shop/features", r"not the text '/shop/features': read it first: .*read_table"),
    "none": (None, r"not None: name one"),
}


@pytest.fixture(scope="module")
def customers(spark: SparkSession) -> DataFrame:
    return frame(spark, stores=2)


@pytest.fixture(scope="module")
def model(customers: DataFrame) -> FederatedClusteringModel:
    return FederatedClustering(inputCols=FEATURES, globalK=3).fit(customers)


@pytest.mark.parametrize("kind", list(NO_FRAMES))
def test_what_is_no_frame_of_sparks(
    customers: DataFrame, model: FederatedClusteringModel, kind: str
) -> None:
    value, told = NO_FRAMES[kind]
    estimator = FederatedClustering(inputCols=FEATURES)
    for call in (
        estimator.fit,
        estimator.check,
        model.transform,
        lambda v: estimator.update(model, v),
        lambda v: evaluate(model, v),
    ):
        with pytest.raises(SchemaError, match=told):
            call(value)
    if value is not None:
        with pytest.raises(SchemaError, match="changed takes a Spark DataFrame, " + told):
            FederatedClustering(inputCols=FEATURES, globalK=3).update(model, customers, value)


def test_what_is_no_model(
    customers: DataFrame, model: FederatedClusteringModel, tracking_uri: str, tmp_path: Path
) -> None:
    estimator = FederatedClustering(inputCols=FEATURES)
    with pytest.raises(ParameterError, match=r"its first argument is a pyspark\.DataFrame"):
        evaluate(customers, model)  # type: ignore[arg-type]
    registry = ModelRegistry(tracking_uri)
    for given, name in ((None, "NoneType"), (estimator, r"sparkfl\.FederatedClustering")):
        with pytest.raises(ParameterError, match=f"a fitted model of sparkfl, not a {name}"):
            registry.register("m", given)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="tracking_uri is 5"):
        ModelRegistry(5)  # type: ignore[arg-type]
    model.save(f"{tmp_path}/model")
    estimator.save(f"{tmp_path}/estimator")
    with pytest.raises(FormatError, match=r"model holds a .*Model, not a FederatedClustering\."):
        FederatedClustering.load(f"{tmp_path}/model")
    with pytest.raises(FormatError, match=r"estimator holds a .*, not a FederatedClusteringModel"):
        FederatedClusteringModel.load(f"{tmp_path}/estimator")
    assert FederatedClustering.load(f"{tmp_path}/estimator").getInputCols() == FEATURES


@pytest.mark.parametrize("option", ["checkpointDir", "guardPath"])
def test_a_directory_that_cannot_be_written_is_found_first(
    customers: DataFrame, tmp_path: Path, option: str
) -> None:
    (tmp_path / "file").write_text("")
    for place in (f"{tmp_path}/file", f"{tmp_path}/file/x", "/proc/nothing", "foo://there/nothing"):
        estimator = FederatedClustering(inputCols=FEATURES, **{option: place})
        with pytest.raises(StorageError, match=f"{option} {place} cannot be") as raised:
            estimator.fit(customers)
        assert len(str(raised.value).splitlines()) == 1
        assert "org.apache" not in str(raised.value)


def test_a_guard_is_in_no_directory_of_others(customers: DataFrame, tmp_path: Path) -> None:
    customers.limit(1).write.parquet(f"{tmp_path}/table")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "of.txt").write_text("something else")
    for place, wrong in (("table", "without the column store"), ("notes", "cannot be read")):
        estimator = FederatedClustering(inputCols=FEATURES, guardPath=f"{tmp_path}/{place}")
        with pytest.raises(StorageError, match=rf"guardPath .*/{place} .*{wrong}"):
            estimator.fit(customers)


def test_looking_at_a_checkpoint_leaves_its_results(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "abc").mkdir()
    (tmp_path / "abc" / "result").write_text("of a store")
    for _ in range(2):
        check_writable(spark, str(tmp_path), "checkpointDir")
    assert (tmp_path / "abc" / "result").read_text() == "of a store"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["_writable", "abc"]
