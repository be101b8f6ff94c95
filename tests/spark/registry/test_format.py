"""What sparkfl 0.1.0 saved is loaded, and means what it meant."""

from __future__ import annotations

import json
from pathlib import Path

import mlflow.pyfunc
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession
from registry.format_samples import SCHEMA, rows, save

from sparkfl.errors import FormatError
from sparkfl.federation.data import FederationData
from sparkfl.federation.model import FederatedClusteringModel, read_model
from sparkfl.formats import FORMAT
from sparkfl.models.fitted import SqlModel

SAMPLES = Path(__file__).parents[2] / "resources" / f"format_{FORMAT}"
CONTENT = {
    "federated": "metadata.json",
    "kmeans": "model.json",
    "random_forest_classifier": "model.json",
}


@pytest.fixture(scope="module")
def customers(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(rows(), SCHEMA)


def test_a_federation_tells_frequent_customers_from_rare_ones(customers: DataFrame) -> None:
    frame = customers.toPandas()
    found = mlflow.pyfunc.load_model(str(SAMPLES / "federated" / "model")).predict(frame)
    groups = found["local_prediction"].groupby([frame["shop"], frame["region"]]).unique()
    assert all(len(group) == 1 for group in groups)
    for shop in ("north", "süd"):
        assert set(groups[shop, "a"]) != set(groups[shop, "b"])
    assert found["anomaly_score"].between(0, 50).all()
    data = SAMPLES / "federated" / "model" / "data"
    local = FederationData.read_local(data, "süd")
    own = local.predict(frame[frame["shop"] == "süd"])
    assert set(own["local_prediction"]) == {0, 1}


def test_spark_reads_both_layouts_alike(spark: SparkSession, customers: DataFrame) -> None:
    data = SAMPLES / "federated" / "model" / "data"
    registered = read_model(data, spark)
    saved = FederatedClusteringModel.load(str(SAMPLES / "federated" / "spark"))
    one, two = (model.transform(customers).toPandas() for model in (registered, saved))
    pd.testing.assert_frame_equal(one, two)
    assert saved.getInputCols() == ["spend", "visits"]
    assert {row.verdict for row in registered.verdicts.collect()} == {"ok"}


@pytest.mark.parametrize("name", ["kmeans", "random_forest_classifier"])
def test_single_models_predict(spark: SparkSession, customers: DataFrame, name: str) -> None:
    model = SqlModel.read(SAMPLES / name / "model" / "data", spark)
    found = model.predict(customers).toPandas()
    pyfunc = mlflow.pyfunc.load_model(str(SAMPLES / name / "model"))
    assert list(pyfunc.predict(customers.toPandas())["prediction"]) == list(found["prediction"])
    if name == "random_forest_classifier":
        assert (found["prediction"] == found["churned"]).all()
    else:
        assert found["prediction"].groupby(found["region"]).nunique().tolist() == [1, 1]


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
            found[name] = (sorted(content), sorted(content["inputs"]))
            found[f"{name} files"] = sorted(path.name for path in data.iterdir())
        return found

    assert layout(tmp_path) == layout(SAMPLES)
