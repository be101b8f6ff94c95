"""What is said of rows that an estimator does not take: models/training."""

from __future__ import annotations

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession


def test_a_feature_that_mllib_numbers_is_named(spark: SparkSession, tracking_uri: str) -> None:
    spark.conf.set("spark.sparkfl.trackingUri", tracking_uri)
    with pytest.raises(AnalysisException) as caught:
        spark.sql(
            "CREATE MODEL m TRANSFORM (string_indexer(town) town_number, "
            "vector_assembler(array(x, town_number)) f) "
            "OPTIONS (MODEL_TYPE = 'random_forest_classifier', LABEL_COL = 'label') "
            "AS SELECT id * 1.0 x, string(id) town, id % 2 label FROM range(50)"
        )
    spark.conf.unset("spark.sparkfl.trackingUri")
    told = str(caught.value)
    assert "MAX_BINS (= 32)" in told
    assert "categorical feature town_number has 50 values" in told
