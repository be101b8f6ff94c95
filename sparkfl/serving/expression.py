"""What a model says of a row, as one column: `ml_predict` where an expression may stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from sparkfl.columns import quote
from sparkfl.errors import SchemaError
from sparkfl.registry import content_of

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["predicted_value"]


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
    known = {field.name.lower(): field for field in fields}
    given: dict[str, str] = {}
    for place, (name, column) in enumerate(zip(names, row.columns, strict=True)):
        found = known.get(name.lower()) if name else next(iter(fields[place : place + 1]), None)
        if found is None and whole:
            continue
        if found is None or found.name in given:
            wanted = ", ".join(field.name for field in fields)
            told = f"{name} is given twice" if found else f"there is no {name or place + 1}"
            raise SchemaError(
                f"ml_predict takes the model's columns, by their names or in this order: {wanted}; "
                f"{told}."
            )
        given[found.name] = column
    if not given:
        wanted = ", ".join(field.name for field in fields)
        raise SchemaError(f"The struct of ml_predict has none of the model's columns: {wanted}.")
    columns = [
        F.col(given[f.name]) if f.name in given else F.lit(None).cast(f.type) for f in fields
    ]
    named = row.select(*[c.alias(f.name) for c, f in zip(columns, fields, strict=True)])
    scored = predict(model, named, hidden=True)
    return scored.select(_value(model, scored.columns[len(fields) :]).alias("value"))


def _value(model: Any, names: Sequence[str]) -> Column:
    """Return the output that counts, of those that a prediction adds."""
    outputs = getattr(model, "outputs", {})
    score = outputs.get("scoreCol")
    if score is not None:
        return F.col(quote(score))
    probability = outputs.get("probabilityCol")
    classes = model.label.classes if getattr(model, "label", None) else ()
    if probability is not None and len(classes) == 2:
        return F.col(quote(probability))[1]
    return F.col(quote("anomaly_score" if "anomaly_score" in names else names[0]))
