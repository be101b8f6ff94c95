from __future__ import annotations

import pytest
from pyspark.sql import DataFrame, SparkSession

from sparkfl.errors import SchemaError
from sparkfl.features import FEATURES, churn_label, standardize, store_features


@pytest.fixture(scope="module")
def standardized(spark: SparkSession) -> DataFrame:
    rows = [
        (store, f"{store}{i}", 10.0 * i, i + 1, i * i, 100 if i == 0 else i)
        for store in ("comfort", "sporty")
        for i in range(6)
    ]
    return standardize(spark.createDataFrame(rows, ("store_id", "customer_id", *FEATURES)))


def test_only_the_one_who_left_long_ago_is_labelled(standardized: DataFrame) -> None:
    labels = {row.customer_id: row.churn_label for row in churn_label(standardized).collect()}
    assert {customer for customer, label in labels.items() if label == 1} == {"comfort0", "sporty0"}
    assert set(labels.values()) == {0, 1}


def test_the_seeds_query_runs_on_a_store(spark: SparkSession, standardized: DataFrame) -> None:
    store_features(standardized).createOrReplaceTempView("src_for_fedlrn")
    rows = spark.sql(
        """
        SELECT sf.standardized_avg_order_value as standardized_avg_order_value,
               sf.customer_id, sf.churn_label
        FROM (select explode(store_features) as sf FROM src_for_fedlrn where store_id = 'comfort')
        """
    ).collect()
    spark.catalog.dropTempView("src_for_fedlrn")
    assert [row.customer_id for row in rows] == [f"comfort{i}" for i in range(6)]
    expected = {row.customer_id: row.standardized_avg_order_value for row in standardized.collect()}
    assert all(row.standardized_avg_order_value == expected[row.customer_id] for row in rows)


def test_a_row_a_store_names_its_model(standardized: DataFrame) -> None:
    rows = store_features(churn_label(standardized)).collect()
    assert {row.model_name for row in rows} == {
        "churn_prediction_lr_comfort",
        "churn_prediction_lr_sporty",
    }
    assert {len(row.store_features) for row in rows} == {6}


def test_missing_columns_are_named(standardized: DataFrame) -> None:
    with pytest.raises(SchemaError, match="standardized_total_orders"):
        store_features(standardized.drop("standardized_total_orders"))
    with pytest.raises(SchemaError, match="standardized_days_since_last_purchase"):
        churn_label(standardized.drop("standardized_days_since_last_purchase"))


def test_columns_have_any_name(spark: SparkSession, standardized: DataFrame) -> None:
    renamed = standardized.withColumnRenamed("store_id", "shop.no `1`").withColumnRenamed(
        "customer_id", "who"
    )
    rows = store_features(renamed, storeCol="SHOP.no `1`", customerCol="Who")
    assert rows.columns == ["shop.no `1`", "model_name", "store_features"]
    first = rows.orderBy("model_name").first()
    assert first.store_features[0].who == "comfort0"
    for name in ("model_name", "Store_Features"):
        with pytest.raises(SchemaError, match=f"'{name}' has the name of an output"):
            store_features(standardized.withColumnRenamed("store_id", name), storeCol=name)


def test_a_label_that_is_there_is_kept_or_refused(standardized: DataFrame) -> None:
    labelled = churn_label(standardized)
    with pytest.raises(SchemaError, match="'churn_label' has the name of an output"):
        churn_label(labelled)
    other = standardized.selectExpr("*", "7 AS Churn_Label")
    labels = store_features(other).selectExpr("explode(store_features.churn_label)").collect()
    assert {row[0] for row in labels} == {7}
    text = standardized.selectExpr("'x' AS standardized_days_since_last_purchase")
    with pytest.raises(SchemaError, match="is string"):
        churn_label(text)
