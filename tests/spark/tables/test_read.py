"""Tables of every format, and what is said of those that cannot be read."""

from __future__ import annotations

import gzip
import os
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from sparkfl.errors import ParameterError, SchemaError, SparkflError, StorageError
from sparkfl.tables import read_table, write_table

NAMES = ["customer", "Territory ID", "net.sales", "q`r", "ünï;code", "day"]
ROWS = [(1, "North", 2.5, "a,b", None, date(2025, 1, 31)), (2, "Süd", None, 'say "x"', 3, None)]
TYPES = ["int", "string", "double", "string", "int", "date"]
CSV = "customer,Territory ID,net.sales,q`r,ünï;code,day\n" + (
    '1,North,2.5,"a,b",,2025-01-31\n2,Süd,,"say ""x""",3,\n'
)
JSON = [
    '{"customer": 1, "Territory ID": "North", "spend": 2.5}',
    '{"customer": 2, "Territory ID": "Süd", "spend": null}',
]


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    schema = ", ".join(
        f"`{name.replace('`', '``')}` {kind}" for name, kind in zip(NAMES, TYPES, strict=True)
    )
    return spark.createDataFrame(ROWS, schema).coalesce(1)


@pytest.mark.parametrize("name", ["t.csv", "t.CSV", "t.csv.gz"])
def test_csv_has_a_header_and_types(spark: SparkSession, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    content = ("\ufeff" + CSV).encode()
    path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    rows = read_table(spark, str(path))
    assert rows.columns == NAMES
    assert [kind.replace("timestamp", "date") for _, kind in rows.dtypes] == TYPES
    assert [tuple(row)[:3] for row in rows.orderBy("customer").collect()] == [r[:3] for r in ROWS]


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_numbers_that_begin_with_zero_are_codes(
    spark: SparkSession, tmp_path: Path, ending: str, caplog: pytest.LogCaptureFixture
) -> None:
    text = "store code,zero,spend,n\n01,0,0.5,10\n1,-1,02.5,2\n,,,3\n"
    (tmp_path / f"t.{ending}").write_text(text.replace(",", {"csv": ",", "tsv": "\t"}[ending]))
    rows = read_table(spark, f"{tmp_path}/t.{ending}")
    assert [kind for _, kind in rows.dtypes] == ["string", "int", "double", "int"]
    assert [tuple(row) for row in rows.collect()] == [
        ("01", 0, 0.5, 10),
        ("1", -1, 2.5, 2),
        (None, None, None, 3),
    ]
    assert "begin with 0: store code." in caplog.text


def test_a_header_that_repeats_names(
    spark: SparkSession, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "x.csv").write_text("x0,x1,x\n1,2,3\n")
    assert read_table(spark, f"{tmp_path}/x.csv").columns == ["x0", "x1", "x"]
    assert not caplog.text
    (tmp_path / "t.csv").write_text("a,b,A,c,a\n1,2,3,4,5\n")
    columns = read_table(spark, f"{tmp_path}/t.csv").columns
    assert columns == ["a0", "b", "A2", "c", "a4"]
    assert "repeats names; read are 'a' as a0, 'A' as A2, 'a' as a4." in caplog.text


def test_folders_named_by_codes(spark: SparkSession, tmp_path: Path) -> None:
    for code in ("01", "1"):
        (tmp_path / "t" / f"store={code}").mkdir(parents=True)
        (tmp_path / "t" / f"store={code}" / "rows.csv").write_text("spend\n2\n")
    assert {row.store for row in read_table(spark, f"{tmp_path}/t").collect()} == {"01", "1"}


def test_tab_separated(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text("store\tspend\nnorth, really\t2\n")
    assert read_table(spark, str(tmp_path / "t.tsv")).collect() == [("north, really", 2)]


@pytest.mark.parametrize("layout", ["lines", "array on one line", "array", "pretty", "folder"])
def test_json_is_an_object_a_line_or_one_array(
    spark: SparkSession, tmp_path: Path, layout: str
) -> None:
    text = {
        "array on one line": f"[{', '.join(JSON)}]",
        "array": "[\n" + ",\n".join(JSON) + "\n]",
        "pretty": "[" + ",".join(JSON).replace("{", "\n{\n").replace(", ", ",\n") + "]",
    }.get(layout, "\n".join(JSON))
    path = tmp_path / "t.json"
    if layout == "folder":
        path = tmp_path / "t"
        path.mkdir()
        for i, line in enumerate(JSON):
            (path / f"{i}.jsonl").write_text(line)
    else:
        path.write_text(text)
    rows = read_table(spark, str(path)).orderBy("customer").collect()
    assert [(row.customer, row["Territory ID"], row.spend) for row in rows] == [
        (1, "North", 2.5),
        (2, "Süd", None),
    ]


@pytest.mark.parametrize("format", ["parquet", "orc", "json", "delta"])
def test_folders_that_spark_wrote(
    spark: SparkSession, frame: DataFrame, tmp_path: Path, format: str
) -> None:
    path, expected = f"{tmp_path}/t", NAMES
    if format == "delta":
        write_table(frame, path)
    elif format == "orc":  # Spark's writer of ORC loses what follows a back-tick in a name.
        expected = [name for name in NAMES if "`" not in name]
        frame.drop("q`r").write.orc(path)
    elif format == "json":
        frame.write.format(format).option("ignoreNullFields", "false").save(path)
    else:
        frame.write.format(format).save(path)
    rows = read_table(spark, path)
    assert set(rows.columns) == set(expected)
    found = [row.asDict() for row in rows.orderBy("customer").collect()]
    for row, own in zip(found, ROWS, strict=True):
        values = dict(zip(NAMES, own, strict=True))
        assert all(row[name] == values[name] for name in expected if name != "day")


def test_partitioned_folders(spark: SparkSession, frame: DataFrame, tmp_path: Path) -> None:
    frame.write.partitionBy("customer").option("header", True).csv(
        f"{tmp_path}/t", compression="gzip"
    )
    rows = read_table(spark, f"{tmp_path}/t")
    assert sorted(row.customer for row in rows.collect()) == [1, 2]


def test_a_relative_path(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "features.csv").write_text("store,spend\nnorth,2\n")
    relative = os.path.relpath(tmp_path / "features.csv")
    assert read_table(spark, relative).collect() == [("north", 2)]
    with pytest.raises(StorageError, match=r"^no_such_features\.csv is not there: correct the pa"):
        read_table(spark, "no_such_features.csv")


def test_a_table_goes_before_a_file_of_its_name(spark: SparkSession) -> None:
    spark.sql("CREATE SCHEMA IF NOT EXISTS features")
    spark.sql("CREATE TABLE features.csv USING parquet AS SELECT 1 AS one")
    try:
        assert read_table(spark, "features.csv").collect() == [(1,)]
    finally:
        spark.sql("DROP SCHEMA features CASCADE")


def test_the_format_can_be_named(spark: SparkSession, frame: DataFrame, tmp_path: Path) -> None:
    (tmp_path / "rows.txt").write_text(CSV)
    assert read_table(spark, f"{tmp_path}/rows.txt", format="csv").columns == NAMES
    with pytest.raises(ParameterError, match=r"Unknown format 'excel'; choose one of csv, tsv"):
        read_table(spark, f"{tmp_path}/rows.txt", format="excel")


def _unreadable(folder: Path) -> dict[str, tuple[str, str]]:
    """Paths that cannot be read, and what is said of them."""
    for name, text in {
        "empty.csv": "",
        "header.csv": "a,b\n",
        "garbage.parquet": "garbage, garbage",
        "garbage.orc": "garbage, garbage",
        "bad.json": '{"a": 1}\nno json\n',
        "rows.xlsx": "PK",
        "mixed/a.csv": "a\n1\n",
        "mixed/b.json": '{"a": 1}',
        "unknown/part-0": "a\n1\n",
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / "hollow").mkdir()
    (folder / "broken.csv.gz").write_bytes(b"no gzip at all")
    return {
        "missing": ("nothing/there", r"is not there: correct the path"),
        "empty": ("empty.csv", r"is empty: there is no column"),
        "header": ("header.csv", r"has a header and no row, .* Give rows"),
        "hollow": ("hollow", r"is a folder without files"),
        "unknown": ("rows.xlsx", r"does not say by its ending.*\.csv, \.tsv, .*name the format"),
        "no ending": ("unknown", r"does not say by its ending"),
        "mixed": ("mixed", r"holds files of several kinds \(csv, json"),
        "parquet": ("garbage.parquet", r"cannot be read as parquet: .*Could not read footer"),
        "orc": ("garbage.orc", r"cannot be read as orc: .*Could not read footer"),
        "json": ("bad.json", r"cannot be read as json: Malformed records"),
        "gzip": ("broken.csv.gz", r"cannot be read as csv: "),
    }


@pytest.mark.parametrize(
    "kind",
    ["missing", "empty", "header", "hollow", "unknown", "no ending", "mixed", "parquet", "orc",
     "json", "gzip"],
)  # fmt: skip
def test_one_line_names_the_path_and_the_remedy(
    spark: SparkSession, tmp_path: Path, kind: str
) -> None:
    name, told = _unreadable(tmp_path)[kind]
    with pytest.raises(SparkflError, match=told) as raised:
        read_table(spark, f"{tmp_path}/{name}")
    message = str(raised.value)
    assert message.startswith(f"{tmp_path}/{name} ")
    assert len(message.splitlines()) == 1
    assert not any(word in message for word in ("java.", "org.apache", "Py4J", "SQLSTATE", "\tat"))


@pytest.mark.parametrize("path", ["foo://there/x", "hdfs://127.0.0.1:1/x"])
def test_storage_that_cannot_be_reached(spark: SparkSession, path: str) -> None:
    with pytest.raises(StorageError, match=r"cannot be reached: ") as raised:
        read_table(spark, path)
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["no_such_table", "my-table", "a.b.c.d", ""])
def test_names_that_are_no_table(spark: SparkSession, name: str) -> None:
    with pytest.raises(StorageError, match=r"cannot be read: .*a path: with a '/' in it") as raised:
        read_table(spark, name)
    assert len(str(raised.value).splitlines()) == 1


def test_rows_that_do_not_fit_are_no_rows_of_nulls(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n1,2,3\n")
    rows = read_table(spark, f"{tmp_path}/t.csv")
    for some in (rows, rows.select("a")):
        with pytest.raises(Exception, match="FAILED_READ_FILE"):
            some.collect()


def test_text_that_is_not_utf_8_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    for name, text in (("t.csv", "store,x\nKöln,1\nKäln,2\n"), ("t.json", '{"store": "Köln"}\n')):
        (tmp_path / name).write_bytes(text.encode("latin-1"))
        with pytest.raises(StorageError, match=rf"{name} is not UTF-8\. Save it in that encoding"):
            read_table(spark, f"{tmp_path}/{name}")
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert read_table(spark, f"{tmp_path}/{name}").first()["store"] == "Köln"


def test_quoted_fields_hold_quotes_and_lines(spark: SparkSession, tmp_path: Path) -> None:
    frame = pd.DataFrame({"store": ['a "b"\nc;d,', "back\\slash"], "x": [1.5, 2.5]})
    frame.to_csv(tmp_path / "t.csv", index=False)
    got = read_table(spark, f"{tmp_path}/t.csv").toPandas()
    pd.testing.assert_frame_equal(got, frame)


def test_files_of_one_folder_have_one_header(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "a.csv").write_text("\ufeffstore,x,y\na,1,2\n")
    (tmp_path / "t" / "b c.csv").write_text("store,x,y\nb,3,4\n")
    assert read_table(spark, f"{tmp_path}/t").count() == 2
    (tmp_path / "t" / "b c.csv").write_text("store,y,x\nb,4,3\n")
    with pytest.raises(
        StorageError, match=r"headers of .*a\.csv and .*b c\.csv differ: 'store,x,y'"
    ):
        read_table(spark, f"{tmp_path}/t")


def test_what_is_no_text_is_not_read_as_such(spark: SparkSession, tmp_path: Path) -> None:
    spark.range(3).coalesce(1).write.parquet(f"{tmp_path}/p")
    (part,) = (tmp_path / "p").glob("*.parquet")
    part.rename(tmp_path / "t.csv")
    with pytest.raises(StorageError, match=r"t\.csv is Parquet, whatever its name says"):
        read_table(spark, f"{tmp_path}/t.csv")


def test_csv_with_semicolons(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("\ufeffstore;code\na,b;01\n")
    assert read_table(spark, f"{tmp_path}/t.csv").collect() == [Row(store="a,b", code="01")]
    (tmp_path / "u.csv").write_text("a;b,c\n1,2\n")
    assert read_table(spark, f"{tmp_path}/u.csv").collect() == [Row(**{"a;b": 1, "c": 2})]


def test_nothing_is_logged_of_what_is_looked_for_and_not_found(
    spark: SparkSession, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    spark.range(3).write.parquet(f"{tmp_path}/t")
    spark.sparkContext.setLogLevel("WARN")
    try:
        read_table(spark, f"{tmp_path}/t").collect()
        with pytest.raises(StorageError):
            read_table(spark, f"{tmp_path}/nothing")
    finally:
        spark.sparkContext.setLogLevel("ERROR")
    errors = capfd.readouterr().err
    assert "Exception" not in errors
    assert "FileStreamSink" not in errors


def test_a_version_of_what_has_none(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    with pytest.raises(SchemaError, match="holds no Delta table"):
        read_table(spark, f"{tmp_path}/t.csv", 0)
