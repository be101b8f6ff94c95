from __future__ import annotations

import pytest

from sparkfl.errors import SchemaError, StorageError
from sparkfl.tables import delta_version, read_table, write_table

FORMATS = ("delta", "parquet")


@pytest.fixture(params=["path", "name"])
def target(request, spark, tmp_path):
    """A table that is not there yet, by path or by name."""
    if request.param == "path":
        yield f"{tmp_path}/scores"
    else:
        yield "scores_of_test_tables"
        spark.sql("DROP TABLE IF EXISTS scores_of_test_tables")


def ids(rows):
    return sorted(row.id for row in rows.collect())


@pytest.mark.parametrize("format", FORMATS)
def test_whole_table_is_replaced(spark, target, format):
    write_table(spark.range(5), target, format=format)
    for _ in range(2):
        assert ids(write_table(spark.range(3), target, format=format)) == [0, 1, 2]
    wider = spark.range(2).selectExpr("id", "id * 2 AS twice")
    assert write_table(wider, target, format=format).columns == ["id", "twice"]


@pytest.mark.parametrize("format", FORMATS)
def test_only_the_key_is_replaced(spark, target, format):
    keys = [{"model": "it's", "version": 1}, {"model": "it's", "version": 2}]
    for key in (*keys, keys[0]):
        rows = write_table(spark.range(10 * key["version"]), target, key=key, format=format)
        assert rows.columns == ["id", "model", "version"]
    assert ids(write_table(spark.range(3), target, key=keys[0], format=format)) == [0, 1, 2]
    assert read_table(spark, target).count() == 3 + 20


def test_delta_takes_a_new_column_for_one_key(spark, target):
    write_table(spark.range(2), target, key={"version": 1})
    write_table(spark.range(2).selectExpr("id", "id AS again"), target, key={"version": 2})
    rows = read_table(spark, target).orderBy("version", "id").collect()
    assert [(row.version, row.again) for row in rows] == [(1, None), (1, None), (2, 0), (2, 1)]


def test_delta_version_counts_writes(spark, target):
    assert delta_version(spark, target) is None
    for version in range(2):
        write_table(spark.range(2), target)
        assert delta_version(spark, target) == version


def test_a_column_of_the_key_is_refused(spark, tmp_path):
    with pytest.raises(SchemaError, match="id"):
        write_table(spark.range(2), f"{tmp_path}/t", key={"id": 1})


@pytest.mark.parametrize("format", FORMATS)
def test_another_format_is_refused(spark, tmp_path, format):
    (other,) = set(FORMATS) - {format}
    write_table(spark.range(2), f"{tmp_path}/t", format=other)
    with pytest.raises(StorageError, match=f"holds {other}, and {format} was asked for"):
        write_table(spark.range(2), f"{tmp_path}/t", format=format)
    assert read_table(spark, f"{tmp_path}/t").count() == 2


def test_reads_what_spark_names(spark, tmp_path):
    write_table(spark.range(4), f"{tmp_path}/t")
    assert read_table(spark, f"delta.`{tmp_path}/t`").count() == 4
    with pytest.raises(StorageError, match="nothing is not there"):
        read_table(spark, f"{tmp_path}/nothing")
