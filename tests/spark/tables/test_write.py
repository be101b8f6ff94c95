"""Where tables can be written, and with which names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from sparkfl.errors import ParameterError, SchemaError, StorageError
from sparkfl.tables import check_target, read_table, write_table

ODD = ["a b", "c;d", "e.f", "q`r", "ü=x", "order", "Order\t2", "{x}"]


@pytest.mark.parametrize("format", ["delta", "parquet"])
@pytest.mark.parametrize("place", ["path", "relative path", "name"])
def test_any_name_of_a_column_can_be_written(
    spark: SparkSession, tmp_path: Path, format: str, place: str
) -> None:
    path = f"{tmp_path}/odd it's {format}"
    name = {"path": path, "relative path": os.path.relpath(path)}.get(place, f"odd_{format}")
    plain = spark.range(2).toDF("a")
    odd = spark.createDataFrame([tuple(range(len(ODD)))], ODD)
    try:
        for rows in (plain, odd, odd):
            written = write_table(rows, name, format=format)
            assert written.columns == rows.columns
            assert written.count() == rows.count()
    finally:
        if place == "name":
            spark.sql(f"DROP TABLE IF EXISTS {name}")


def test_nested_names_are_mapped_too(spark: SparkSession, tmp_path: Path) -> None:
    rows = spark.sql("SELECT array(named_struct('a b', 1)) AS x, map('k', struct(2 AS `c,d`)) AS y")
    assert write_table(rows, f"{tmp_path}/t").collect() == rows.collect()


def test_what_stands_there_is_not_lost(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.docx").write_text("years of work")
    (tmp_path / "mine" / "part.parquet").write_text("")
    (tmp_path / "rows.csv").write_text("a\n1\n")
    (tmp_path / "my rows.parquet").write_text("a\n1\n")
    (tmp_path / "csvs").mkdir()
    (tmp_path / "csvs" / "rows.csv").write_text("a\n1\n")
    for name, kind in (
        ("mine", "other files"),
        ("rows.csv", "a file"),
        ("my rows.parquet", "a file"),
        ("csvs", "csv"),
    ):
        for format in ("delta", "parquet"):
            with pytest.raises(StorageError, match=f"holds {kind}.*write to another place"):
                write_table(spark.range(1), f"{tmp_path}/{name}", format=format)
    assert (tmp_path / "mine" / "thesis.docx").read_text() == "years of work"


def test_tables_and_views_of_another_kind(spark: SparkSession) -> None:
    spark.range(1).createOrReplaceTempView("a_view")
    spark.sql("CREATE TABLE of_parquet USING parquet AS SELECT 1 AS id")
    try:
        with pytest.raises(StorageError, match="a_view holds a view"):
            write_table(spark.range(1), "a_view")
        with pytest.raises(StorageError, match="of_parquet holds parquet, and delta was asked for"):
            write_table(spark.range(1), "of_parquet")
        check_target(spark, "of_parquet", "parquet")
        with pytest.raises(StorageError, match="there is no schema nowhere"):
            check_target(spark, "nowhere.scores")
        with pytest.raises(StorageError, match=r"cannot be written: .*my-scores.* \(./my-scores\)"):
            check_target(spark, "my-scores")
    finally:
        spark.sql("DROP TABLE of_parquet")
        spark.catalog.dropTempView("a_view")


def test_a_key_is_replaced_whatever_its_text(spark: SparkSession, tmp_path: Path) -> None:
    odd = spark.createDataFrame([tuple(range(len(ODD)))], ODD)
    keys = [{"model": "it's \\ a", "version": version} for version in (1, 2)]
    for rows, key in ((spark.range(2), keys[0]), (odd, keys[1]), (odd, keys[0]), (odd, keys[0])):
        assert write_table(rows, f"{tmp_path}/t", key=key).count() == rows.count()
    assert read_table(spark, f"{tmp_path}/t").count() == 2


@pytest.mark.parametrize("format", ["delta", "parquet"])
def test_where_nothing_can_be_written(spark: SparkSession, tmp_path: Path, format: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"cannot be written: .*Name another place") as raised:
        write_table(spark.range(1), f"{tmp_path}/file/scores", format=format)
    assert len(str(raised.value).splitlines()) == 1
    assert "java" not in str(raised.value)


def test_what_is_refused_before_anything_is_computed(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="written as delta or parquet, not as 'csv'"):
        write_table(spark.range(1), f"{tmp_path}/t", format="csv")
    with pytest.raises(SchemaError, match=r"columns \['Model'\], which .* keeps for its key"):
        write_table(spark.range(1).toDF("Model"), f"{tmp_path}/t", key={"model": 1})
    with pytest.raises(SchemaError, match="write_table takes a Spark DataFrame, not a list"):
        write_table([1], f"{tmp_path}/t")  # type: ignore[arg-type]


def test_an_empty_table_is_a_table(spark: SparkSession, tmp_path: Path) -> None:
    for format in ("delta", "parquet"):
        written = write_table(spark.range(0), f"{tmp_path}/{format}", format=format)
        assert (written.columns, written.count()) == (["id"], 0)
        assert read_table(spark, f"{tmp_path}/{format}").columns == ["id"]
