from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as sf

from sparkfl.datasets.hashed_random import HashedRandom


def test_draws_have_their_distributions_and_do_not_correlate(spark: SparkSession) -> None:
    draw = HashedRandom(3, sf.col("id"))
    drawn = (
        spark.range(20_000)
        .select(
            draw.uniform("u").alias("u"),
            draw.normal("z").alias("z"),
            draw.geometric("g", 2.0).alias("g"),
            draw.integer("i", 6).alias("i"),
            draw.at(sf.lit(1)).uniform("u").alias("keyed"),
        )
        .toPandas()
    )
    assert 0 < drawn["u"].min() < drawn["u"].max() < 1
    assert np.histogram(drawn["u"], 10, (0, 1))[0] == pytest.approx(2000, abs=200)
    assert (drawn["z"].mean(), drawn["z"].std()) == pytest.approx((0, 1), abs=0.03)
    assert (drawn["g"].mean(), drawn["g"].min()) == (pytest.approx(2.0, abs=0.1), 0)
    assert drawn["g"].var() == pytest.approx(6.0, abs=0.5)
    assert sorted(drawn["i"].unique()) == list(range(6))
    assert np.abs(np.corrcoef(drawn.T) - np.eye(5)).max() < 0.03
