"""What there is to know of a query before a model is trained, as a table."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as sf
from pyspark.sql.types import BinaryType, MapType, StructType

from sparkfl.columns import check_names, kind_of, resolve
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.features.exploration.columns import as_number, columns_of, is_numeric, laid_out, listed
from sparkfl.features.exploration.correlations import spearman
from sparkfl.features.exploration.distributions import histograms, values
from sparkfl.features.exploration.figures import figures
from sparkfl.features.exploration.popularity import popularity
from sparkfl.features.exploration.stores import explore_stores
from sparkfl.features.exploration.told import told
from sparkfl.privacy.screen import SMALLEST_MINIMUM
from sparkfl.remote import ship

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from sparkfl.columns import Found

__all__ = ["COLUMNS", "explore"]

COLUMNS = {
    "section": "string",
    "store": "string",
    "feature": "string",
    "statistic": "string",
    "value": "double",
    "text": "string",
    "lower": "double",
    "upper": "double",
}
"""The columns of the result."""

_TEST = ("test", "eval", "evaluation", "holdout", "true", "1", "valid", "validation")


def explore(
    df: DataFrame,
    target: str | None = None,
    *,
    split: str | None = None,
    per: str | None = None,
    cluster: str | None = None,
    prediction: str | None = None,
    ordered: str | None = None,
    recommended: str | None = None,
    bins: int = 20,
    min_size: int = 10,
) -> DataFrame:
    """Explore all columns of a query, in a handful of passes however many there are.

    The result is a plan: nothing runs before it is asked for.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        The query. Numbers, booleans, dates, times and texts are explored, and so are the fields of
        structs; of arrays, vectors, maps and binaries only what is missing.
    target : str, optional
        Column that is to be predicted: with a correlation of each number with it, if it is one, a
        boolean or a date.
    split : str, optional
        Column that says of each row whether it is ``test`` (``eval``, ``validation``, ``holdout``,
        TRUE, 1) or of the training: coefficients of variation of both, and their ratio.
    per : str, optional
        Column of the stores. Then only counts, means, deviations and Pearson's correlation are
        told, of each store and of all together, and only where they pass the gate of
        :func:`sparkfl.privacy.moments.release_moments`.
    cluster, prediction : str, optional
        Columns with what a model said, whose distributions are apart.
    ordered, recommended : str, optional
        Columns of items, single ones or arrays: the most frequent of both, compared.
    bins : int, default 20
        Bins of a histogram.
    min_size : int, default 10
        With `per`, fewest rows of a store that anything is told of, at least 3.

    Returns
    -------
    pyspark.sql.DataFrame
        `COLUMNS`, a row a statistic.

    Raises
    ------
    ParameterError
        If an argument is not valid, or a column is named for two ends.
    SchemaError
        If a column is missing, or there is none to explore.

    Examples
    --------
    >>> df = spark.sql("SELECT * FROM VALUES (1.0, 2.0), (2.0, 4.5), (NULL, 1.0) AS t(x, y)")
    >>> told = explore(df, "y")
    >>> spearman = told.where("section = 'correlation' AND statistic = 'spearman'").first()
    >>> round(spearman.value, 9)
    1.0
    >>> told.where("statistic = 'missing' AND feature = 'x'").first().value
    1.0
    """
    check_names(df.columns)
    named = {
        "target": target, "split": split, "per": per, "cluster": cluster,
        "prediction": prediction, "ordered": ordered, "recommended": recommended,
    }  # fmt: skip
    found = {end: resolve(df, name, "explore: the query") for end, name in named.items() if name}
    _check(found, bins, min_size)
    ship(df.sparkSession)
    if "per" in found:
        return _together(explore_stores(df, found["per"], found.get("target"), min_size))
    sections = {"target": "target", "cluster": "clusters", "prediction": "predictions"}
    roles = {found[end].name: section for end, section in sections.items() if end in found}
    apart = ("split", "ordered", "recommended")
    left = [each.path[0] for end, each in found.items() if end in apart]
    columns = columns_of(df.schema, roles, left)
    if not columns and "ordered" not in found:
        raise SchemaError("explore: the query has no column to explore; select some.")
    goal = found.get("target")
    y = as_number(goal) if goal is not None and is_numeric(goal) else None
    rows = laid_out(df, columns, _finite(y), _is_test(found.get("split")))
    known = listed(df, columns)
    whole = figures(rows, columns)
    parts = [told(known, whole, "split" in found)]
    numbers = [c for c in columns if c.kind in ("number", "date")]
    if numbers:
        parts.append(histograms(known, rows, whole, columns, bins))
    if any(c.kind == "category" for c in columns):
        parts.append(values(known, rows, columns))
    if y is not None and any(c.section != "target" for c in numbers):
        parts.append(spearman(rows, known, columns))
    if y is None and goal is not None:
        parts.append(_no_correlation(df, goal))
    if "ordered" in found:
        parts.append(popularity(df, found["ordered"], found["recommended"]))
    return _together(parts)


def _check(found: dict[str, Found], bins: int, min_size: int) -> None:
    """Refuse what cannot be meant."""
    if type(bins) is not int or not 1 <= bins <= 1000:
        raise ParameterError(f"explore: BINS is {bins!r}; give an integer from 1 to 1000.")
    if type(min_size) is not int or min_size < SMALLEST_MINIMUM:
        raise ParameterError(
            f"explore: MIN_SIZE is {min_size!r}; give an integer of at least {SMALLEST_MINIMUM}."
        )
    ends: dict[str, str] = {}
    for end, each in found.items():
        if each.name in ends:
            raise ParameterError(
                f"explore: {each.name} is named as {ends[each.name].upper()} and as {end.upper()}; "
                "leave one out."
            )
        ends[each.name] = end
    if ("ordered" in found) != ("recommended" in found):
        raise ParameterError("explore: ORDERED and RECOMMENDED are compared; name both or neither.")
    others = sorted(end.upper() for end in found if end not in ("per", "target"))
    if "per" in found and others:
        raise ParameterError(
            f"explore: with PER nothing is told but what passes the gate of each store, which "
            f"{' and '.join(others)} would need more for; leave out PER, or these."
        )
    _check_types(found)


def _check_types(found: dict[str, Found]) -> None:
    """Refuse columns that cannot be what they are named for."""
    for end in ("split", "per", "cluster"):
        if end in found and kind_of(found[end].type) not in ("string", "number", "boolean", "date"):
            raise SchemaError(
                f"explore: {end.upper()} = {found[end].name} is "
                f"{found[end].type.simpleString()}; name a column of texts, numbers or booleans."
            )
    for end in ("ordered", "recommended"):
        if end in found and isinstance(found[end].type, MapType | StructType | BinaryType):
            raise SchemaError(
                f"explore: {end.upper()} = {found[end].name} is "
                f"{found[end].type.simpleString()}; name a column of items, or of arrays of items."
            )


def _is_test(split: Found | None) -> Column:
    """Return whether a row is of the test, not of the training; NULL if that is not said."""
    if split is None:
        return sf.lit(None).cast("boolean")
    return sf.lower(split.column.cast("string")).isin(*_TEST)


def _finite(target: str | None) -> Column:
    """Return the target, NULL where it is no finite number or there is none."""
    if target is None:
        return sf.lit(None).cast("double")
    return sf.expr(f"CASE WHEN abs({target}) < double('inf') THEN {target} END")


def _no_correlation(df: DataFrame, target: Found) -> DataFrame:
    """Say why there is no correlation."""
    told = (
        f"the target is {target.type.simpleString()}: correlations are with a number, a boolean or "
        "a date; encode it in the query"
    )
    row = [("correlation", target.name, "not_explored", told)]
    return df.sparkSession.createDataFrame(
        row, "section string, feature string, statistic string, text string"
    )


def _together(parts: list[DataFrame]) -> DataFrame:
    """Return the rows of all sections."""
    return reduce(lambda one, other: one.unionAll(other), map(_shaped, parts))


def _shaped(part: DataFrame) -> DataFrame:
    """Give a section all columns."""
    return part.select(
        *(
            (sf.col(name) if name in part.columns else sf.lit(None)).cast(type_).alias(name)
            for name, type_ in COLUMNS.items()
        )
    )
