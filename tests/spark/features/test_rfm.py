from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql import SparkSession

from sparkfl.errors import ParameterError, SchemaError
from sparkfl.features import rfm_cuts, rfm_scores


def test_scores_go_by_the_quantiles_of_each_store(spark: SparkSession) -> None:
    """As numpy counts them; ties are equal, a store of NULL and of one customer among them."""
    rows = spark.sql(
        "SELECT nullif(concat('ü ', id % 3), 'ü 2') AS `the store`, id % 7 AS days, "
        "nullif(id * id % 11, 0) AS orders, CAST(id % 5 AS DECIMAL(5, 2)) AS spent "
        "FROM range(100) UNION ALL SELECT 'alone', 3, 1, 1"
    )
    names = ("days", "orders", "spent")
    found = rfm_scores(rows, *names, per="the store").toPandas()
    assert list(found.columns) == [*rows.columns, "r_score", "f_score", "m_score", "rfm"]
    assert len(found) == 101
    for _, own in found.groupby("the store", dropna=False):
        for name, score in zip(names, ("r_score", "f_score", "m_score"), strict=True):
            value = own[name].astype(float)
            cuts = np.nanquantile(value, [0.2, 0.4, 0.6, 0.8])
            wanted = [
                np.nan if np.isnan(v) else 1 + ((cuts >= v) if name == "days" else (cuts < v)).sum()
                for v in value
            ]
            np.testing.assert_array_equal(own[score].astype(float), wanted)
    cut = rfm_cuts(rows, *names, per="the store")
    later = rfm_scores(rows.where("days = 1"), *names, per="the store", cuts=cut).toPandas()
    same = found[found["days"] == 1]
    assert sorted(later["rfm"].fillna("")) == sorted(same["rfm"].fillna(""))


def test_what_cannot_be_scored(spark: SparkSession) -> None:
    rows = spark.sql("SELECT 1 AS a, 'x' AS b, 1 AS rfm WHERE false")
    with pytest.raises(ParameterError, match="scores must be an integer from 2 to 9; got 1"):
        rfm_cuts(rows, "a", "a", "a", scores=1)
    with pytest.raises(SchemaError, match="'b' is string"):
        rfm_cuts(rows, "a", "b", "a")
    with pytest.raises(SchemaError, match="rfm"):
        rfm_scores(rows, "a", "a", "a")
    assert rfm_scores(rows.drop("rfm"), "a", "a", "a").collect() == []
