"""A program: plays a corpus through one door, and writes what was said, a line a statement."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Behind the environment's own packages: what a client without Spark needs besides.
sys.path += filter(None, os.environ.get("SPARKFL_DOORS_PACKAGES", "").split(os.pathsep))

from pyspark.errors import PySparkException
from pyspark.sql import Row, SparkSession
from told import Told

import sparkfl
from sparkfl import configure_spark

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Sql = Callable[[str], "DataFrame"]


def shown(value: Any, nested: bool = False) -> str:
    """Write a value as Spark's shell does."""
    if value is None:
        return "null" if nested else "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"' if nested else value
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "replace")
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Row):
        pairs = [f'"{name}":{shown(part, True)}' for name, part in value.asDict().items()]
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, dict):
        pairs = sorted(f"{shown(key, True)}:{shown(part, True)}" for key, part in value.items())
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(shown(part, True) for part in value)}]"
    return str(value)


def said(sql: Sql, text: str) -> Told:
    """Run a statement; return its rows, or the error."""
    try:
        df = sql(text)
        rows = df.collect()
        types = [field.dataType.simpleString() for field in df.schema.fields]
    except PySparkException as error:
        return Told(error=str(error), condition=error.getCondition() or "")
    except Exception as error:  # noqa: BLE001
        return Told(error=f"{type(error).__name__}: {error}", condition="NOT SPARK'S")
    lines = ["\t".join(shown(value) for value in row) for row in rows]
    return Told(list(df.columns), [each for line in lines for each in line.split("\n")], types)


def session(door: str, url: str, conf: dict[str, str]) -> SparkSession:
    """Open the door's session."""
    if door == "connect":
        return configure_spark(SparkSession.builder.remote(url)).getOrCreate()
    builder = SparkSession.builder.master("local[2]").config(map=conf)
    if door == "extension":
        builder = configure_spark(builder, delta=False)
    return builder.getOrCreate()


def play(sql: Sql, statements: list[str]) -> Iterator[Told]:
    """Give what is said to each statement."""
    for text in statements:
        start = time.monotonic()
        told = said(sql, text)
        yield replace(told, seconds=round(time.monotonic() - start, 2))


def main(door: str, given: Path, found: Path, url: str) -> None:
    """Play what is given as JSON, and write what was said as it comes."""
    content = json.loads(given.read_text())
    spark = session(door, url, content["conf"])
    sql: Sql = spark.sql if door == "extension" else lambda text: sparkfl.sql(spark, text)
    with found.open("w") as lines:
        for told in play(sql, content["statements"]):
            print(told.to_json(), file=lines, flush=True)
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
