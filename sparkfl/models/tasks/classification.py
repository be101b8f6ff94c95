"""Classification: the prediction is a value of the label, as the label's column has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from sparkfl.columns import kind_of
from sparkfl.errors import SchemaError
from sparkfl.metrics.classification import classification
from sparkfl.models.tasks.task import Label, Scored, Target, Task, label_option

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from sparkfl.columns import Found

__all__ = ["CLASSIFICATION"]

_MOST = 1000
_TYPES = {"number": "double", "boolean": "boolean", "string": "string"}


def _read(found: Found) -> Column:
    """Read numbers as double, whose prediction is one, too; strings and booleans as they are."""
    kind = kind_of(found.type)
    if kind not in _TYPES:
        raise SchemaError(
            f"The label {found.name} is {found.type.simpleString()}; it must be a number, a "
            "boolean or a string. Cast it in the query."
        )
    value = found.column.cast(_TYPES[kind])
    return F.nanvl(value, F.lit(None).cast("double")) if kind == "number" else value


def _learn(rows: DataFrame, column: str, kind: str, name: str) -> Label:
    """Look the classes up, in ascending order."""
    values = rows.select(column).distinct().limit(_MOST + 1).collect()
    classes = tuple(sorted(row[0] for row in values))
    if len(classes) > _MOST:
        raise SchemaError(
            f"The label {name} has more than {_MOST} distinct values: it is no class. Group its "
            "values in the query, or name another column."
        )
    fractions = [v for v in classes if isinstance(v, float) and not v.is_integer()]
    if fractions:
        raise SchemaError(
            f"The label {name} has values such as {fractions[0]!r}, which are quantities, not "
            "classes. Group them in the query, or cast them to STRING if each is a class."
        )
    if len(classes) < 2:
        raise SchemaError(
            f"The label {name} is {classes[0]!r} in every row: there is nothing to tell apart. "
            "Train on rows of two classes or more."
        )
    return Label(kind, classes)


def _classes(label: Label) -> Column:
    return F.array(*[F.lit(value) for value in label.classes])


def _encode(value: Column, label: Label) -> Column:
    """Return the place of a value among the classes, from 0."""
    return (F.array_position(_classes(label), value) - 1).cast("double")


def _metadata(label: Label) -> dict[str, Any]:
    """Say how many classes there are, which MLlib would run a job to find out."""
    values = [str(place) for place in range(len(label.classes))]
    return {"ml_attr": {"type": "nominal", "vals": values}}


def _decode(prediction: Column, label: Label) -> Column:
    return F.element_at(_classes(label), prediction.cast("int") + 1)


def _evaluate(scored: Scored, label: Label | None) -> DataFrame:
    assert label is not None
    two = label.classes if len(label.classes) == 2 else None
    return classification(scored.rows, scored.label, scored.prediction, scored.score, two)


CLASSIFICATION = Task(
    "classification",
    "`auc_roc` (of two classes, the greater being the positive one; NULL for more, or where the "
    "label has a value that is neither), `accuracy`, and `precision`, `recall` and `f1`, means "
    "over the classes weighted by their rows.",
    _evaluate,
    ("predictionCol", "probabilityCol", "rawPredictionCol"),
    target=Target(_read, _learn, _encode, _metadata, _decode),
    options=(label_option("a number, a boolean or a string"),),
)
