"""What of a view still resolves when a source has changed goes on; the rest says why not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from sparkfl.columns import quote, string_literal
from sparkfl.errors import SchemaError, StorageError
from sparkfl.features.views.changes import with_derived
from sparkfl.features.views.inspection import Inspected
from sparkfl.features.views.rows import SourceRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sparkfl.features.views.source import Source

__all__ = ["BROKEN", "broken_features", "check_sources", "going_on"]

BROKEN = "sparkfl.broken"
"""Metadata of a column that cannot be made any more, and fails when it is read."""
_logger = logging.getLogger(__name__)
_View = TypeVar("_View", bound=Inspected)


def going_on(view: _View, plan: Callable[[_View], DataFrame], spark: SparkSession) -> DataFrame:
    """Plan a view; if a source has changed, with the features that still resolve.

    That is of a view of a registry, which once has resolved as a whole. The columns of the others
    are there, and fail, naming the cause, once they are read.

    Parameters
    ----------
    view : FeatureView
        The view.
    plan : callable
        Plans a view, as a whole.
    spark : pyspark.sql.SparkSession
        Session to read with.

    Raises
    ------
    SchemaError, StorageError
        If nothing resolves, or something else is wrong.
    """
    try:
        return plan(view)
    except (SchemaError, StorageError):
        if view.version is None:
            raise
        broken = broken_features(view, spark)
        sources = [
            replace(source, features=kept)
            for source in view.sources
            if (kept := [f for f in source.features if f.name not in broken])
        ]
        if not broken or not sources:
            raise
    for name, why in broken.items():
        _logger.warning("The feature view %s goes on without %s: %s", view.name, name, why)
    returned = {f.name: f.row.returns for source in view.sources for f in source.features}
    failing = {
        name: f"CAST(raise_error({string_literal(why)}) AS {returned[name]})"
        for name, why in broken.items()
    }
    made = plan(
        replace(  # type: ignore[type-var]
            view,
            sources=sources,
            derived={**failing, **view.derived},
            select=view.columns,
            expectations=(),
        )
    )
    return _marked(made, set(with_derived(list(broken), view.derived)))


def _marked(made: DataFrame, lost: set[str]) -> DataFrame:
    """Have columns say that they fail."""
    return made.select(
        *(
            sf.col(quote(f.name)).alias(f.name, metadata={**f.metadata, BROKEN: True})
            if f.name in lost
            else sf.col(quote(f.name))
            for f in made.schema.fields
        )
    )


def check_sources(view: Inspected, spark: SparkSession) -> None:
    """Refuse a view of which a feature cannot be read; nothing runs.

    Raises
    ------
    SchemaError, StorageError
        If there is one.
    """
    for number, source in enumerate(view.sources):
        rows = SourceRows(spark, source, number, view.keys)
        rows.rows(rows.key_types)


def broken_features(view: Inspected, spark: SparkSession) -> dict[str, str]:
    """Return why features cannot be read of their sources, by their names; nothing runs."""
    found: dict[str, str] = {}
    for source in view.sources:
        if _why_unread(spark, source, view.keys) is None:
            continue
        for feature in source.features:
            why = _why_unread(spark, replace(source, features=[feature]), view.keys)
            if why is not None:
                found[feature.name] = why
    return found


def _why_unread(spark: SparkSession, source: Source, keys: Sequence[str]) -> str | None:
    """Say why a source cannot be read; None if it can."""
    rows = SourceRows(spark, source, 0, keys)
    try:
        rows.rows(rows.key_types)
    except (SchemaError, StorageError) as error:
        return str(error)
    return None
