from __future__ import annotations

import logging
import random
from collections import Counter
from pathlib import Path

import pytest
from pyspark.ml.linalg import Vectors

from sparkfl.errors import SchemaError
from sparkfl.tables import changes, read_table, write_table
from sparkfl.tables.changes import changed_stores

STORES = ["'a'", "'b'", "'it''s'", "NULL"]
VALUES = ["0D", "1D", "NULL", "double('NaN')"]
FEED = "TBLPROPERTIES (delta.enableChangeDataFeed = true)"


def create(spark, path, query, feed=FEED):
    """Make a table; its name in SQL."""
    spark.sql(f"CREATE TABLE delta.`{path}` USING delta {feed} AS {query}")
    return f"delta.`{path}`"


@pytest.fixture
def changed(monkeypatch):
    """Find the stores by the feed and by comparing snapshots, which must be the same."""

    def both(*arguments):
        stores = stores_of(changed_stores(*arguments))
        with monkeypatch.context() as without:
            without.setattr(changes, "_changed_by_feed", lambda *_: None)
            assert stores_of(changed_stores(*arguments)) == stores
        return stores

    return both


def random_rows(dice, n):
    rows = (f"({dice.choice(STORES)}, {dice.choice(VALUES)}, 0)" for _ in range(n))
    return f"VALUES {', '.join(rows)} AS rows(store, x, note)"


def random_edit(dice, table):
    store, value = dice.choice(STORES), dice.choice(VALUES)
    return dice.choice(
        [
            f"INSERT INTO {table} SELECT * FROM {random_rows(dice, 3)}",
            f"UPDATE {table} SET x = {value} WHERE store <=> {store}",
            f"UPDATE {table} SET note = note + 1 WHERE store <=> {store}",
            f"DELETE FROM {table} WHERE store <=> {store} AND x <=> {value}",
            f"MERGE INTO {table} t USING (SELECT {store} AS s, {value} AS y) ON t.store <=> s "
            "WHEN MATCHED AND t.x <=> y THEN DELETE WHEN MATCHED THEN UPDATE SET x = y "
            "WHEN NOT MATCHED THEN INSERT (store, x, note) VALUES (s, y, 0)",
            f"INSERT OVERWRITE {table} SELECT * FROM {table}",
        ]
    )


def rows_of(spark, path):
    """Multiset of a table's rows, by store."""
    multisets: dict[str | None, Counter[str]] = {}
    for row in read_table(spark, path).collect():
        multisets.setdefault(row.store, Counter())[repr(row.x)] += 1
    return multisets


def stores_of(frame):
    found = [row[0] for row in frame.collect()]
    assert len(found) == len(set(found))
    return set(found)


def test_random_edits_are_found(spark, tmp_path, caplog, changed):
    dice = random.Random(1)
    path = str(tmp_path / "t")
    table = create(spark, path, f"SELECT * FROM {random_rows(dice, 8)}")
    history = {_version(path): rows_of(spark, path)}
    for _ in range(4):
        spark.sql(random_edit(dice, table))
        history[_version(path)] = rows_of(spark, path)
    last = max(history)
    caplog.set_level(logging.INFO, "sparkfl.tables.changes")
    for since, until in ((0, last), (last // 2, last), (0, last // 2)):
        old, new = history[since], history[until]
        expected = {store for store in old | new if old.get(store) != new.get(store)}
        assert changed(spark, path, "store", ["x"], since, until) == expected
    assert "comparing snapshots" not in caplog.text


def _version(path):
    return max(int(commit.stem) for commit in Path(path, "_delta_log").glob("*.json"))


def test_what_is_no_change(spark, tmp_path, changed):
    path = str(tmp_path / "t")
    table = create(spark, path, "SELECT id % 3 AS store, id AS x FROM range(9)")
    spark.sql(f"INSERT INTO {table} VALUES (7, 7)")
    spark.sql(f"DELETE FROM {table} WHERE store = 7")
    spark.sql(f"OPTIMIZE {table}")
    spark.sql(f"ALTER TABLE {table} ADD COLUMN later INT")
    spark.sql(f"UPDATE {table} SET later = 1")
    assert changed(spark, path, "store", ["x"], 0) == set()
    assert changed(spark, table, "store", ["x"], 1, 2) == {7}
    with pytest.raises(SchemaError, match=r"later.* at version 0.*train all stores"):
        changed_stores(spark, path, "store", ["later"], 0)


def test_every_row_counts_as_often_as_it_is_there(spark, tmp_path, changed):
    path = str(tmp_path / "t")
    twice = "VALUES ('one', 1), ('two', 2), ('two', 2) AS t(store, x)"
    table = create(spark, path, f"SELECT * FROM {twice}")
    spark.sql(f"INSERT INTO {table} VALUES ('two', 2), ('one', 1), ('one', 1)")
    spark.sql(f"DELETE FROM {table} WHERE store = 'one'")
    spark.sql(f"INSERT INTO {table} VALUES ('one', 1)")
    assert changed(spark, path, "store", ["x"], 0) == {"two"}


def test_nested_values_and_odd_names(spark, tmp_path):
    """Pairs that one hash of the values alone takes for the same."""
    old = [
        ("null moves", None, 0, [0.0], {}, [[]], Vectors.dense(1)),
        ("element moves", 1, 1, [None, 1.0], {}, [[]], Vectors.dense(1)),
        ("border moves", 1, 1, [0.0], {}, [[1], []], Vectors.dense(1)),
        ("map", 1, 1, [0.0], {"a": 1, "b": None}, [[]], Vectors.dense(1)),
        ("vector", 1, 1, [0.0], {}, [[]], Vectors.dense(1)),
        ("same", 1, None, None, {"a": 1, "b": None}, None, None),
    ]
    new = [
        ("null moves", 0, None, [0.0], {}, [[]], Vectors.dense(1)),
        ("element moves", 1, 1, [1.0, None], {}, [[]], Vectors.dense(1)),
        ("border moves", 1, 1, [0.0], {}, [[], [1]], Vectors.dense(1)),
        ("map", 1, 1, [0.0], {"a": None, "b": 1}, [[]], Vectors.dense(1)),
        ("vector", 1, 1, [0.0], {}, [[]], Vectors.dense(2)),
        ("same", 1, None, None, {"b": None, "a": 1}, None, None),
    ]
    path = str(tmp_path / "t")
    vector = spark.createDataFrame([(Vectors.dense(1),)], ["v"]).schema["v"].dataType
    schema = spark.createDataFrame(
        [], "_0 string, a int, `b.c` int, d array<double>, e map<string,int>, f array<array<int>>"
    ).schema.add("v", vector)
    for rows in (old, new):
        write_table(spark.createDataFrame(rows, schema), path)
    found = changed_stores(spark, path, "_0", ["a", "b.c", "d", "e", "f", "v"], 0)
    assert found.schema[0] == schema[0]
    assert stores_of(found) == {row[0] for row in old} - {"same"}


def test_feed_that_was_off_for_a_while_is_not_used(spark, tmp_path, caplog):
    path = str(tmp_path / "t")
    table = create(spark, path, "SELECT 1 AS store, 1 AS x", feed="")
    spark.sql(f"INSERT INTO {table} VALUES (2, 2)")
    spark.sql(f"ALTER TABLE {table} SET {FEED}")
    spark.sql(f"INSERT INTO {table} VALUES (3, 3)")
    caplog.set_level(logging.INFO, "sparkfl.tables.changes")
    assert stores_of(changed_stores(spark, path, "store", ["x"], 0)) == {2, 3}
    assert "does not cover versions 1 to 3 (DELTA_MISSING_CHANGE_DATA)" in caplog.text
    caplog.clear()
    assert stores_of(changed_stores(spark, path, "store", ["x"], 1)) == {3}
    assert "read its change data feed of versions 2 to 3" in caplog.text


def test_versions_that_cannot_be_compared(spark, tmp_path):
    path = str(tmp_path / "t")
    for x in ("1", "2", "'two'"):
        write_table(spark.sql(f"SELECT 'a' AS store, {x} AS x"), path)
    with pytest.raises(SchemaError, match=r"1 of .* is later than version 0"):
        changed_stores(spark, path, "store", ["x"], 1, 0)
    with pytest.raises(SchemaError, match=r"Version 9 .*\[0, 2\].*train all stores"):
        changed_stores(spark, path, "store", ["x"], 0, 9)
    with pytest.raises(SchemaError, match=r"'nowhere'.*at version 0 has.*train all stores"):
        changed_stores(spark, path, "store", ["nowhere"], 0)
    with pytest.raises(SchemaError, match=r"'x' .* is int at version 0 and string at version 2"):
        changed_stores(spark, path, "store", ["x"], 0)
    for file in tmp_path.glob("t/*.parquet"):  # as VACUUM does
        file.unlink()
    same = changed_stores(spark, path, "store", ["x"], 2)
    assert (same.columns, same.collect()) == (["store"], [])
    with pytest.raises(SchemaError, match=r"VACUUM.*train all stores"):
        changed_stores(spark, path, "store", ["x"], 0, 1)


def test_what_has_no_versions(spark, tmp_path):
    spark.range(3).createOrReplaceTempView("view_of_test_changes")
    write_table(spark.range(3), f"{tmp_path}/t", format="parquet")
    for name in ("view_of_test_changes", f"{tmp_path}/t"):
        with pytest.raises(SchemaError, match="not a Delta table"):
            changed_stores(spark, name, "id", [], 0)
        with pytest.raises(SchemaError, match=r"ersion 0.*read"):
            read_table(spark, name, 0)
