"""Whether a frame of features is as expected: all expectations in one pass."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as sf
from pyspark.sql.types import BooleanType, StructType

from sparkfl.columns import resolve
from sparkfl.errors import QualityError, SchemaError
from sparkfl.features.quality.expectation import FRESHNESS, PSI, SCHEMA, Expectation
from sparkfl.features.quality.measures import MEASURES
from sparkfl.features.quality.psi import index, profile, profile_columns
from sparkfl.tables.attempt import attempt
from sparkfl.tables.cause import advice

__all__ = ["Verdict", "check", "check_readable", "violated"]

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verdict:
    """What became of an expectation.

    Attributes
    ----------
    expectation : Expectation
        What was expected.
    passed : bool or None
        None where it is not known: a figure of no rows, a distribution without one before.
    observed : float or None
        The figure; of a condition the number of rows that make it false, of freshness seconds, of
        the schema the number of columns that have changed.
    rows : int or None
        Rows that were looked at.
    detail : str
        What was seen, in words.
    profile : str or None
        Of a distribution, what the next is compared with, as JSON.
    """

    expectation: Expectation
    passed: bool | None
    observed: float | None
    rows: int | None
    detail: str
    profile: str | None = None


def check(
    features: DataFrame,
    expectations: Sequence[Expectation],
    ages: Mapping[str, float | None] | None = None,
    changes: Sequence[str] | None = None,
    profiles: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Verdict]:
    """Judge a frame by expectations.

    Parameters
    ----------
    features : pyspark.sql.DataFrame
        Rows with the columns of a view.
    expectations : sequence of Expectation
        What is expected of them.
    ages : mapping of str to float or None, optional
        Seconds since the latest event, by what ``freshness`` names; None if there is no event.
    changes : sequence of str, optional
        Changed columns of sources, in words; None if that is not known.
    profiles : mapping of str to mapping, optional
        Profiles of before, by the column in lower case.

    Returns
    -------
    list of Verdict
        One each, in order.

    Raises
    ------
    SchemaError
        If a condition cannot be read, or is none.

    Examples
    --------
    >>> rows = spark.sql("SELECT * FROM VALUES (1), (5), (NULL) AS t(n)")
    >>> for verdict in check(rows, [Expectation("n < 5"), Expectation("nulls(n) <= 0.5")]):
    ...     print(verdict.passed, verdict.detail)
    False 1 of 3 rows (33.3 %)
    True 0.333333
    """
    profiles = profiles or {}
    figures: list[Column] = [sf.count(sf.lit(1)).alias("rows")]
    for place, each in enumerate(expectations):
        figures += [own.alias(f"_{place}") for own in _figure(features, each, profiles)]
    found = None
    if len(figures) > 1:
        found = features.agg(*figures).first()
        assert found is not None
    return [
        _verdict(each, found, f"_{place}", ages or {}, changes, profiles)
        for place, each in enumerate(expectations)
    ]


def violated(view: str, verdicts: Sequence[Verdict], figures: bool = True) -> None:
    """Warn of the expectations that are not met, or fail; without `figures`, by their texts alone.

    Raises
    ------
    QualityError
        If one of them is to fail.
    """
    failed = [v for v in verdicts if v.passed is False and v.expectation.on_violation == "fail"]
    for verdict in verdicts:
        if verdict.passed is False and verdict not in failed:
            told = _told(verdict, figures)
            _logger.warning("The feature view %s is not as expected: %s", view, told)
    if failed:
        told = "; ".join(_told(verdict, figures) for verdict in failed)
        raise QualityError(
            f"The feature view {view} is not as expected: {told}. Correct the sources, or ALTER "
            f"FEATURE VIEW; feature_quality({view}) has what was seen over time."
        )


def check_readable(view: str, schema: StructType, features: DataFrame, each: Expectation) -> None:
    """Refuse an expectation of columns that are not there, or of another type; nothing runs.

    Raises
    ------
    SchemaError
        If it is such.
    """
    if each.measure == "condition":
        _condition(features, each)
    elif each.measure not in (SCHEMA, FRESHNESS):
        known = schema.names
        if each.of and not each.columns(known):
            raise SchemaError(
                f"The expectation {each.expect!r} of the view {view} is of {each.of!r}, which is "
                f"no column; there are {', '.join(known)}."
            )
        _figure(features, each, {})


def _figure(
    features: DataFrame, each: Expectation, profiles: Mapping[str, Mapping[str, Any]]
) -> list[Column]:
    """Return what is to be aggregated for an expectation, if anything."""
    if each.measure in (SCHEMA, FRESHNESS):
        return []
    if each.measure == "condition":
        return [sf.count_if(~sf.coalesce(_condition(features, each), sf.lit(True)))]
    if not each.of:
        return [MEASURES[each.measure](sf.lit(1))]
    column = resolve(features, each.columns(features.columns)[0])
    if each.measure in MEASURES:
        return [MEASURES[each.measure](column.column)]
    told = profile_columns(each.of, column.column, column.type, profiles.get(each.of.lower()))
    return [sf.struct(*(own.alias(name) for name, own in told.items()))]


def _condition(features: DataFrame, each: Expectation) -> Column:
    """Read a condition."""
    column = sf.expr(f"({each.expect})")
    try:
        with attempt():
            (field,) = features.select(column.alias("_")).schema.fields
    except (AnalysisException, ParseException) as error:
        raise SchemaError(
            f"The expectation {each.expect!r} cannot be read: {advice(error)} Figures are "
            f"{', '.join([*MEASURES, FRESHNESS, PSI])}."
        ) from error
    if not isinstance(field.dataType, BooleanType):
        raise SchemaError(
            f"The expectation {each.expect!r} is {field.dataType.simpleString()}; write a "
            "condition, or a figure with its bounds."
        )
    return column


def _verdict(
    each: Expectation,
    found: Row | None,
    place: str,
    ages: Mapping[str, float | None],
    changes: Sequence[str] | None,
    profiles: Mapping[str, Mapping[str, Any]],
) -> Verdict:
    """Judge one expectation by its figure."""
    if each.measure == SCHEMA:
        if changes is None:
            return Verdict(each, None, None, None, "not known: made without a schema")
        told = "; ".join(changes) or "as it was"
        return Verdict(each, not changes, float(len(changes)), None, told)
    if each.measure == FRESHNESS:
        age = ages.get(each.of.lower())
        told = "no event" if age is None else f"latest event {age / 3600:.6g} hours before"
        return Verdict(each, bool(each.holds(age)), age, None, told)
    assert found is not None
    rows = int(found["rows"])
    if each.measure == "condition":
        share = f" ({found[place] / rows:.1%})".replace("%", " %") if rows else ""
        told = f"{found[place]} of {rows} rows{share}"
        return Verdict(each, found[place] == 0, float(found[place]), rows, told)
    if each.measure == PSI:
        before = profiles.get(each.of.lower())
        figure, own = index(found[place], before), profile(found[place])
        told = "no distribution of before" if figure is None else f"{figure:.6g}"
        kept = None if own is None else json.dumps(own)
        return Verdict(each, each.holds(figure), figure, rows, told, kept)
    figure = None if found[place] is None else float(found[place])
    told = "no values" if figure is None else f"{figure:.6g}"
    return Verdict(each, each.holds(figure), figure, rows, told)


def _told(verdict: Verdict, figures: bool) -> str:
    told = f"{verdict.expectation.name}, expected {verdict.expectation.expect}"
    return f"{told}: {verdict.detail}" if figures else told
