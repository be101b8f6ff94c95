"""Whether the features of stored views are as expected, before trainings and by refreshes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf
from pyspark.sql.types import (
    BooleanType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from sparkfl.columns import quote
from sparkfl.errors import FeatureViewNotFoundError, SchemaError
from sparkfl.features.quality import Verdict, violated
from sparkfl.features.views import FeatureView
from sparkfl.features.views.changes import Change, with_derived
from sparkfl.features.views.standing import BROKEN, broken_features
from sparkfl.registry import StoredFeatureView
from sparkfl.serving.catalog import registry
from sparkfl.serving.feature_views import find_view, opened, origins
from sparkfl.tables import read_table, write_table
from sparkfl.tables.place import in_catalog, speaks_delta

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TABLE", "changes_of", "check_training", "feature_quality", "judge", "require_whole"]

TABLE = "feature_quality"
"""What a training's verdicts are called among the tables of its run."""

_TOLD = StructType(
    [
        StructField("checked_at", TimestampType()),
        StructField("version", IntegerType()),
        StructField("checked_by", StringType()),
        StructField("name", StringType()),
        StructField("expectation", StringType()),
        StructField("on_violation", StringType()),
        StructField("passed", BooleanType()),
        StructField("observed", DoubleType()),
        StructField("rows", LongType()),
        StructField("detail", StringType()),
    ]
)
_KEPT = StructType(
    [*_TOLD.fields, StructField("column", StringType()), StructField("profile", StringType())]
)


def judge(
    spark: SparkSession,
    stored: StoredFeatureView,
    checked_by: str,
    as_of: datetime | None = None,
    tiles: str | None = None,
    features: DataFrame | None = None,
    figures: bool = True,
) -> list[Verdict]:
    """Judge the features of a view, keep the verdicts, and warn or fail.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        The session.
    stored : StoredFeatureView
        The view.
    checked_by : str
        What the verdicts are kept of, ``'refresh'`` or the name of a model.
    as_of : datetime.datetime, optional
        The time of the features; now by default.
    tiles : str, optional
        Table of tiles to read.
    features : pyspark.sql.DataFrame, optional
        Rows with some columns of the view, in place of all of its features.
    figures : bool, default True
        Whether errors and warnings say what was seen.

    Raises
    ------
    QualityError
        If an expectation that is to fail is not met; the verdicts are kept.
    """
    view = opened(stored)
    if not view.expectations:
        return []
    verdicts = view.check(
        as_of, features, tiles=tiles, spark=spark, columns=stored.content.get("columns"),
        profiles=_profiles(spark, stored, view),
    )  # fmt: skip
    table = stored.content.get("quality")
    if table and verdicts:
        now = datetime.now(UTC)
        told = _rows(stored, checked_by, now, verdicts)
        rows = [(*row, _column(v), v.profile) for row, v in zip(told, verdicts, strict=True)]
        write_table(
            spark.createDataFrame(rows, _KEPT),
            table,
            key={"check_id": f"{now:%Y-%m-%dT%H-%M-%S}_{uuid.uuid4().hex[:8]}"},
            format="delta" if speaks_delta(spark) else "parquet",
        )
    violated(stored.name, verdicts, figures)
    return verdicts


def check_training(rows: DataFrame, model: str, figures: bool = True) -> dict[str, pd.DataFrame]:
    """Judge the features that a training reads, before it does, by what their views expect.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        The training's rows, whose columns say which view they are of.
    model : str
        Name of the model.
    figures : bool, default True
        Whether what was seen is told outside of the view's own table: it is of all rows, and has
        passed no gate.

    Returns
    -------
    dict of str to pandas.DataFrame
        `TABLE`, for the model's run; nothing if nothing was expected.

    Raises
    ------
    QualityError
        If an expectation that is to fail is not met.
    SchemaError
        If a column cannot be read any more, as a source has changed.
    """
    spark, told = rows.sparkSession, list[tuple[Any, ...]]()
    lost = {f.name.lower() for f in rows.schema.fields if BROKEN in (f.metadata or {})}
    for (name, version), columns in _by_view(rows).items():
        try:
            stored = registry(spark).feature_view(name, version)
        except FeatureViewNotFoundError:
            # A table of its features has outlived it.
            continue
        if lost & set(columns):
            raise _broken(spark, stored, sorted(lost & set(columns)), broken={})
        view = opened(stored)
        own = {*columns, *(key.lower() for key in view.keys)}
        if any(each.measure == "schema" or each.columns(columns) for each in view.expectations):
            features = rows.select(*(quote(c) for c in rows.columns if c.lower() in own))
            verdicts = judge(spark, stored, model, features=features, figures=figures)
            judged = _rows(stored, model, datetime.now(UTC), verdicts)
            told += [(stored.name, *row) for row in judged]
    if not told:
        return {}
    import pandas as pd

    frame = pd.DataFrame(told, columns=["view_name", *_TOLD.names])
    frame["checked_at"] = frame["checked_at"].map(datetime.isoformat)
    if not figures:
        frame[["observed", "rows", "detail"]] = None
    return {TABLE: frame}


def require_whole(spark: SparkSession, stored: StoredFeatureView) -> None:
    """Refuse a view with features that cannot be read of their sources any more; nothing runs.

    Raises
    ------
    SchemaError
        If there are such; it names what has become of the columns of sources.
    """
    view = opened(stored)
    if broken := broken_features(view, spark):
        lost = sorted(with_derived(list(broken), view.derived))
        raise _broken(spark, stored, lost, broken)


def _broken(
    spark: SparkSession, stored: StoredFeatureView, lost: Sequence[str], broken: Mapping[str, str]
) -> SchemaError:
    """Return the error for features that cannot be made any more."""
    changed = "; ".join(map(str, changes_of(spark, stored)))
    told = changed or "; ".join(broken.values()) or "a source has changed"
    return SchemaError(
        f"The feature view {stored.name} cannot make {', '.join(lost)} any more: {told}. Give the "
        "source its column again, CREATE OR REPLACE the view, or leave these out."
    )


def _by_view(rows: DataFrame) -> dict[tuple[str, int], list[str]]:
    """Return the columns of each view and version, in lower case."""
    found: dict[tuple[str, int], list[str]] = {}
    for column, origin in origins(rows.schema).items():
        found.setdefault(origin, []).append(column)
    return found


def changes_of(spark: SparkSession, stored: StoredFeatureView) -> list[Change]:
    """Return what has become of the columns of a view's sources since its version was made."""
    return opened(stored).changes(stored.content.get("columns", {}), spark)


def feature_quality(spark: SparkSession, name: str, _df: DataFrame | None = None) -> DataFrame:
    """Return the verdicts on a view that were kept, of all versions; the latest first."""
    stored = find_view(spark, name)
    table = _table(spark, stored)
    if table is None:
        return spark.createDataFrame([], _TOLD)
    latest = [sf.col("checked_at").desc(), sf.col("name")]
    return table.orderBy(*latest).select(*_TOLD.names)


def _table(spark: SparkSession, stored: StoredFeatureView) -> DataFrame | None:
    """Return the table of verdicts; None if there is none yet."""
    table = stored.content.get("quality")
    return read_table(spark, table) if table and in_catalog(spark, table) else None


def _profiles(
    spark: SparkSession, stored: StoredFeatureView, view: FeatureView
) -> dict[str, dict[str, Any]]:
    """Return the distributions to compare with, by column in lower case.

    Those when the last version was checked last; of a first version, when it was checked first.
    """
    wanted = {each.of.lower() for each in view.expectations if each.measure == "psi"}
    table = _table(spark, stored) if wanted else None
    if table is None:
        return {}
    known = table.where(sf.col("profile").isNotNull() & (sf.col("version") <= stored.version))
    before = sf.col("version") < stored.version
    own = ~before
    when = sf.struct("version", "checked_at")
    rows = known.groupBy("column").agg(
        sf.max_by(sf.when(before, sf.col("profile")), sf.when(before, when)).alias("before"),
        sf.min_by(sf.when(own, sf.col("profile")), sf.when(own, when)).alias("earliest"),
    ).collect()  # fmt: skip
    return {row.column: json.loads(row.before or row.earliest) for row in rows}


def _rows(
    stored: StoredFeatureView, checked_by: str, now: datetime, verdicts: Sequence[Verdict]
) -> list[tuple[Any, ...]]:
    """Return what is told of verdicts."""
    return [
        (now, stored.version, checked_by, v.expectation.name, v.expectation.expect,
         v.expectation.on_violation, v.passed, v.observed, v.rows, v.detail)
        for v in verdicts
    ]  # fmt: skip


def _column(verdict: Verdict) -> str | None:
    return verdict.expectation.of.lower() or None
