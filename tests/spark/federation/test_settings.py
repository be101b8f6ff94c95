"""A user's session: its settings do not break a training, and its cache stays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession
from store_frames import FEATURES, frame

from sparkfl import FederatedClustering
from sparkfl.federation.evaluation import evaluate

KEY = "spark.sql.execution.arrow.maxRecordsPerBatch"


@pytest.fixture(params=["0", "-1", "7"])
def batches(request: pytest.FixtureRequest, spark: SparkSession) -> Iterator[str]:
    """A number of rows a batch; none and less mean no limit."""
    spark.conf.set(KEY, request.param)
    yield request.param
    spark.conf.unset(KEY)


@pytest.mark.usefixtures("batches")
def test_batches_of_any_size(spark: SparkSession) -> None:
    df = frame(spark)
    estimator = FederatedClustering(inputCols=FEATURES, globalK=3)
    model = estimator.fit(df)
    assert model.releases.count() == len(model.data.releases)
    assert model.transform(df).where("prediction IS NULL").count() == 0
    assert evaluate(model, df).count() == 3
    assert estimator.update(model, df).summary.kept == 3


def test_a_frame_that_is_cached_stays_cached(spark: SparkSession) -> None:
    df = frame(spark).cache()
    model = FederatedClustering(inputCols=FEATURES, globalK=3).fit(df)
    evaluate(model, df).count()
    assert df.storageLevel.useMemory
    df.unpersist()
