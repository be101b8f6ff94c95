"""What becomes of rows that a model cannot predict: HANDLE_INVALID of `model_predict`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from sparkfl.columns import Found, finite, kind_of, quote, resolve
from sparkfl.registry import content_of

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["handling"]

Predict = Callable[..., "DataFrame"]


def handling(predict: Predict) -> Predict:
    """Return what predicts, and treats rows without a prediction as HANDLE_INVALID has it.

    Parameters
    ----------
    predict : callable
        ``predict(model, query, **options)``: the columns of the query, then the outputs, all of
        them NULL in a row that the model cannot predict.

    Returns
    -------
    callable
        The same with a keyword ``handleInvalid``: 'keep' leaves such rows as they are, 'skip'
        leaves them out, 'error' fails on the first of them, naming the columns of the model that
        have no value.
    """

    def predicted(
        model: Any, query: DataFrame, handleInvalid: str = "keep", **options: Any
    ) -> DataFrame:
        rows = predict(model, query, **options)
        outputs = rows.columns[len(query.columns) :]
        if handleInvalid == "keep" or not outputs:
            return rows
        known = ~reduce(and_, [F.col(quote(name)).isNull() for name in outputs])
        if handleInvalid == "skip":
            return rows.where(known)
        reads = [field.name for field in content_of(model).inputFields()]
        failed = F.raise_error(_told(query, reads)).cast("boolean")
        return rows.where(F.when(known, F.lit(True)).otherwise(failed))

    return predicted


def _told(query: DataFrame, reads: Sequence[str]) -> Column:
    """Return what is said of a row that has no prediction."""
    found = [resolve(query, name) for name in reads]
    empty = F.concat_ws(", ", *[F.when(_is_empty(one), F.lit(one.name)) for one in found])
    missing = F.concat(F.lit("NULL, NaN or an infinite value in "), empty)
    unseen = F.lit("a value that the training had not")
    return F.concat(
        F.lit("model_predict with HANDLE_INVALID = 'error': a row cannot be predicted, it has "),
        F.when(empty != "", missing).otherwise(unseen),
        F.lit(". Filter such rows in the query, or use 'keep' or 'skip'."),
    )


def _is_empty(found: Found) -> Column:
    """Return whether a column has no value that counts."""
    if kind_of(found.type) != "number":
        return found.column.isNull()
    return finite(found.column.cast("double")).isNull()
