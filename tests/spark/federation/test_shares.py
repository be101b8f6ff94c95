"""What makes up an anomaly score, of a federation and of clusters, in SQL."""

from __future__ import annotations

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

ROWS = (
    "SELECT element_at(array('a.b', 'Süd'), int(id % 2) + 1) AS `the shop`, "
    "double(id % 7 + 40 * (id % 3)) AS `net spend`, int(id % 5) AS visits, id FROM range(120)"
)


@pytest.fixture(scope="module", params=["federation", "store", "quantile"])
def shops(spark: SparkSession, own_registry: str, request: pytest.FixtureRequest) -> SparkSession:
    spark.sql(
        "CREATE OR REPLACE FEDERATED MODEL shared PARTITION BY `the shop` TRANSFORM "
        "(vector_assembler(array(`net spend`, visits)) f) OPTIONS (TYPE = 'kmeans', K = 2, "
        f"GLOBAL_K = 2, MIN_CLUSTER_SIZE = 5, SCALING = '{request.param}') AS {ROWS}"
    )
    spark.sql(
        "CREATE OR REPLACE MODEL clusters OPTIONS (TYPE = 'kmeans', K = 3, SEED = 1) "
        f"AS SELECT `net spend`, visits FROM ({ROWS})"
    )
    return spark


def test_shares_add_up_to_the_score(shops: SparkSession) -> None:
    odd = (
        f"{ROWS} UNION ALL SELECT 'new', 400D, 1, 900 UNION ALL SELECT NULL, 1D, 2, 901 "
        "UNION ALL SELECT 'a.b', NULL, 2, 902 UNION ALL SELECT 'Süd', double('nan'), 2, 903"
    )
    told = shops.sql(f"SELECT * FROM model_explain_predict(shared, latest, {odd})").collect()
    assert len(told) == 124
    for row in told:
        if row.id in (902, 903):
            assert (row.anomaly_score, row.explained_value, row.attributions) == (None, None, None)
            continue
        parts = [part.attribution for part in row.attributions]
        assert row.explained_value == row.anomaly_score
        assert row.baseline == 0
        assert sum(parts) == pytest.approx(row.anomaly_score, rel=1e-9)
        assert parts == sorted(parts, reverse=True)
        assert row.attributions[0].feature == row.anomaly_reason[1:]


def test_contributions_of_flagged_rows_have_sizes(shops: SparkSession) -> None:
    told = shops.sql(f"SELECT * FROM model_detect_anomalies(shared, latest, 0.1, {ROWS})").collect()
    flagged = [row for row in told if row.is_anomaly]
    assert flagged
    for row in flagged:
        parts = [part.contribution for part in row.contributions]
        assert sum(parts) == pytest.approx(row.anomaly_score, rel=1e-9)


def test_the_mean_share_of_each_feature(shops: SparkSession) -> None:
    rows = f"SELECT * FROM model_global_explain(shared, latest, {ROWS})"
    found = {row.feature: row.attribution for row in shops.sql(rows).collect()}
    told = shops.sql(f"SELECT * FROM model_explain_predict(shared, latest, {ROWS})").collect()
    for name, mean in found.items():
        parts = [p.attribution for r in told for p in r.attributions if p.feature == name]
        assert mean == pytest.approx(sum(parts) / len(told))
    assert set(found) == {"net spend", "visits"}


def test_distances_from_centres_add_up(shops: SparkSession) -> None:
    query = f"SELECT * FROM model_explain_predict(clusters, latest, {ROWS})"
    scored = f"SELECT id, anomaly_score FROM model_detect_anomalies(clusters, latest, {ROWS})"
    scores = {row.id: row.anomaly_score for row in shops.sql(scored).collect()}
    for row in shops.sql(query).collect():
        assert row.explained_value == pytest.approx(scores[row.id])
        assert sum(p.attribution for p in row.attributions) == pytest.approx(scores[row.id])
    assert shops.sql(f"SELECT * FROM model_global_explain(clusters, latest, {ROWS})").count() == 2


def test_a_column_named_like_an_answer_is_refused(shops: SparkSession) -> None:
    query = f"SELECT *, 1 baseline FROM ({ROWS})"
    with pytest.raises(AnalysisException, match="baseline"):
        shops.sql(f"SELECT * FROM model_explain_predict(shared, latest, {query})")
