"""Register what a statement trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from sparkfl.errors import ModelExistsError
from sparkfl.registry import ModelRegistry, ModelVersion
from sparkfl.registry.names import check_name
from sparkfl.serving.feature_quality import check_training
from sparkfl.serving.feature_views import feature_tag
from sparkfl.serving.trained import TABLES, Trained
from sparkfl.sqlext.clauses.if_exists import IfExists
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.clauses.training import TrainingClauses
from sparkfl.sqlext.statements.statement import CREATED, Row, created_row

__all__ = ["create", "register", "trained_on"]


def create(
    models: ModelRegistry,
    name: str,
    when: IfExists,
    clauses: TrainingClauses,
    train: Callable[[], Trained],
    schema: StructType = CREATED,
) -> list[Row]:
    """Train and register under a name, unless it is taken.

    Raises
    ------
    ParameterError
        If it cannot name a model; nothing is trained then.
    ModelExistsError
        If the name is taken, without OR REPLACE and IF NOT EXISTS; nor then.
    """
    check_name(name)
    if models.exists(name):
        if when.ignore:
            return [created_row(models.get(name), schema)]
        if not when.replace:
            raise ModelExistsError(
                f"Model {name} exists. CREATE OR REPLACE MODEL or UPDATE MODEL make its next "
                "version; IF NOT EXISTS leaves it as it is."
            )
    models.check_writable()
    if_exists: Literal["replace", "error"] = "replace" if when.replace else "error"
    trained = train()
    try:
        made = register(models, name, trained, clauses, if_exists)
    except ModelExistsError:
        # Somebody else was quicker.
        if not (when.ignore and models.exists(name)):
            raise
        made = models.get(name)
    return [created_row(made, schema)]


def register(
    models: ModelRegistry,
    name: str,
    trained: Trained,
    clauses: TrainingClauses,
    if_exists: Literal["error", "new_version", "replace"],
    inherited: str | None = None,
) -> ModelVersion:
    """Register a trained model with its figures, query, options and transform.

    `inherited` is the TRANSFORM of the version before, for a statement that has none.
    """
    return models.register(
        name,
        trained.model,
        if_exists=if_exists,
        source=clauses.query.text,
        options=trained.options or clauses.options,
        transform=clauses.transform.text if clauses.transform else inherited,
        metrics=trained.metrics,
        tables=trained.tables,
        tags=trained.tags,
        trials=trained.trials,
    )


def trained_on(
    rows: DataFrame, query: Query, name: str, train: Callable[[], Trained], gated: bool = False
) -> Trained:
    """Train, once the features among the rows are what their views expect.

    Of a model whose rows only `gated` figures leave, no others are told.

    Raises
    ------
    QualityError
        If they are not, and that is to fail; nothing is trained then.
    SchemaError
        If a source of a feature has changed so that it cannot be read.
    """
    verdicts = check_training(rows, name, figures=not gated)
    trained = _of_sources(train(), query, rows)
    return replace(trained, tables={**trained.tables, **verdicts}) if verdicts else trained


def _of_sources(trained: Trained, query: Query, rows: DataFrame) -> Trained:
    """Return what was trained with the tables and feature views its query reads, and versions."""
    tables = query.tables(rows.sparkSession)
    tags = {TABLES: json.dumps(tables)} if tables else {}
    return replace(trained, tags={**trained.tags, **tags, **feature_tag(rows.schema)})
