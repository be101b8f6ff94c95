"""The table functions: rows of ``functions.json``, answered by the model that is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any, cast

from pyspark.sql import DataFrame, SparkSession

from sparkfl.errors import CapabilityError, ParameterError
from sparkfl.options import KindName, Option, resolve
from sparkfl.registry import ModelVersion
from sparkfl.serving.catalog import find, load
from sparkfl.serving.expression import predicted_value
from sparkfl.serving.families import family
from sparkfl.serving.feature_views import check_origin
from sparkfl.serving.relations import RELATIONS
from sparkfl.serving.view_answers import OF_VIEWS
from sparkfl.sqlext.inspection import OF_NAMES, training_rows

__all__ = [
    "ARGUMENTS",
    "EXPRESSIONS",
    "EXPRESSION_ROWS",
    "FUNCTIONS",
    "FunctionOption",
    "TableFunction",
    "answer",
    "predicted",
]


@dataclass(frozen=True)
class FunctionOption:
    """A key of a function's OPTIONS.

    Attributes
    ----------
    parameter : str
        The keyword that the model's capability gets it as.
    default : bool, int, float, str or None
        Its value when the key is left out; others are of the same type.
    meaning : str
        What it means; of a boolean, what TRUE means.
    setting : str or None
        A setting of the session, which takes the place of the default.
    minimum, maximum : float or None
        Least and greatest valid number.
    kind : str
        Its kind, see `sparkfl.options.Option`, if it is not the default's type.
    choices : tuple of str
        Valid texts.
    aliases : tuple of str
        Other keys.
    """

    parameter: str
    default: bool | int | float | str | None
    meaning: str
    setting: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    kind: str = ""
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    def option(self, key: str, spark: SparkSession) -> Option:
        """Return what the key stands for in a session.

        Raises
        ------
        ParameterError
            If the session's setting is not valid.
        """
        kind = _KINDS.get(self.kind, self.kind) if self.kind else type(self.default)
        option = Option(
            self.parameter,
            cast("KindName", kind),
            self.default,
            self.meaning,
            self.minimum,
            self.maximum,
            key=key,
            choices=tuple(self.choices),
            aliases=tuple(self.aliases),
        )
        text = spark.conf.get(self.setting, None) if self.setting else None
        if text is None:
            return option
        return replace(
            option, default=option.check(_value(text, type(self.default)), f"SET {self.setting}")
        )


@dataclass(frozen=True)
class TableFunction:
    """A row of ``functions.json``; Scala registers it, writes its usage and binds its arguments.

    Attributes
    ----------
    name : str
        Its name in SQL.
    aliases : tuple of str
        Further names.
    arguments : str
        What stands in its parentheses, in order: keys of `ARGUMENTS`, in brackets what may be
        left out.
    options : mapping of str to FunctionOption
        The keys of its OPTIONS.
    columns : mapping of str to str
        Columns of its result, for the documentation.
    purpose : str
        One sentence.
    capability : str
        What it asks of a model, a key of `sparkfl.serving.families.Family.capabilities` or of
        `sparkfl.sqlext.inspection.OF_NAMES`; of a feature view, a key of
        `sparkfl.serving.view_answers.OF_VIEWS`; without either, a key of
        `sparkfl.serving.relations.RELATIONS`.
    """

    name: str
    aliases: tuple[str, ...]
    arguments: str
    options: Mapping[str, FunctionOption]
    columns: Mapping[str, str]
    purpose: str
    capability: str


_KINDS: Mapping[str, type] = {"integer": int, "number": float, "text": str}
_TABLE = json.loads(resources.files("sparkfl.sqlext").joinpath("functions.json").read_text("utf-8"))

ARGUMENTS: Mapping[str, Mapping[str, str]] = _TABLE["arguments"]
"""`meaning` and `example` of each argument a function may have."""

FUNCTIONS: Mapping[str, TableFunction] = {
    row["name"]: TableFunction(
        **{
            **row,
            "aliases": tuple(row["aliases"]),
            "options": {key: FunctionOption(**option) for key, option in row["options"].items()},
        }
    )
    for row in _TABLE["functions"]
}
"""The table functions, by name."""


def predicted(
    spark: SparkSession, model: str, row: DataFrame, names: Sequence[str | None], whole: bool
) -> DataFrame:
    """Return the plan of `ml_predict` over its arguments, see `predicted_value`.

    Raises
    ------
    ModelNotFoundError
        If there is no such model or version.
    CapabilityError
        If it does not predict.
    SchemaError
        If the arguments are not those of the model's columns.
    """
    found = find(spark, model)
    capabilities = family(found).capabilities
    if "predict" not in capabilities:
        raise _cannot("ml_predict", model, found, capabilities)
    return predicted_value(load(spark, found), capabilities["predict"], row, names, whole)


EXPRESSIONS: Mapping[str, Callable[..., DataFrame]] = {"ml_predict": predicted}
"""The functions that stand where an expression may, by name: a plan whose last column they are."""

EXPRESSION_ROWS: Sequence[dict[str, Any]] = _TABLE["expressions"]
"""What Scala registers them by, and documentation tells of them."""


def answer(
    spark: SparkSession,
    function: str,
    name: str | None,
    version: int | str | None,
    options: str | None,
    df: DataFrame | None,
    read: Callable[[SparkSession, str], DataFrame],
) -> DataFrame:
    """Return what a table function gives, as a plan.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        The session of the call.
    function : str
        A name in `FUNCTIONS`.
    name : str or None
        The model or the feature view, if the function asks one.
    version : int, str or None
        A version, an alias, or None for the one in the name, or the latest.
    options : str or None
        OPTIONS as a JSON object.
    df : pyspark.sql.DataFrame or None
        The query, if the function takes one.
    read : callable
        Makes a frame of the text of a query.

    Raises
    ------
    ModelNotFoundError, FeatureViewNotFoundError
        If there is no such model, view or version.
    CapabilityError
        If such a model cannot be asked for it; the message names what can be.
    SchemaError
        If a feature of the query is made otherwise than that which the model was trained on.
    ParameterError
        If there is no such option, or its value is not valid.
    """
    row = FUNCTIONS[function]
    valid = [option.option(key, spark) for key, option in row.options.items()]
    given = resolve(_keys(options, function), valid, function)
    if name is None:
        return RELATIONS[row.capability](spark if df is None else df, **given)
    if row.capability in OF_VIEWS:
        return OF_VIEWS[row.capability](spark, name, df, **given)
    if row.capability in OF_NAMES:
        rows = training_rows(spark, read) if df is None else lambda _: df
        return OF_NAMES[row.capability](spark, name, version, rows, **given)
    found = find(spark, name, version)
    capabilities = family(found).capabilities
    if row.capability not in capabilities:
        raise _cannot(function, name, found, capabilities)
    if df is not None:
        check_origin(spark, found, df)
    model = load(spark, found)
    return capabilities[row.capability](model, spark if df is None else df, **given)


def _cannot(
    function: str, name: str, version: ModelVersion, capabilities: Mapping[str, Any]
) -> CapabilityError:
    can = [f.name for f in FUNCTIONS.values() if f.capability in capabilities]
    return CapabilityError(
        f"{function} cannot be asked of {name!r}, a model of type {version.model_type}. "
        f"It can be asked {', '.join(can)}."
    )


def _value(text: str, kind: type) -> object:
    """Read what SET has made text; the text itself, which the check then refuses."""
    if kind is not str:
        with suppress(ValueError):
            return json.loads(text.lower())
    return text


def _keys(options: str | None, function: str) -> dict[str, object]:
    """Read OPTIONS; keys come back in upper case."""
    given: dict[str, object] = {}
    for key, value in json.loads(options or "{}", object_pairs_hook=list) or ():
        if key.upper() in given:
            raise ParameterError(f"{function}: option {key.upper()} is given twice; leave one out.")
        given[key.upper()] = value
    return given
