"""What stores have told, kept beside the guard: it stands where nothing new of them may be told."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyspark.errors import AnalysisException

from sparkfl.columns import arrow_frame
from sparkfl.local.result import LocalResult, decode, encode, result_schema

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["Standing"]

_VERSION = "plan string, at bigint, version string"
_KEYS = "plan string, at bigint, terms string"
_RELEASE = f"{result_schema('string')}, skipped bigint, content string, {_KEYS}"


@dataclass(frozen=True)
class Standing:
    """Releases and what their clustering space is, of all trainings of one plan.

    Parameters
    ----------
    path : str
        Directory of any file system that Spark knows.
    plan : str
        Names what is trained: of the same plan, versions share a clustering space.
    """

    path: str
    plan: str

    def version(self, spark: SparkSession) -> dict[str, Any] | None:
        """Return what was kept with the last training; None before the first."""
        table = self._read(spark, "versions", _VERSION)
        last = table.sort_by("at").slice(max(len(table) - 1, 0))
        return json.loads(last["version"][0].as_py()) if len(last) else None

    def releases(self, spark: SparkSession, terms: str) -> dict[str, LocalResult]:
        """Return what each store has told last, by its text.

        Parameters
        ----------
        spark : pyspark.sql.SparkSession
            Session to read with.
        terms : str
            Names the clustering space and the rules: what was told by others does not stand.
        """
        table = self._read(spark, "releases", _RELEASE)
        table = table.filter(pa.compute.equal(table["terms"], terms)).sort_by("at")
        known = table.select(["skipped", "content"]).to_pylist()
        return {
            store: replace(result, **own)
            for (store, result), own in zip(decode(table), known, strict=True)
        }

    def keep(
        self,
        spark: SparkSession,
        terms: str,
        version: Mapping[str, Any],
        told: Mapping[str, LocalResult],
    ) -> None:
        """Add a training: first what is new of its stores, then what it was.

        Parameters
        ----------
        spark : pyspark.sql.SparkSession
            Session to write with.
        terms : str
            As of `releases`.
        version : mapping
            What `version` will return; of JSON.
        told : mapping of str to LocalResult
            What stores have told; what stands already is not kept again.
        """
        before = self.releases(spark, terms)
        new = {s: own for s, own in told.items() if not _same(own, before.get(s))}
        at = time.time_ns() // 1000
        if new:
            batch = encode(pa.array(list(new), pa.string()), list(new.values()))
            columns = dict(zip(batch.schema.names, batch.columns, strict=True))
            columns |= {
                "skipped": pa.array([own.skipped for own in new.values()], pa.int64()),
                "content": pa.array([own.content for own in new.values()], pa.string()),
                **self._keys(len(new), at, terms=terms),
            }
            self._write(spark, "releases", pa.table(columns), _RELEASE)
        row = self._keys(1, at, version=json.dumps(version))
        self._write(spark, "versions", pa.table(row), _VERSION)

    def _keys(self, rows: int, at: int, **texts: str) -> dict[str, pa.Array]:
        named = {"plan": pa.array([self.plan] * rows), "at": pa.array([at] * rows, pa.int64())}
        return named | {name: pa.array([text] * rows) for name, text in texts.items()}

    def _read(self, spark: SparkSession, name: str, schema: str) -> pa.Table:
        """Read what is kept of the plan; nothing at first."""
        try:
            frame = spark.read.schema(schema).parquet(f"{self.path}/{name}")
        except AnalysisException as error:
            if error.getCondition() != "PATH_NOT_FOUND":
                raise
            frame = spark.createDataFrame([], schema)
        return frame.where(frame.plan == self.plan).toArrow()

    def _write(self, spark: SparkSession, name: str, table: pa.Table, schema: str) -> None:
        frame = arrow_frame(spark, table, schema)
        frame.coalesce(1).write.mode("append").parquet(f"{self.path}/{name}")


def _same(one: LocalResult, other: LocalResult | None) -> bool:
    """Tell whether two results tell the same."""
    if other is None or one.summary is None or other.summary is None:
        return False
    pairs = zip(_told(one.summary), _told(other.summary), strict=True)
    own = (one.rows, one.skipped, one.content)
    return own == (other.rows, other.skipped, other.content) and all(
        np.array_equal(a, b) for a, b in pairs
    )


def _told(summary: Any) -> tuple[np.ndarray, ...]:
    return summary.n, summary.mean, summary.ss
