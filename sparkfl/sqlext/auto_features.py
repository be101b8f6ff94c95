"""Features that are found for a target, as SQL: `auto_features`."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from sparkfl.columns import class_name, listed, quote, resolve_all
from sparkfl.errors import ParameterError
from sparkfl.features.auto import KINDS, Bounds, Events, Search, search
from sparkfl.options import Option, resolve
from sparkfl.serving.catalog import qualified, registry
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.lexer import lex
from sparkfl.sqlext.query import require_distinct_columns
from sparkfl.sqlext.views.definition import Definition
from sparkfl.sqlext.views.found import AutoFeatures, Written, read_table
from sparkfl.sqlext.views.kept import checked, content_of
from sparkfl.sqlext.views.relations import relations

__all__ = ["OPTIONS", "auto_features"]

_LOG = logging.getLogger(__name__)

OPTIONS: Sequence[Option] = (
    Option(
        "feature_types", "strings", list(KINDS), "Which kinds of features are tried.",
        choices=KINDS, key="feature_types", aliases=("types",),
    ),
    Option("entity", "columns", [], "Columns that name an entity.", key="entity"),
    Option("label_time", "column", None, "Column of the time of a row's label.", key="label_time"),
    Option(
        "events", "strings", [],
        "Tables of events, each as a source of CREATE FEATURE VIEW: `'shop.orders TIMESTAMP at'`.",
        key="events",
    ),
    Option(
        "windows", "integers", [7, 30, 90], "Days of the windows of events.", minimum=1,
        key="windows",
    ),
    Option(
        "task", str, None, "What the target is; by its values, if left out.",
        choices=("classification", "regression"), key="task",
    ),
    Option("view", str, None, "Name of a feature view that is made of what is found.", key="view"),
    Option(
        "max_candidates", int, Bounds.max_candidates, "How many are tried.", minimum=1,
        maximum=2000, key="max_candidates",
    ),
    Option(
        "max_features", int, Bounds.max_features, "How many are chosen.", minimum=1, maximum=200,
        key="max_features",
    ),
    Option(
        "max_seconds", float, Bounds.max_seconds, "After how long no further one is tried.",
        above=0.0, key="max_seconds",
    ),
    Option(
        "max_rows", int, Bounds.max_rows, "On how many rows they are tried.", minimum=50,
        maximum=1_000_000, key="max_rows",
    ),
    Option(
        "min_gain", float, Bounds.min_gain, "What has to be gained by one.", minimum=0.0,
        maximum=1.0, key="min_gain",
    ),
    Option("seed", int, Bounds.seed, "Seed of the rows, the folds and the trees.", key="seed"),
)  # fmt: skip
"""Arguments besides the table and the target."""


def auto_features(
    table: str,
    target: str,
    types: Sequence[str] | None = None,
    *,
    spark: SparkSession | None = None,
    **options: Any,
) -> AutoFeatures:
    """Find features that help to predict a target, of the columns of a table and of events.

    Candidates are written as SQL, computed by Spark for a sample of rows, and ranked by what they
    add for rows that are held out: the share of the target's variance (of a classification, of its
    classes' indicators, which is the Brier skill score) that an additive model of the columns,
    those that were chosen before and the candidate explains, less that without it. Greedy forward
    selection, see `sparkfl.features.auto.selection.select`; five folds by a hash of the row or the
    entity. One is chosen if it gains more than shuffled candidates do, and more than `min_gain`.

    Parameters
    ----------
    table : str
        Name of a table or view, or a query.
    target : str
        The column to predict: a number, a boolean or a text. Rows without it are left out.
    types : sequence of str, optional
        Some of ``'numeric'``, ``'categorical'``, ``'temporal'``, ``'relational'``; by default all.
    spark : pyspark.sql.SparkSession, optional
        The session; by default the active one.
    **options
        `entity`, columns of the entity, which are no features; `label_time`, the column of the
        time of the label; `events`, tables of events as sources of a feature view, such as
        ``'shop.orders TIMESTAMP ordered_at'``, of which relational features are made, strictly
        before the label's time; `windows`, days, by default 7, 30 and 90, besides all time;
        `task`, ``'classification'`` or ``'regression'``; `view`, name of a feature view that is
        created (or replaced) of what was found; `max_candidates` 200, `max_features` 20,
        `max_seconds` 60, `max_rows` 20,000, `min_gain` 0.001, `seed` 42. The result is the same
        for the same seed, unless `max_seconds` ends it.

    Returns
    -------
    AutoFeatures
        The candidates with their gains, and the chosen ones as SQL.

    Raises
    ------
    ParameterError
        If fewer than 50 rows have a target, it is the same in all or has more than 20 classes, an
        option is not valid, or events are given without an entity and a label time.
    SchemaError
        If a column is missing, or the target or the label's time is of another type.

    Examples
    --------
    >>> import sparkfl
    >>> _ = (
    ...     spark.range(1000)
    ...     .selectExpr("id", "1 + 9 * rand(1) AS spent", "1 + 9 * rand(2) AS earned")
    ...     .selectExpr("*", "earned / spent AS share")
    ...     .createOrReplaceTempView("budgets")
    ... )
    >>> found = sparkfl.auto_features("budgets", "share", ["numeric"], entity="id", spark=spark)
    >>> found.rows[0][:4]
    (1, 'ratio_earned_spent', 'numeric', '`earned` / nullif(`spent`, 0)')
    """
    session = SparkSession.active() if spark is None else spark
    own = resolve(
        {**options, **({} if types is None else {"types": types})}, OPTIONS, "auto_features"
    )
    for name, given in (("table", table), ("target", target)):
        if class_name(given) != "str" or not given.strip():
            raise ParameterError(
                f"auto_features: {name} is {_shown(given)}; give a name. A frame gets one by "
                "createOrReplaceTempView."
            )
    entity = list(listed("entity of auto_features", own["entity"], str))
    read = read_table(table)
    asked = Search(
        target, _kinds(own, types is not None), entity, own.get("label_time"),
        _events(own, entity), own["windows"], own.get("task"),
        Bounds(**{name: own[name] for name in vars(Bounds())}),
    )  # fmt: skip
    df = Query(read.query).frame(session)
    require_distinct_columns(df)
    entity = [each.name for each in resolve_all(df, entity, "The table")]
    unique = bool(entity) and _is_unique(df, entity)
    view: str | None = own.get("view")
    _check_view(view, entity, unique, asked)
    found = search(df, asked)
    written = Written(read, entity, unique, asked, view or f"auto_{target}")
    if view is not None:
        _keep(session, view, written.definition(found))
    return written.result(found)


def _keep(spark: SparkSession, name: str, definition: Definition | None) -> None:
    """Make a feature view, or its next version."""
    if definition is None:
        raise ParameterError(
            f"No feature was found that the view {name} could have; give more events, or a smaller "
            "min_gain."
        )
    called = qualified(spark, name)
    content = checked(spark, called, content_of(spark, called, definition))
    registry(spark).create_feature_view(called, content, replace=True)


def _shown(given: object) -> str:
    return repr(given) if given is None or isinstance(given, str | int) else class_name(given)


def _kinds(own: Mapping[str, Any], given: bool) -> list[str]:
    """Return the kinds that are tried; say if there can be none of one."""
    kinds = list(dict.fromkeys(own["feature_types"]))
    if not kinds:
        raise ParameterError(f"auto_features: feature_types is empty; give some of {KINDS}.")
    if own["events"]:
        if "relational" not in kinds:
            raise ParameterError(
                "auto_features: events are given, and feature_types has no 'relational'; add it, "
                "or leave events out."
            )
        if not own["entity"] or own.get("label_time") is None:
            raise ParameterError(
                "auto_features: features of events need entity, the columns that say whose an "
                "event is, and label_time, the column of the table before which an event has to "
                "be; without it a row would see what came after its label."
            )
    elif kinds == ["relational"]:
        raise ParameterError(
            "auto_features: relational features are made of events; give events => 'shop.orders "
            "TIMESTAMP ordered_at', entity and label_time."
        )
    elif given and "relational" in kinds:
        _LOG.warning(
            "auto_features makes no relational features without events => 'table TIMESTAMP "
            "column', entity and label_time; the other kinds are tried."
        )
    return kinds


def _events(own: Mapping[str, Any], entity: Sequence[str]) -> list[Events]:
    """Read the tables of events."""
    made: list[Events] = []
    for text in own["events"]:
        cursor = Cursor(text, lex(text))
        found = relations(cursor, entity, None)
        cursor.end()
        for each in found:
            if each.time is None:
                raise ParameterError(
                    f"auto_features: the events {each.text} have no time; write '{each.text} "
                    "TIMESTAMP column'."
                )
            made.append(
                Events(
                    each.table or "", each.time, each.key_names(entity), each.where, each.query,
                    each.name,
                )
            )  # fmt: skip
    return made


def _is_unique(df: DataFrame, entity: Sequence[str]) -> bool:
    """Tell whether no entity has two rows."""
    twice = df.groupBy(*map(quote, entity)).agg(sf.count(sf.lit(1)).alias("n")).where("n > 1")
    return bool(twice.isEmpty())


def _check_view(view: str | None, entity: Sequence[str], unique: bool, asked: Search) -> None:
    """Refuse a view that could have no feature, before anything runs."""
    if view is None:
        return
    if not entity:
        raise ParameterError(
            f"auto_features: the view {view} needs entity, the columns that name a row of it."
        )
    if not unique and not asked.events:
        raise ParameterError(
            f"auto_features: the table has several rows of one {', '.join(entity)}, so that the "
            f"view {view} could have none of their features; give events, or a table with a row "
            "each."
        )
