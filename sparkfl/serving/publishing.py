"""Models as functions of stock SQL, in a catalog where sessions without sparkfl find them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from uuid import uuid4

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from sparkfl.columns import arrow_frame, quote
from sparkfl.errors import (
    CapabilityError,
    FunctionExistsError,
    FunctionNotFoundError,
    ParameterError,
)
from sparkfl.execution.stock_function import FIGURES, StockFunction
from sparkfl.registry import ModelRegistry, ModelVersion, Publication
from sparkfl.remote import is_connect
from sparkfl.serving.catalog import load, registry
from sparkfl.serving.families import family

__all__ = ["LONGEST", "check_unpublished", "function_of", "publish", "unpublish", "value_of"]

LONGEST = 1_000_000
"""Characters of a function that holds its figures; of a longer one they go into a table."""
_MOST = 4_000_000
"""Characters that Spark still parses in seconds."""


def function_of(spark: SparkSession, version: ModelVersion) -> StockFunction:
    """Return a version as a function of stock SQL.

    Raises
    ------
    CapabilityError
        If it cannot be written so.
    """
    writes = family(version).publishes
    if writes is None:
        raise CapabilityError(
            f"Model {version.name!r} is of type {version.model_type}, which is no function of a "
            "row alone: it cannot be published. Ask it in a session with sparkfl."
        )
    return writes(load(spark, version))


def value_of(spark: SparkSession, version: ModelVersion) -> StockFunction:
    """Return what `ml_predict` says of a row as a function of stock SQL.

    Of two classes it is the probability of the greater, of anomalies the score, else the
    prediction.

    Raises
    ------
    CapabilityError
        If it cannot be written so.
    """
    tells = family(version).tells
    if tells is None:
        raise CapabilityError(
            f"ml_predict cannot be asked of {version.name!r}, a model of type {version.model_type}."
        )
    return tells(load(spark, version))


def publish(
    spark: SparkSession,
    version: ModelVersion,
    path: Sequence[str],
    replace: bool = False,
    temporary: bool = False,
) -> Publication:
    """Create the function of a version, and remember it with the version.

    Killed at any point, the registry knows of all that is left, but of a table that no function
    reads.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        A session of the catalog.
    version : ModelVersion
        The version.
    path : sequence of str
        The function's name, of one to three parts.
    replace : bool, default False
        Whether it takes the place of a function that is there.
    temporary : bool, default False
        Whether the function is the session's own; it is not remembered, and holds its figures.

    Raises
    ------
    CapabilityError
        If the model cannot be written as a function.
    FunctionExistsError
        If there is such a function, and it is not to be replaced.
    ParameterError
        If the name of a temporary function has several parts.
    """
    name = quote(path[0]) if temporary else _full(spark, path)
    if temporary and len(path) > 1:
        raise ParameterError(
            f"A temporary function is of no schema: write {quote(path[-1])} for {'.'.join(path)}."
        )
    if not replace and spark.catalog.functionExists(name):
        raise FunctionExistsError(
            f"There is a function {name}. Choose another name, or write OR REPLACE FUNCTION."
        )
    function = function_of(spark, version)
    head = f"CREATE {'OR REPLACE ' * replace}{'TEMPORARY ' * temporary}FUNCTION"
    comment = f"Version {version.version} of model {version.name}, published by sparkfl"
    text = function.create_sql(name, head, comment)
    if temporary:
        _check_length(text, version)
        spark.sql(text)
        return Publication(name)
    models = registry(spark)
    before = list(models.publishers(name))
    with ExitStack() as undo:
        table = None
        if function.figures is not None and len(text) > LONGEST:
            table = _table(spark, path)
            undo.callback(spark.sql, f"DROP TABLE IF EXISTS {table}")
            _write(spark, function, table)
            text = function.create_sql(name, head, comment, table)
        _check_length(text, version)
        made = Publication(name, table)
        undo.callback(_restore, models, version, made, before)
        models.remember(version, made)
        spark.sql(text)
        undo.pop_all()
    _recreate(spark, function.create_sql(name, "CREATE OR REPLACE FUNCTION", comment, table))
    _clear(spark, models, [(v, old) for v, old in before if not _is(v, version)])
    _drop(spark, [old for v, old in before if _is(v, version)])
    return made


def unpublish(spark: SparkSession, path: Sequence[str], if_exists: bool = False) -> None:
    """Drop a function that a model was published as, and its table, and forget it.

    Raises
    ------
    FunctionNotFoundError
        If no model was published as it; with `if_exists`, only if there is such a function.
    """
    name, models = _full(spark, path), registry(spark)
    found = list(models.publishers(name))
    there = spark.catalog.functionExists(name)
    if not found and there:
        raise FunctionNotFoundError(
            f"Function {name} was not published by sparkfl, as far as the registry "
            f"{models.tracking_uri} knows. DROP FUNCTION {name} drops it."
        )
    if not found and not if_exists:
        raise FunctionNotFoundError(
            f"There is no function {name}, and no model was published as it. DESCRIBE MODEL "
            "EXTENDED tells the functions of a model."
        )
    if there:
        spark.sql(f"DROP FUNCTION {name}")
    _clear(spark, models, found)


def check_unpublished(models: ModelRegistry, versions: Iterable[ModelVersion]) -> None:
    """Refuse to drop versions that are published.

    Raises
    ------
    ParameterError
        If there are any.
    """
    for version in versions:
        for one in models.published(version):
            raise ParameterError(
                f"Version {version.version} of model {version.name!r} is published as function "
                f"{one.function}. UNPUBLISH FUNCTION {one.function} first."
            )


def _check_length(text: str, version: ModelVersion) -> None:
    if len(text) > _MOST:
        raise CapabilityError(
            f"Version {version.version} of model {version.name!r} as a function would be "
            f"{len(text)} characters long; {_MOST} is the most. Ask it by model_predict, or train "
            "a smaller one."
        )


def _full(spark: SparkSession, path: Sequence[str]) -> str:
    """Return a function's name with its catalog and schema, quoted."""
    here = [spark.catalog.currentCatalog(), spark.catalog.currentDatabase()]
    return ".".join(map(quote, [*here[: 3 - len(path)], *path]))


def _table(spark: SparkSession, path: Sequence[str]) -> str:
    """Return the name of a table beside a function that no other has."""
    plain = re.sub(r"\W", "_", path[-1], flags=re.ASCII).lower()
    return _full(spark, [*path[:-1], f"{plain}_figures_{uuid4().hex[:8]}"])


def _write(spark: SparkSession, function: StockFunction, table: str) -> None:
    """Write the figures of a function, as Parquet: every Spark reads it."""
    assert function.figures is not None
    rows = arrow_frame(spark, function.figures, function.fields)
    packed = rows.select(F.struct("*").alias(FIGURES)).coalesce(1)
    packed.write.format("parquet").saveAsTable(table)


def _recreate(spark: SparkSession, text: str) -> None:
    """Create a function once more, in a session without the settings of catalogs, if it has any.

    Spark keeps a session's settings with a function and has them while it is called: a session
    without Delta could not call what one with Delta's catalog has created. The first time was for
    this session to forget the function that was there before.
    """
    settings = spark.conf.getAll
    catalogs = {key: settings[key] for key in settings if key.startswith("spark.sql.catalog.")}
    if not catalogs:
        return
    # A client of Spark Connect has no session beside its own: it does without for a moment.
    plain = spark if is_connect(spark) else spark.newSession()
    for key in catalogs:
        plain.conf.unset(key)
    try:
        plain.sql(text)
    finally:
        for key, value in catalogs.items():
            plain.conf.set(key, value)


def _restore(
    models: ModelRegistry,
    version: ModelVersion,
    made: Publication,
    before: Iterable[tuple[ModelVersion, Publication]],
) -> None:
    """Let the registry know of a version what it knew."""
    models.forget(version, made)
    for other, old in before:
        if _is(other, version):
            models.remember(other, old)


def _clear(
    spark: SparkSession, models: ModelRegistry, found: Iterable[tuple[ModelVersion, Publication]]
) -> None:
    """Drop the tables of functions that are gone, and forget the functions."""
    for version, old in found:
        _drop(spark, [old])
        models.forget(version, old)


def _drop(spark: SparkSession, publications: Iterable[Publication]) -> None:
    for one in publications:
        if one.figures is not None:
            spark.sql(f"DROP TABLE IF EXISTS {one.figures}")


def _is(version: ModelVersion, other: ModelVersion) -> bool:
    return (version.name, version.version) == (other.name, other.version)
