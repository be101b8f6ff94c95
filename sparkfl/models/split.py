"""Which rows of a training query are held out, to judge the model by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from sparkfl.columns import INTERNAL, double_sql, kind_of, path_sql, resolve
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.options import Option

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["SPLIT_OPTIONS", "Split", "split_of"]

HELD_OUT = INTERNAL + "held_out"
"""The column that tells which rows are held out."""
_ORDER = INTERNAL + "order"
_FEW = 500
_MOST_HELD_OUT = 10_000

SPLIT_OPTIONS = (
    Option(
        "splitMethod",
        str,
        None,
        "Which rows are held out: some at `random`; by `auto_split`, as by BigQuery ML, none of "
        "fewer than 500 rows, else a fifth, and 10,000 at most; by `seq` those with the greatest "
        "values of DATA_SPLIT_COL; by `custom` those where it is TRUE; by `no_split`, the default, "
        "none. The model is judged by them when it is trained.",
        key="DATA_SPLIT_METHOD",
        choices=("random", "auto_split", "seq", "custom", "no_split"),
    ),
    Option(
        "splitFraction",
        float,
        None,
        "Share of the rows that is held out, 0.2 by default. Given alone it means `random`.",
        key="DATA_SPLIT_EVAL_FRACTION",
        aliases=("VALIDATION_SPLIT",),
        above=0.0,
        below=1.0,
    ),
    Option(
        "splitCol",
        "column",
        None,
        "The column that `seq` and `custom` go by, which is no feature: a number or a date, or a "
        "boolean.",
        key="DATA_SPLIT_COL",
    ),
    Option(
        "splitSeed",
        int,
        0,
        "Seed of `random`.",
        key="DATA_SPLIT_SEED",
        minimum=0,
    ),
)
_NEEDS = {"seq": ("number", "date"), "custom": ("boolean",)}


@dataclass(frozen=True)
class Split:
    """How rows are held out.

    Attributes
    ----------
    method : {'random', 'auto_split', 'seq', 'custom'}
        By what.
    fraction : float
        Their share.
    column : str
        The column that tells, "" for 'random'.
    seed : int
        Of 'random'.
    """

    method: str
    fraction: float = 0.2
    column: str = ""
    seed: int = 0

    def excluded(self, df: DataFrame) -> tuple[str, ...]:
        """Return the columns of a query that are no features, as they tell the split."""
        return (resolve(df, self.column, self._what()).path[0],) if self.column else ()

    def told(self, df: DataFrame) -> dict[str, Column]:
        """Return the columns that `held_out` needs of a query.

        Raises
        ------
        SchemaError
            If the column is missing or of another kind.
        """
        if self.method == "random":
            return {HELD_OUT: F.rand(self.seed) < self.fraction}
        if self.method == "auto_split":
            return {_ORDER: F.rand(self.seed)}
        found = resolve(df, self.column, self._what())
        if kind_of(found.type) not in _NEEDS[self.method]:
            raise SchemaError(
                f"DATA_SPLIT_COL = {self.column!r} is {found.type.simpleString()}; by "
                f"'{self.method}' it must be a {' or a '.join(_NEEDS[self.method])}. Cast it in "
                "the query, or name another column."
            )
        if self.method == "custom":
            return {HELD_OUT: F.coalesce(found.column, F.lit(False))}
        return {_ORDER: F.expr(double_sql(path_sql(found.path), found.type))}

    def parted(self, rows: DataFrame) -> tuple[DataFrame, DataFrame | None]:
        """Return the rows to train on, and those held out, of rows that have what `told` gave."""
        if self.method == "auto_split":
            n = rows.count()
            if n < _FEW:
                return rows, None
            share = min(self.fraction, _MOST_HELD_OUT / n)
            rows = rows.withColumn(HELD_OUT, F.col(_ORDER) < share)
        marked = self._marked(rows)
        return marked.where(~F.col(HELD_OUT)), marked.where(HELD_OUT)

    def _marked(self, rows: DataFrame) -> DataFrame:
        if self.method != "seq":
            return rows
        bound = rows.agg(F.percentile_approx(_ORDER, 1.0 - self.fraction, 100_000)).first()
        assert bound is not None
        last = F.col(_ORDER) > F.lit(bound[0]) if bound[0] is not None else F.lit(False)
        return rows.withColumn(HELD_OUT, F.coalesce(last, F.lit(False)))

    def _what(self) -> str:
        return f"DATA_SPLIT_COL = {self.column!r}: the query"


def split_of(params: dict[str, Any], names: Mapping[str, str]) -> Split | None:
    """Take the options of a split out of parameters; None if nothing is held out.

    Raises
    ------
    ParameterError
        If they do not go together.

    Examples
    --------
    >>> split_of({"splitFraction": 0.3, "splitSeed": 0}, {})
    Split(method='random', fraction=0.3, column='', seed=0)
    """
    method = params.pop("splitMethod", None)
    fraction = params.pop("splitFraction", None)
    column = params.pop("splitCol", None)
    seed = params.pop("splitSeed", 0)
    if method is None and fraction is None and column is None:
        return None
    method = method or ("random" if column is None else "custom")
    if method == "no_split":
        return None
    if (method in _NEEDS) != (column is not None):
        told = names.get("splitMethod", "DATA_SPLIT_METHOD")
        raise ParameterError(
            f"{told} = '{method}' needs DATA_SPLIT_COL."
            if method in _NEEDS
            else f"DATA_SPLIT_COL goes with {told} = 'seq' or 'custom', not with '{method}'."
        )
    return Split(method, fraction or 0.2, column or "", seed)
