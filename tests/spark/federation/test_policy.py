"""A release policy, wherever figures leave a store: sizes count customers in every layout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from sparkfl import FederatedClustering
from sparkfl.errors import AggregationError, ParameterError, SchemaError
from sparkfl.execution.entities import ENTITY, entity_code
from sparkfl.execution.histogram import released_histogram
from sparkfl.execution.private import private_histogram
from sparkfl.execution.survey import survey
from sparkfl.execution.training import LocalTraining
from sparkfl.federation.evaluation import training_report
from sparkfl.federation.scoring.score_bin import score_bin
from sparkfl.privacy.noise import Noise
from sparkfl.privacy.policy import ReleasePolicy
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.scaling import Scaling

CUSTOMERS = {"few": 9, "some": 25, "many": 400}
EACH = 4
POLICY = ReleasePolicy(entity_key="Customer id")


@pytest.fixture(scope="module")
def visits(spark: SparkSession) -> Iterator[DataFrame]:
    """Several rows a customer, whose number is that of another customer in another store."""
    random = np.random.default_rng(0)
    parts = []
    for store, customers in CUSTOMERS.items():
        who = np.repeat(np.arange(customers), EACH)
        x = random.normal(size=(len(who), 2)) + np.array([[0, 0], [12, 0], [0, 12]])[who % 3]
        own = pd.DataFrame(x, columns=["x", "y"])
        parts.append(own.assign(store_id=store, **{"Customer id": who.astype(str)}))
    yield (frame := spark.createDataFrame(pd.concat(parts)).cache())
    frame.unpersist()


def fit(df: DataFrame, **options: object) -> dict[str, object]:
    """Fit the stores where their rows are, and tell verdict, clusters and how."""
    rules = Rules(10, "c", dominance=0.5, complementary=True, allow_identical=False)
    local = LocalTraining("bisecting_kmeans", 3, 0, rules, Scaling.identity(2))
    code = entity_code(F.col("`Customer id`")).alias(ENTITY)
    rows = df.select(F.array("x", "y").alias("features"), code, F.col("store_id").alias("store"))
    found = replace(local, **options).fit_stores(rows, 2)  # type: ignore[arg-type]
    return {
        store: (str(own.verdict), len(own.summary.n) if own.summary else 0, own.rows)
        for store, own in found.items()
    }


@pytest.mark.parametrize(
    "how",
    [{}, {"max_values": 150}, {"algorithm": "sklearn.cluster.KMeans"}],
    ids=["small", "large", "by estimator"],
)
def test_sizes_count_customers_in_every_layout(visits: DataFrame, how: dict[str, object]) -> None:
    """Eight or nine customers a cluster are too few, though they have 32 rows or more."""
    assert fit(visits, **how) == {
        "few": ("too_small", 0, 0),
        "some": ("ok", 1, 100),
        "many": ("ok", 3, 1600),
    }


def test_a_survey_tells_of_customers(visits: DataFrame) -> None:
    code = entity_code(F.col("`Customer id`")).alias(ENTITY)
    rows = visits.select(
        F.col("store_id").alias("store"), code, F.array("x", "y").alias("features")
    )
    known = survey(rows, 2, 3, Rules(10, "c"), moments=True)
    assert known.by_store("rows") == {"few": 36, "some": 100, "many": 1600}
    told = known.by_store("mean")
    assert [store for store in told if told[store] is None] == ["few"]
    withheld = survey(rows, 2, 3, Rules(10, "c", round=7, complementary=True))
    assert withheld.by_store("rows") == {"few": 0, "some": 98, "many": 1603}
    heavy = rows.withColumn(ENTITY, F.when(F.rand(1) < 0.6, 0).otherwise(F.col(ENTITY)))
    dominated = survey(heavy, 2, 3, Rules(10, "c", dominance=0.5), moments=True)
    assert dominated.moments() is None


def test_a_histogram_counts_each_customer_once(spark: SparkSession) -> None:
    """Twelve rows above are of three customers: it takes the bins below to make ten."""
    rows = spark.range(60).selectExpr(
        "IF(id < 12, id % 3, id) AS entity", "IF(id < 12, 900, 100 + id) AS bin"
    )
    assert released_histogram(rows.drop("entity"), F.col("bin"), Rules(10))[0] == (12, 900.0)
    cells = released_histogram(rows, F.col("bin"), Rules(10, "entity"))
    assert cells[0][0] == 19
    more = rows.union(spark.sql("SELECT id % 3, NULL FROM range(9)"))
    assert released_histogram(more, F.col("bin"), Rules(10, "entity")) == cells


@pytest.mark.parametrize("private", [False, True])
def test_a_histogram_computes_each_score_once(spark: SparkSession, private: bool) -> None:
    """Spark moves conditions below what they are made of, and computes that there, too."""
    computed = spark.sparkContext.accumulator(0)

    @F.udf("double")
    def score(number):  # type: ignore[no-untyped-def]
        computed.add(1)
        return None if number % 4 == 3 else 2.0 ** (number % 4)

    rows = spark.range(400).select((F.col("id") % 2).alias("store"), score("id").alias("score"))
    bin_ = score_bin("score")
    if private:
        bins = private_histogram(rows, bin_, 1, Noise("laplace", 1e-6), 1.0, [0, 1])
        assert bins.round(3)[bins > 0.5].tolist() == [100, 100, 100]
    else:
        cells = released_histogram(rows, bin_, Rules(10))
        assert cells == [(100, 1024.0), (100, 512.0), (100, 0.0)]
    assert computed.value == 400


@pytest.mark.parametrize("scaling", ["federation", "quantile", "store", "none"])
def test_a_federation_under_a_policy(visits: DataFrame, scaling: str) -> None:
    estimator = FederatedClustering(
        inputCols=["x", "y"], k=3, globalK=3, scaling=scaling, releasePolicy=POLICY
    )
    model = estimator.fit(visits)
    verdicts = {row.store_id: row for row in model.verdicts.collect()}
    assert {store: row.verdict for store, row in verdicts.items()} == {
        "few": "too_small",
        "some": "ok",
        "many": "ok",
    }
    assert {row.entity for row in verdicts.values()} == {"Customer id"}
    assert {row.merged_rows for row in verdicts.values()} <= {None, 0}
    assert [verdicts[store].rows for store in CUSTOMERS] == [0, 100, 1600]
    releases = model.data.releases
    assert (releases.n % 5 == 0).all()
    np.testing.assert_allclose(releases.mean * 100, np.round(releases.mean * 100), atol=1e-9)
    assert (model.data.distribution.n % 5 == 0).all()  # type: ignore[union-attr]
    report = training_report(model, visits)
    told = report.tables["evaluation"].set_index("store_id")
    assert told["rows"].to_dict() == {"few": 0, "some": 100, "many": 1600}
    assert told["global_silhouette"].isna().to_dict()["few"]
    assert report.tags["sparkfl.released"].startswith("of at least 10 different Customer id")
    # It is predicted as ever, and updated under the policy that it has.
    assert model.transform(visits.drop("Customer id")).where("is_anomaly IS NULL").count() == 0
    assert set(model.data.params["releasePolicy"]) == set(POLICY.to_json())
    changes = estimator.update(model, visits).changes.collect()
    assert {row.change for row in changes} == {"kept"}
    with pytest.raises(ParameterError, match="parameter releasePolicy"):
        estimator.copy({estimator.releasePolicy: ReleasePolicy(min_size=11).to_json()}).update(
            model, visits
        )


def test_stores_that_one_customer_dominates_say_so(visits: DataFrame) -> None:
    """Of 60 % of the rows the customer is not known: all of these are one."""
    someone = F.when(F.rand(1) < 0.4, F.col("`Customer id`"))
    guest = visits.where("store_id = 'many'").withColumn("Customer id", someone)
    with pytest.raises(AggregationError, match=r"1 dominated.*One customer has more of its rows"):
        FederatedClustering(inputCols=["x", "y"], releasePolicy=POLICY, scaling="none").fit(guest)


def test_a_feature_of_which_one_customer_has_most_counts_for_nothing(
    visits: DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    whale = F.when(F.col("`Customer id`") == "7", 1e9).otherwise(F.col("y")).alias("y")
    df = visits.select("store_id", "`Customer id`", "x", whale)
    for scaling in ("federation", "quantile"):
        caplog.clear()
        model = FederatedClustering(
            inputCols=["x", "y"], releasePolicy=POLICY, scaling=scaling
        ).fit(df)
        assert "no store may tell: y." in caplog.text
        assert model.data.scaling.std[0] > 0 == model.data.scaling.std[1]
        assert (model.data.releases.mean[:, 1] == 0).all()


def test_what_a_policy_needs_is_said(visits: DataFrame) -> None:
    estimator = FederatedClustering(inputCols=["x", "y"], releasePolicy=POLICY)
    with pytest.raises(SchemaError, match=r"Missing column 'Customer id'\. ENTITY_KEY of the rel"):
        estimator.fit(visits.drop("Customer id"))
    for key, what in (("store_id", "the store"), ("y", "a feature")):
        with pytest.raises(ParameterError, match=f"is '{key}', which is {what} too"):
            estimator.copy().setReleasePolicy(ReleasePolicy(entity_key=key)).fit(visits)
    with pytest.raises(ParameterError, match="no option crowd"):
        estimator.copy().setReleasePolicy({"crowd": 1.0}).fit(visits)


def described(spark: SparkSession, what: str) -> dict[str, str]:
    return {row.info_name: row.info_value for row in spark.sql(f"DESCRIBE {what}").collect()}


@pytest.fixture
def shops(spark: SparkSession, own_registry: str, visits: DataFrame) -> Iterator[SparkSession]:
    visits.createOrReplaceTempView("visits")
    spark.sql("CREATE SCHEMA IF NOT EXISTS sales")
    yield spark
    spark.sql("DROP SCHEMA sales CASCADE")
    spark.catalog.dropTempView("visits")


def test_policies_in_sql(shops: SparkSession) -> None:
    sql = shops.sql
    sql("CREATE RELEASE POLICY careful WITH (ENTITY_KEY = `Customer id`, MIN_SIZE = 12, GRID = 0)")
    sql("CREATE RELEASE POLICY sales.`careful` WITH (MIN_SIZE = 30)")
    with pytest.raises(AnalysisException, match=r"RELEASE_POLICY_ALREADY_EXISTS.*Careful"):
        sql("CREATE RELEASE POLICY Careful")
    sql("CREATE RELEASE POLICY IF NOT EXISTS careful WITH (MIN_SIZE = 99)")
    assert described(shops, "RELEASE POLICY careful")["MIN_SIZE"] == "12"
    sql("ALTER RELEASE POLICY careful SET (MIN_SIZE = 15, GRID = NULL)")
    told = described(shops, "RELEASE POLICY CAREFUL")
    assert (told["MIN_SIZE"], told["GRID"], told["ENTITY_KEY"]) == ("15", "0.01", "Customer id")
    assert told["released"].startswith("of at least 15 different Customer id, none with more than")
    rows = sql("SHOW RELEASE POLICIES LIKE 'care*'").collect()
    assert [row.policy_name for row in rows] == ["careful", "sales.careful"]
    sql("CREATE OR REPLACE RELEASE POLICY sales.careful WITH (MIN_SIZE = 40)")
    assert described(shops, "RELEASE POLICY sales.careful")["MIN_SIZE"] == "40"
    for wrong, said in {
        "MIN_SIZE = 2": "MIN_SIZE must be an integer of at least 3; got 2",
        "CROWD = 1.0": "A release policy has no option CROWD",
        "EPSILON = 1.0": "A release policy with EPSILON needs BOUNDS",
        "DOMINANCE = 0": "DOMINANCE must be a number above 0 and at most 1",
        "ENTITY_KEY = 7": "ENTITY_KEY must be a column name",
    }.items():
        with pytest.raises(AnalysisException, match=said):
            sql(f"CREATE RELEASE POLICY wrong WITH ({wrong})")
    sql("DROP RELEASE POLICY sales.careful")
    sql("DROP RELEASE POLICY IF EXISTS sales.careful")
    with pytest.raises(AnalysisException, match=r"RELEASE_POLICY_NOT_FOUND.*which has 'careful'"):
        sql("DESCRIBE RELEASE POLICY sales.careful")
    assert "careful" not in [row.model_name for row in sql("SHOW MODELS").collect()]


def test_a_version_keeps_to_its_policy(shops: SparkSession) -> None:
    sql = shops.sql
    sql("CREATE OR REPLACE RELEASE POLICY strict WITH (ENTITY_KEY = `Customer id`, ROUND = 7)")
    sql(
        "CREATE FEDERATED MODEL strict PARTITION BY store_id OPTIONS (MODEL_TYPE = 'kmeans', "
        "NUM_CLUSTERS = 3, GLOBAL_NUM_CLUSTERS = 3, RELEASE_POLICY = 'strict') "
        "AS SELECT * FROM visits"
    )
    first = described(shops, "MODEL strict")
    assert first["released"].startswith("of at least 10 different Customer id")
    assert "x double, y double" in first["fields"]
    assert "Customer id" not in first["fields"]
    sql("ALTER RELEASE POLICY strict SET (MIN_SIZE = 200)")
    sql("DROP RELEASE POLICY strict")
    sql("REFRESH MODEL strict")
    sql("REFRESH MODEL strict PARTITION ('many')")
    sql("UPDATE MODEL strict OPTIONS (INCREMENTAL = TRUE) AS SELECT * FROM visits")
    last = described(shops, "MODEL strict")
    assert (last["version"], last["released"]) == ("4", first["released"])
    rows = sql("SELECT store_id, rows, entity FROM model_verdicts(strict)").collect()
    assert {tuple(row) for row in rows} == {
        ("few", 0, "Customer id"),
        ("many", 1603, "Customer id"),
        ("some", 98, "Customer id"),
    }
    again = sql("SHOW CREATE MODEL strict").collect()[0][0]
    sql(again.replace("MODEL `strict`", "MODEL `twin`"))
    assert described(shops, "MODEL twin")["released"] == first["released"]
    with pytest.raises(AnalysisException, match="no release policy 'strict'"):
        sql(
            "UPDATE MODEL strict OPTIONS (MODEL_TYPE = 'kmeans', RELEASE_POLICY = strict) "
            "AS SELECT * FROM visits"
        )
