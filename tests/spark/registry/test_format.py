"""What sparkfl has saved since 0.1.0 is loaded, and means what it meant."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import mlflow.pyfunc
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession
from registry.format_samples import SCHEMA, rows, save

from sparkfl.errors import FormatError
from sparkfl.federation.data import FederationData
from sparkfl.federation.model import FederatedClusteringModel, read_model
from sparkfl.formats import FORMAT, READ
from sparkfl.models.fitted import SqlModel
from sparkfl.models.frame_model import FrameModel
from sparkfl.models.relation_model import RelationModel
from sparkfl.models.series_model import SeriesModel
from sparkfl.models.types import ALL_TYPES, FrameType, RelationType, SeriesType

RESOURCES = Path(__file__).parents[2] / "resources"
SAMPLES = RESOURCES / f"format_{FORMAT}"
FEDERATIONS = [
    "format_3/federated",
    # Made by a fit with the federation's scaling, of which a cluster of 12 % of the customers did
    # not count as large, as it is less than twice the contamination.
    "format_3/federated_common",
    "format_4/federated",
    "format_4/federated_quantile",
]
CONTENT = {
    "federated": "metadata.json",
    "kmeans": "model.json",
    "random_forest_classifier": "model.json",
}


@pytest.fixture(scope="module")
def customers(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(rows(), SCHEMA)


@pytest.mark.parametrize("name", FEDERATIONS)
def test_a_federation_scores_as_it_did(spark: SparkSession, name: str) -> None:
    expected = pd.read_csv(RESOURCES / name / "predicted.csv")
    data = FederationData.read(RESOURCES / name / "model" / "data")
    outputs = [field.name for field in data.outputFields()]
    assert list(expected.columns[-len(outputs) :]) == outputs
    frame = expected.drop(columns=outputs)
    model = FederatedClusteringModel(spark, data)
    for found in (data.predict(frame), model.transform(spark.createDataFrame(frame)).toPandas()):
        pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=0, atol=1e-9)


@pytest.mark.parametrize("format_", READ)
def test_a_federation_tells_frequent_customers_from_rare_ones(
    customers: DataFrame, format_: int
) -> None:
    samples = RESOURCES / f"format_{format_}"
    frame = customers.toPandas()
    found = mlflow.pyfunc.load_model(str(samples / "federated" / "model")).predict(frame)
    groups = found["local_prediction"].groupby([frame["shop"], frame["region"]]).unique()
    assert all(len(group) == 1 for group in groups)
    for shop in ("north", "süd"):
        assert set(groups[shop, "a"]) != set(groups[shop, "b"])
    assert found["anomaly_score"].between(0, 50).all()
    data = samples / "federated" / "model" / "data"
    local = FederationData.read_local(data, "süd")
    own = local.predict(frame[frame["shop"] == "süd"])
    assert set(own["local_prediction"]) == {0, 1}


@pytest.mark.parametrize("format_", READ)
def test_spark_reads_both_layouts_alike(
    spark: SparkSession, customers: DataFrame, format_: int
) -> None:
    samples = RESOURCES / f"format_{format_}"
    data = samples / "federated" / "model" / "data"
    registered = read_model(data, spark)
    saved = FederatedClusteringModel.load(str(samples / "federated" / "spark"))
    one, two = (model.transform(customers).toPandas() for model in (registered, saved))
    pd.testing.assert_frame_equal(one, two)
    assert saved.getInputCols() == ["spend", "visits"]
    assert {row.verdict for row in registered.verdicts.collect()} == {"ok"}


@pytest.mark.parametrize("format_", READ)
@pytest.mark.parametrize("name", ["kmeans", "random_forest_classifier"])
def test_single_models_predict(
    spark: SparkSession, customers: DataFrame, name: str, format_: int
) -> None:
    samples = RESOURCES / f"format_{format_}"
    model = SqlModel.read(samples / name / "model" / "data", spark)
    found = model.predict(customers).toPandas()
    pyfunc = mlflow.pyfunc.load_model(str(samples / name / "model"))
    assert list(pyfunc.predict(customers.toPandas())["prediction"]) == list(found["prediction"])
    if name == "random_forest_classifier":
        assert (found["prediction"] == found["churned"]).all()
    else:
        assert found["prediction"].groupby(found["region"]).nunique().tolist() == [1, 1]


READERS = {FrameType: FrameModel, SeriesType: SeriesModel, RelationType: RelationModel}


@pytest.mark.parametrize("archive", sorted((SAMPLES / "types").iterdir()), ids=lambda p: p.stem)
def test_a_model_of_each_type_predicts_as_it_did(
    spark: SparkSession, tmp_path: Path, archive: Path
) -> None:
    shutil.unpack_archive(archive, tmp_path)
    reader = READERS.get(type(ALL_TYPES[archive.stem]), SqlModel)
    model = reader.read(tmp_path / "model" / "data", spark)
    assert model.modelType == archive.stem
    if not (tmp_path / "predicted.csv").exists():
        assert isinstance(model, RelationModel)
        assert model.tables["patterns"].num_rows
        return
    expected = pd.read_csv(tmp_path / "predicted.csv")
    arrays = [c for c in expected if expected[c].astype(str).str.startswith("[").any()]
    expected[arrays] = expected[arrays].map(json.loads)
    outputs = getattr(model, "outputs", {"predictionCol": "prediction"}).values()
    outputs = [name for name in outputs if name in expected]
    given = spark.createDataFrame(expected.drop(columns=outputs))
    found = model.predict(given).toPandas()
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=0, atol=1e-9)


def test_every_type_has_a_sample() -> None:
    saved = {path.stem for path in (SAMPLES / "types").iterdir()}
    assert saved == set(ALL_TYPES)


@pytest.mark.parametrize("number", [None, 2, FORMAT + 1])
@pytest.mark.parametrize("name", CONTENT)
def test_another_format_is_refused_in_one_line(
    spark: SparkSession, tmp_path: Path, name: str, number: int | None
) -> None:
    content = json.loads((SAMPLES / name / "model" / "data" / CONTENT[name]).read_text())
    content["format"] = number
    (tmp_path / CONTENT[name]).write_text(json.dumps(content))
    read = FederationData.read if name == "federated" else SqlModel.read
    with pytest.raises(FormatError, match=r"Train it again|Upgrade sparkfl") as error:
        read(tmp_path)
    assert "\n" not in str(error.value)


def test_what_is_saved_now_has_the_layout_of_the_samples(
    spark: SparkSession, tmp_path: Path
) -> None:
    """A new key or file here: does what was saved without it still load? See docs/format.md."""
    save(spark, tmp_path)

    def layout(root: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        for name, file in CONTENT.items():
            data = root / name / "model" / "data"
            content = json.loads((data / file).read_text())
            # Younger than the samples; without it nothing is said of a guard.
            content.pop("guarded", None)
            found[name] = (sorted(content), sorted(content["inputs"]))
            found[f"{name} files"] = sorted(path.name for path in data.iterdir())
        return found

    assert layout(tmp_path) == layout(SAMPLES)
