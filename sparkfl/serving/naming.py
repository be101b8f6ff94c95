"""What `ml_train` calls types and parameters, as MODEL_TYPE and OPTIONS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DataType, IntegralType

from sparkfl.columns import kind_of, resolve
from sparkfl.errors import ParameterError
from sparkfl.models.types import FORECASTING_TYPES, RelationType, SeriesType, canonical, type_of
from sparkfl.options import plain

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["LABELS", "named_options"]

_BOTH = {
    "decision_tree": ("decision_tree_classifier", "decision_tree_regression"),
    "gradient_boosting": ("gradient_boosted_tree_classifier", "gradient_boosted_tree_regression"),
    "lightgbm": ("lightgbm_classifier", "lightgbm_regressor"),
    "linear": ("logistic_reg", "linear_reg"),
    "random_forest": ("random_forest_classifier", "random_forest_regression"),
    "xgboost": ("xgboost_classifier", "xgboost_regressor"),
}
_OTHER = {
    "anomaly_detection": "isolation_forest",
    "clustering": "kmeans",
    "k_means": "kmeans",
    "time_series": "auto_forecast",
}
LABELS = ("label", "target", "target_variable")
_CLASSES = 10
"""The most values of a column of whole numbers that are taken for classes."""


def named_options(
    df: DataFrame, name: str | None, parameters: Mapping[str, object]
) -> dict[str, object]:
    """Return the OPTIONS of CREATE MODEL that a call of `ml_train` means.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        The training query. The label, unless a parameter ``label`` or ``target`` names it, is its
        column of such a name, else its last. A time series goes by its first column of dates, and
        its values are in its first column of numbers.
    name : str or None
        A MODEL_TYPE, or a family such as ``'xgboost'``: then the objective tells whether it is a
        classification, or else the label, which is one of classes if it is text, a boolean, or
        whole numbers with ten values or fewer. None is a random forest if there is a parameter
        that names the label, else an isolation forest.
    parameters : mapping of str to object
        Options under their names or ``algorithm``, the type of a time series.

    Raises
    ------
    ParameterError
        If there is no such type, or the query has no column for it.

    Examples
    --------
    >>> df = spark.sql("SELECT 1.5 AS spend, true AS gone")
    >>> named_options(df, "xgboost", {"max_depth": 6})
    {'MODEL_TYPE': 'xgboost_classifier', 'LABEL': 'gone', 'max_depth': 6}
    >>> named_options(df, None, {})
    {'MODEL_TYPE': 'isolation_forest'}
    """
    given = dict(parameters)
    label = next((given.pop(k) for k in list(given) if k.lower() in LABELS), None)
    algorithm = next((given.pop(k) for k in list(given) if k.lower() == "algorithm"), None)
    family = _plain(name or ("isolation_forest" if label is None else "random_forest"))
    if algorithm is not None and canonical(_OTHER.get(family, family)) in FORECASTING_TYPES:
        family = _plain(str(algorithm))
    found = _BOTH.get(family)
    if found is None:
        family = _OTHER.get(family, family)
        kind = type_of(family)
        if isinstance(kind, SeriesType):
            return {"MODEL_TYPE": family, **_series(df, label, given), **given}
        if isinstance(kind, RelationType):
            return {"MODEL_TYPE": family, **given}
        options = {"LABEL": str(label or _label(df))} if kind.task.target else {}
        return {"MODEL_TYPE": family, **options, **given}
    label = str(label or _label(df))
    objective = str(next((v for k, v in given.items() if plain(k) == "OBJECTIVE"), ""))
    classes = _objective(objective)
    if classes is None:
        classes = _is_class(df, label)
    return {"MODEL_TYPE": found[0 if classes else 1], "LABEL": label, **given}


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def _label(df: DataFrame) -> str:
    """Return the column to predict."""
    named = [c for c in df.columns if c.lower() in LABELS]
    return (named or df.columns)[-1]


def _objective(objective: str) -> bool | None:
    """Tell whether an objective is of classes; None if it does not say."""
    if objective.startswith(("binary", "multi")):
        return True
    return False if objective.startswith(("reg", "count")) else None


def _is_class(df: DataFrame, label: str) -> bool:
    """Tell whether a label is one of classes."""
    found = resolve(df, label, f"label = {label!r}: the query")
    if isinstance(found.type, IntegralType):
        row = df.agg(F.approx_count_distinct(found.column)).first()
        return row is not None and row[0] <= _CLASSES
    return isinstance(found.type, BooleanType) or kind_of(found.type) == "string"


def _series(df: DataFrame, label: object, given: Mapping[str, object]) -> dict[str, object]:
    """Return the columns of a time series that parameters do not name."""
    named = {plain(key) for key in given}
    columns: dict[str, object] = {}
    if not named & {"TIMECOL", "TIMESERIESTIMESTAMPCOL", "TIMESTAMPCOL"}:
        columns["TIME_COL"] = _first(df, "date", "a date or a timestamp", "time_col")
    columns["LABEL"] = label or _first(df, "number", "a number", "label")
    return columns


def _first(df: DataFrame, kind: str, says: str, parameter: str) -> str:
    def is_one(data_type: DataType) -> bool:
        return kind_of(data_type) == kind

    found = next((f.name for f in df.schema if is_one(f.dataType)), None)
    if found is None:
        raise ParameterError(
            f"A time series needs a column that is {says}; the query has {', '.join(df.columns)}. "
            f"Name one by the parameter '{parameter}', or cast it in the query."
        )
    return found
