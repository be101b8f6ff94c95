"""Options as users spell them, and as Spark's readers do."""

from __future__ import annotations

import re

import pytest

from sparkfl.errors import ParameterError
from sparkfl.sources.kind import translated
from sparkfl.sources.kinds import KINDS, kind_of
from sparkfl.sources.rules import TextRules, text_rules


def options(word: str, **given: object) -> dict[str, str]:
    kind, left = kind_of(word, {key.upper(): value for key, value in given.items()}, "t")
    return translated(kind, left, "t")


def test_the_seeds_sources() -> None:
    assert options("s3", buckets=("ml-corp-transactions",), format="parquet") == {
        "path": "s3a://ml-corp-transactions/"
    }
    assert options(
        "snowflake", warehouse="ML_WAREHOUSE", database="CUSTOMER_360", account="a", user="u"
    ) == {
        "sfURL": "a.snowflakecomputing.com", "sfUser": "u", "sfWarehouse": "ML_WAREHOUSE",
        "sfDatabase": "CUSTOMER_360", "dbtable": "t",
    }  # fmt: skip
    assert options(
        "kafka", bootstrap_servers="kafka-cluster:9092", topics=("user_events", "clickstream")
    ) == {
        "kafka.bootstrap.servers": "kafka-cluster:9092", "subscribe": "user_events,clickstream",
        "startingOffsets": "earliest",
    }  # fmt: skip


def test_options_are_of_any_spelling() -> None:
    one = options("jdbc", url="u", partition_column="id", lower_bound=0, upper_bound=9,
                  num_partitions=3, table="a.b")  # fmt: skip
    other = options("JDBC", URL="u", partitionColumn="id", lowerbound=0, UPPERBOUND=9,
                    numpartitions=3, dbtable="a.b")  # fmt: skip
    assert one == other
    assert one["partitionColumn"] == "id"
    assert options("csv", path="p", **{"FS.S3A.ENDPOINT": "e"})["fs.s3a.endpoint"] == "e"
    assert options("csv", path="p", header=False, delimiter="|")["header"] == "false"
    url = options("postgresql", host="db", database="crm", user="u")["url"]
    assert url == "jdbc:postgresql://db:5432/crm"
    parts = options("jdbc", url="u", query="SELECT 1 AS id", partition_column="id", lower_bound=0,
                    upper_bound=9, num_partitions=3)  # fmt: skip
    assert parts["dbtable"] == "(SELECT 1 AS id) AS source"
    assert "query" not in parts


@pytest.mark.parametrize(
    ("word", "given", "message"),
    [
        ("excel", {}, "USING excel is no kind of source; choose one of parquet"),
        ("csv", {}, "needs PATH"),
        ("csv", {"path": None}, "PATH of USING csv is NULL"),
        ("csv", {"path": "p", "heder": True}, "no option HEDER. Did you mean HEADER?"),
        ("csv", {"path": "p", "sep": "a", "delimiter": "b"}, "is given twice, as sep"),
        ("s3", {"buckets": ("a", "b"), "format": "csv"}, "name one bucket"),
        ("s3", {"bucket": "a"}, "FORMAT of the source 't' is None"),
        ("kafka", {"topics": ("a",)}, "needs BOOTSTRAP_SERVERS"),
        ("jdbc", {"url": "u", "partition_column": "id"}, "all four"),
        ("jdbc", {"url": "u", "table": "a", "query": "b"}, "a TABLE and a QUERY"),
        ("postgresql", {"host": "h"}, "needs DATABASE"),
        ("postgresql", {"url": "u", "host": "h"}, "leave HOST"),
        ("snowflake", {"warehouse": "W"}, "spark-snowflake"),
    ],
)
def test_what_is_wrong_is_said(word: str, given: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(message)):
        options(word, **given)


def test_each_kind_says_what_it_needs() -> None:
    for name, kind in KINDS.items():
        assert name == kind.name
        assert kind.package or kind.provider in ("csv", "json", "parquet", "orc")


def test_rules_of_text() -> None:
    rules = {"THOUSANDS": ".", "DECIMAL": ",", "NULL_VALUES": "n/a", "BAD_ROWS": "FAIL"}
    assert text_rules(rules) == TextRules((), ".", ",", ("n/a",), fail=True)
    for wrong in (
        {"THOUSANDS": "."},
        {"THOUSANDS": "ab"},
        {"DECIMAL": "5"},
        {"BAD_ROWS": "drop"},
        {"TOLERANCE": 1},
        {"TOLERANCE": True},
        {"DATE_FORMATS": (1,)},
    ):
        with pytest.raises(ParameterError, match=next(iter(wrong))):
            text_rules(wrong)
