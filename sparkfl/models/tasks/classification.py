"""Classification: the prediction is a value of the label, as the label's column has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from pyspark.ml.classification import OneVsRest
from pyspark.sql import functions as F

from sparkfl.columns import kind_of
from sparkfl.errors import CapabilityError, ParameterError, SchemaError
from sparkfl.execution.literals import constant_sql
from sparkfl.metrics.classification import classification
from sparkfl.metrics.curves import confusion_matrix, roc_curve
from sparkfl.models.tasks.task import Label, Scored, Target, Task, label_option
from sparkfl.options import Option

if TYPE_CHECKING:
    from pyspark.ml import Estimator
    from pyspark.sql import Column, DataFrame

    from sparkfl.columns import Found

__all__ = ["CLASSIFICATION"]

_MOST = 1000
_WHOLE = 2.0**53
_TYPES = {"number": "double", "boolean": "boolean", "string": "string"}

ONE_VS_REST = Option(
    "oneVsRest",
    bool,
    False,
    "Train a model for each class against all others, and predict the class whose model is surest.",
)
CLASS_WEIGHTS = Option(
    "classWeights",
    "mapping",
    None,
    'The weight of each class\'s rows by the class, as JSON: `\'{"yes": 3, "no": 1}\'`; 1 for a '
    "class that is left out.",
)
AUTO_CLASS_WEIGHTS = Option(
    "autoClassWeights",
    bool,
    False,
    "Weigh the rows so that all classes count the same in the sum.",
)


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
    """Look the classes up, in ascending order, with their rows."""
    counted = rows.groupBy(column).count().limit(_MOST + 1).collect()
    values = sorted((row[0], row[1]) for row in counted)
    classes = tuple(value for value, _ in values)
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
    large = [v for v in classes if isinstance(v, float) and abs(v) >= _WHOLE]
    if large:
        raise SchemaError(
            f"The label {name} has values such as {large[0]:.0f}, of which doubles hold but some. "
            "Cast it to STRING in the query: its values are names."
        )
    if len(classes) < 2:
        raise SchemaError(
            f"The label {name} is {classes[0]!r} in every row: there is nothing to tell apart. "
            "Train on rows of two classes or more."
        )
    return Label(kind, classes, tuple(n for _, n in values))


def _classes(label: Label) -> Column:
    return F.array(*[F.lit(value) for value in label.classes])


def _encode(value: Column, label: Label) -> Column:
    """Return the place of a value among the classes, from 0."""
    return (F.array_position(_classes(label), value) - 1).cast("double")


def _metadata(label: Label) -> dict[str, Any]:
    """Say how many classes there are, which MLlib would run a job to find out."""
    values = [str(place) for place in range(len(label.classes))]
    return {"ml_attr": {"type": "nominal", "vals": values}}


def _decode(prediction: str, label: Label) -> str:
    classes = ", ".join(map(constant_sql, label.classes))
    return f"element_at(array({classes}), CAST({prediction} AS INT) + 1)"


def _weight(encoded: Column, label: Label, params: Mapping[str, Any]) -> Column | None:
    """Return the weight of a class's rows."""
    given = params.get("classWeights")
    if params.get("autoClassWeights"):
        if given:
            raise ParameterError(
                "CLASS_WEIGHTS and AUTO_CLASS_WEIGHTS both say what classes weigh; leave one out."
            )
        share = sum(label.rows) / len(label.classes)
        weights = [share / n for n in label.rows]
    elif given:
        weights = _given_weights(given, label)
    else:
        return None
    return F.element_at(F.array(*[F.lit(w) for w in weights]), encoded.cast("int") + 1)


def _given_weights(given: Mapping[str, Any], label: Label) -> list[float]:
    """Return the weights in the order of the classes."""
    names = {_name(value): value for value in label.classes}
    unknown = [key for key in given if key not in names]
    wrong = [
        f"{key!r}: {value!r}"
        for key, value in given.items()
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e100
    ]
    if unknown or wrong:
        what = f"no class {unknown[0]!r}" if unknown else f"{wrong[0]}, which is no weight above 0"
        raise ParameterError(
            f"CLASS_WEIGHTS has {what}; the label's classes are {', '.join(map(repr, names))}."
        )
    return [float(given.get(name, 1.0)) for name in names]


def _name(value: object) -> str:
    """Write a class as it stands in JSON's keys: 1.0 as 1, TRUE as true."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value))
    return str(value)


def _wrap(estimator: Estimator[Any], params: Mapping[str, Any]) -> Estimator[Any]:
    """Return the estimator, or one that fits it for each class."""
    if not params.get("oneVsRest"):
        return estimator
    columns = ("featuresCol", "labelCol", "predictionCol", "rawPredictionCol", "weightCol")
    made: Any = OneVsRest(classifier=cast("Any", estimator))
    given: Estimator[Any] = made._set(**{n: params[n] for n in columns if n in params})
    return given


def _shown(outputs: Mapping[str, str], params: Mapping[str, Any]) -> Mapping[str, str]:
    """Leave out what models of one class against the others do not give together."""
    without = ("probabilityCol", "leafCol") if params.get("oneVsRest") else ()
    return {param: name for param, name in outputs.items() if param not in without}


def _evaluate(scored: Scored, label: Label | None) -> DataFrame:
    assert label is not None
    return classification(
        scored.rows,
        scored.label,
        scored.prediction,
        scored.score,
        label.classes,
        probabilities=scored.probable,
        by=scored.by,
    )


def _confusion_matrix(scored: Scored, _label: Label | None) -> DataFrame:
    return confusion_matrix(scored.rows, scored.label, scored.prediction)


def _roc_curve(scored: Scored, label: Label | None, thresholds: int) -> DataFrame:
    assert label is not None
    if not scored.score:
        raise CapabilityError(
            "There is a ROC curve for a model that gives scores of its classes; this one tells the "
            "class only. Train a type that gives probabilities, see SHOW_HIDDEN_FIELDS."
        )
    if len(label.classes) != 2:
        raise CapabilityError(
            "There is a ROC curve for a model of two classes; this one has "
            f"{len(label.classes)}. Group the label's values in the query that it is trained on."
        )
    return roc_curve(scored.rows, scored.label, scored.score, label.classes, thresholds)


CLASSIFICATION = Task(
    "classification",
    "`auc_roc` and `auc_pr`, the areas under the ROC and the precision-recall curve (of two "
    "classes, the greater being the positive one; NULL for more, or where the label has a value "
    "that is neither), `accuracy`, `precision`, `recall` and `f1` (of two classes those of the "
    "positive one, of more their means weighted by the rows of each), and `log_loss` (NULL where "
    "the model gives no probabilities, or the label has a value that is new).",
    _evaluate,
    ("predictionCol", "probabilityCol", "rawPredictionCol", "leafCol"),
    target=Target(_read, _learn, _encode, _metadata, _decode, _weight),
    options=(label_option("a number, a boolean or a string"),),
    of_spark=(ONE_VS_REST,),
    weighted=(CLASS_WEIGHTS, AUTO_CLASS_WEIGHTS),
    wrap=_wrap,
    shown=_shown,
    questions={"confusion_matrix": _confusion_matrix, "roc_curve": _roc_curve},
)
