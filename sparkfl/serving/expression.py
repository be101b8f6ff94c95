"""What a model says of a row, as one column: `ml_predict` where an expression may stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from sparkfl.columns import quote
from sparkfl.errors import SchemaError
from sparkfl.models.fitted import SqlModel
from sparkfl.registry import content_of

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["placed", "predicted_value"]


def predicted_value(
    model: Any,
    predict: Callable[..., DataFrame],
    row: DataFrame,
    names: Sequence[str | None],
    whole: bool,
) -> DataFrame:
    """Return a plan of one column: what a model says of each row.

    Of two classes it is the probability of the greater, of an anomaly detector the score, and else
    the prediction. Columns of the model that are not given are NULL.

    Parameters
    ----------
    model : object
        A loaded model.
    predict : callable
        What answers `model_predict` of it.
    row : pyspark.sql.DataFrame
        The values.
    names : sequence of str or None
        Which columns of the model they are; None for the one in the same place.
    whole : bool
        Whether they are the fields of a struct, of which not all must be the model's.

    Raises
    ------
    SchemaError
        If a name is none of the model's columns, or is given twice, or there are too many.
    """
    fields = content_of(model).inputFields()
    given = [
        F.lit(None).cast(field.type) if place is None else F.col(row.columns[place])
        for place, field in zip(placed(model, names, whole), fields, strict=True)
    ]
    named = row.select(*[c.alias(f.name) for c, f in zip(given, fields, strict=True)])
    scored = predict(model, named, hidden=True)
    return scored.select(_value(model, scored.columns[len(fields) :]).alias("value"))


def placed(model: Any, names: Sequence[str | None], whole: bool) -> list[int | None]:
    """Return which value is that of each of a model's columns; None if it is not given.

    Parameters
    ----------
    model, names, whole
        As of `predicted_value`.

    Raises
    ------
    SchemaError
        If a name is none of the model's columns, or is given twice, or there are too many.
    """
    fields = [field.name for field in content_of(model).inputFields()]
    wanted = ", ".join(fields)
    known = {name.lower(): name for name in fields}
    given: dict[str, int] = {}
    for place, name in enumerate(names):
        found = known.get(name.lower()) if name else next(iter(fields[place : place + 1]), None)
        if found is None and whole:
            continue
        if found is None or found in given:
            told = f"{name} is given twice" if found else f"there is no {name or place + 1}"
            raise SchemaError(
                f"ml_predict takes the model's columns, by their names or in this order: {wanted}; "
                f"{told}."
            )
        given[found] = place
    if not given:
        raise SchemaError(f"The struct of ml_predict has none of the model's columns: {wanted}.")
    return [given.get(name) for name in fields]


def _value(model: Any, names: Sequence[str]) -> Column:
    """Return the output that counts, of those that a prediction adds."""
    if not isinstance(model, SqlModel):
        return F.col(quote("anomaly_score" if "anomaly_score" in names else names[0]))
    param, place = model.value
    column = F.col(quote(model.outputs[param]))
    return column if place is None else column[place]
