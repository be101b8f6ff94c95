"""Models of every kind that one Spark has saved, loaded by the others.

`make compat-models` saves them in each lane, and then loads in each those of the others.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from rows import SCHEMA, create, rows, transform

from sparkfl.models.types import MODEL_TYPES, FrameType
from sparkfl.transforms import TRANSFORMERS

pytestmark = pytest.mark.compat

HOME = Path(os.environ.get("SPARKFL_TEST_MODELS", "/nowhere"))
"""Where the lanes put their models, each into a folder called as its Spark."""

_NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")
_OTHERS = {
    "federation": "CREATE FEDERATED MODEL federation PARTITION BY city OPTIONS (TYPE = 'kmeans', "
    "K = 2, MIN_CLUSTER_SIZE = 3, SEED = 1) AS SELECT city, x, y FROM conformance",
    "one_vs_rest": "CREATE MODEL one_vs_rest OPTIONS (TYPE = 'logistic_reg', LABEL = label, "
    "ONE_VS_REST = TRUE, MAX_ITER = 5) AS SELECT x, y, label FROM conformance",
    "taste": "CREATE MODEL taste OPTIONS (TYPE = 'als', USER = id, ITEM = grade, RATING = x, "
    "MAX_ITER = 2, SEED = 1) AS SELECT id, grade, x FROM conformance",
}


def statements() -> dict[str, str]:
    """Return what trains a model of each kind, by its name."""
    types = {name: create(name, name) for name in MODEL_TYPES if _is_here(name)}
    transformers = {
        f"of_{name}": f"CREATE OR REPLACE MODEL of_{name} TRANSFORM ({transform(name)}) OPTIONS "
        "(TYPE = 'linear_reg', LABEL = weight) AS SELECT * FROM conformance"
        for name in TRANSFORMERS
    }
    return {**types, **transformers, **_OTHERS}


def _is_here(name: str) -> bool:
    """Tell whether it needs no package that the lanes have not."""
    kind = MODEL_TYPES[name]
    return not (isinstance(kind, FrameType) and kind.package)


@pytest.fixture(scope="module")
def conformance(spark: SparkSession, own_registry: str) -> Iterator[SparkSession]:
    if not HOME.is_dir():
        pytest.skip("run by `make compat-models`")
    frame = spark.createDataFrame(rows(), SCHEMA).coalesce(1).cache()
    frame.createOrReplaceTempView("conformance")
    # MLlib logs what it fails to read, with a trace; the jobs and `sparkfl sql` log nothing either.
    spark.sparkContext.setLogLevel("OFF")
    yield spark
    spark.sparkContext.setLogLevel("ERROR")
    spark.catalog.dropTempView("conformance")
    frame.unpersist()


def told(spark: SparkSession, model: str) -> list[str]:
    """Return what a model says of all rows."""
    found = spark.sql(f"SELECT * FROM model_predict({model}, TABLE(conformance)) ORDER BY id")
    given = spark.table("conformance").columns
    outputs = [name for name in found.columns if name not in given]
    assert outputs
    rows_ = [str(row) for row in found.select(*outputs).collect()]
    # Another Spark may add in another order.
    return [_NUMBER.sub(lambda number: f"{float(number[0]):.9g}", row) for row in rows_]


@pytest.mark.parametrize("name", statements())
def test_one_is_saved(conformance: SparkSession, name: str) -> None:
    folder = HOME / conformance.version / name
    shutil.rmtree(folder, ignore_errors=True)
    conformance.sql(statements()[name])
    conformance.sql(f"EXPORT MODEL {name} TO '{folder}'")
    folder.with_suffix(".json").write_text(json.dumps(told(conformance, name)))


@pytest.mark.parametrize("name", statements())
def test_another_spark_s_is_loaded(conformance: SparkSession, name: str) -> None:
    """What it says is the same, or the error says which Spark reads it: then it is skipped."""
    refused = []
    for folder in sorted(HOME.glob(f"*/{name}")):
        version = folder.parent.name
        if version == conformance.version:
            continue
        try:
            conformance.sql(f"CREATE OR REPLACE MODEL other FROM '{folder}'")
            found = told(conformance, "other")
        except PySparkException as error:
            message = str(error)
            assert f"saved by Spark {version}, and Spark {conformance.version}" in message
            refused.append(message.splitlines()[0])
            continue
        assert found == json.loads(folder.with_suffix(".json").read_text())
    if refused:
        pytest.skip(" ".join(refused))
