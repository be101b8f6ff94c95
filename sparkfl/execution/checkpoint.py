"""What stores have released, kept outside the driver so that a training can be resumed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.errors import AnalysisException
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from sparkfl.columns import arrow_frame
from sparkfl.execution.survey import Survey
from sparkfl.local.fitting import LocalFit
from sparkfl.local.result import LocalResult, decode, result_schema
from sparkfl.tables.attempt import attempt

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["Checkpoint", "fingerprint"]


@dataclass(frozen=True)
class Checkpoint:
    """Directory in which every task of a training leaves its stores' results when it is done.

    Parameters
    ----------
    path : str
        Directory of any file system that Spark knows and all executors see; one a fingerprint.
    stores : Survey
        The stores as they are now: results of other rows do not count.
    """

    path: str
    stores: Survey

    def load(self, df: DataFrame) -> dict[Any, LocalResult]:
        """Return the results of the stores whose rows have the same content still.

        Parameters
        ----------
        df : pyspark.sql.DataFrame
            Any frame with the column `store`.
        """
        schema = f"{result_schema(df.schema['store'].dataType.simpleString())}, content string"
        try:
            with attempt():
                table = df.sparkSession.read.schema(schema).parquet(self.path).toArrow()
        except AnalysisException as error:
            if error.getCondition() == "PATH_NOT_FOUND":
                return {}
            raise
        table = table.sort_by([("store", "ascending"), ("verdict", "ascending")])
        now = dict(zip(self.stores.stores, _identity(self.stores.table), strict=True))
        before = zip(decode(table), _identity(table), strict=True)
        return {store: result for (store, result), own in before if now.get(store) == own}

    def collect(self, results: DataFrame) -> list[tuple[Any, LocalResult]]:
        """Write results as their tasks end, and read them back.

        Hadoop's committer of version 2 lets the files of a task stand when the job does not end.
        """
        content = self.stores.table.select(["store", "content"])
        schema = StructType([results.schema["store"]]).add("content", "string")
        known = arrow_frame(results.sparkSession, content, schema)
        marked = results.join(F.broadcast(known), "store")
        writer = marked.write.mode("append")
        writer.option("mapreduce.fileoutputcommitter.algorithm.version", "2").parquet(self.path)
        return list(self.load(results).items())


def _identity(table: pa.Table) -> Sequence[tuple[Any, ...]]:
    """Tell what must not have changed of each store."""
    return list(zip(table["rows"].to_pylist(), table["content"].to_pylist(), strict=True))


def fingerprint(fit: LocalFit, features: Sequence[str], log1p: Sequence[str]) -> str:
    """Hash what decides a store's result besides its rows.

    Examples
    --------
    >>> from sparkfl.privacy.rules import Rules
    >>> one, other = (LocalFit("kmeans", k, 0, Rules(10)) for k in (2, 3))
    >>> fingerprint(one, ["spend"], []) == fingerprint(other, ["spend"], [])
    False
    """
    scaling = fit.scaling and fit.scaling.to_json()
    values = {field.name: getattr(fit, field.name) for field in fields(fit)}
    values |= {"scaling": scaling, "algorithm_params": sorted(fit.algorithm_params.items())}
    decisive = (sorted(values.items()), list(features), list(log1p))
    return hashlib.sha256(repr(decisive).encode()).hexdigest()[:16]
