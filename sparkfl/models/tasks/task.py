"""What models of one kind have in common: what goes out, and how they are judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sparkfl.options import Option

if TYPE_CHECKING:
    from pyspark.ml import Estimator
    from pyspark.sql import Column, DataFrame

    from sparkfl.columns import Found

__all__ = ["Label", "Scored", "Target", "Task", "label_option"]


@dataclass(frozen=True)
class Scored:
    """Valid rows of a query with what a model says of them, and the names of the columns.

    `label` is "" where the task has none. `score` is "" where the model gives none: a vector of
    numbers that grow with the likelihood of each class; `probable` tells whether they are
    probabilities. `distance` is that of the model, as its Param has
    it, "" if it has none. `by` are columns whose values are judged apart.
    """

    rows: DataFrame
    features: str
    prediction: str
    label: str = ""
    score: str = ""
    distance: str = ""
    probable: bool = False
    fitted: Any = None
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Label:
    """What a task learnt about the label of its training rows.

    Attributes
    ----------
    kind : str
        Kind of its column.
    classes : tuple
        Its values in order, for a classification.
    rows : tuple of int
        Rows of each class.
    """

    kind: str
    classes: tuple[Any, ...] = ()
    rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Target:
    """How a task reads a label.

    Attributes
    ----------
    read : callable
        ``read(found)``: the label's column as it is compared and shown.
    learn : callable
        ``learn(rows, column, kind, name)``: a `Label`, from rows whose label is not NULL.
    encode : callable
        ``encode(value, label)``: the number that `pyspark.ml` trains on.
    metadata : callable
        ``metadata(label)``: the metadata of that number's column.
    decode : callable
        ``decode(prediction, label)``: the prediction as the label is, of the text of it.
    weight : callable
        ``weight(value, label, params)``: by what the weight of a row is multiplied; None by
        nothing.
    """

    read: Callable[[Found], Column]
    learn: Callable[[DataFrame, str, str, str], Label]
    encode: Callable[[Column, Label], Column]
    metadata: Callable[[Label], dict[str, Any]]
    decode: Callable[[str, Label], str]
    weight: Callable[[Column, Label, Mapping[str, Any]], Column | None] = lambda *_: None


def label_option(takes: str) -> Option:
    """Return the option that names the label, of a task whose label is `takes`."""
    return Option(
        "labelCol",
        "column",
        doc=f"The column to predict, by default that called `label`: {takes}. Not needed to "
        "predict.",
        key="LABEL",
        aliases=("LABEL_COL", "INPUT_LABEL_COLS"),
        required=True,
    )


@dataclass(frozen=True)
class Task:
    """A kind of model.

    Attributes
    ----------
    name : str
        Its name.
    metrics : str
        What `model_evaluate` gives, in a sentence.
    evaluate : callable
        ``evaluate(scored, label)``: a DataFrame of one row of metrics, as a plan.
    outputs : tuple of str
        Params that name the columns that go out: the prediction, then what is hidden by default.
    target : Target, optional
        How it reads its label; None if it has none.
    options : tuple of Option
        Options that the classes of `pyspark.ml` do not have.
    of_spark : tuple of Option
        Those of the classes of `pyspark.ml` only that give raw scores.
    weighted : tuple of Option
        Those of them that weigh their rows.
    check : callable
        ``check(params, rows, names)``: refuses parameters that do not go with so many rows, by the
        names that the user gave them.
    wrap : callable
        ``wrap(estimator, params)``: what is fitted in place of the estimator.
    shown : callable
        ``shown(outputs, params)``: those of the outputs that there are.
    questions : mapping of str to callable
        What its models can be asked over a query besides: ``answer(scored, label, **options)``
        gives a frame, as a plan.
    derived : mapping of str to callable
        ``column()``: what goes out and the class does not give, by Param.
    decode : callable
        ``decode(prediction)``: how the prediction is shown, of a task without label; of its text.
    visible : int
        How many outputs are not hidden by default.
    returns : str
        Type of the prediction; of a label that is text or boolean, that of the label.
    """

    name: str
    metrics: str
    evaluate: Callable[[Scored, Label | None], DataFrame]
    outputs: tuple[str, ...]
    target: Target | None = None
    options: tuple[Option, ...] = ()
    of_spark: tuple[Option, ...] = ()
    weighted: tuple[Option, ...] = ()
    check: Callable[[Mapping[str, Any], int, Mapping[str, str]], None] = lambda *_: None
    wrap: Callable[[Estimator[Any], Mapping[str, Any]], Estimator[Any]] = lambda made, _: made
    shown: Callable[[Mapping[str, str], Mapping[str, Any]], Mapping[str, str]] = lambda own, _: own
    questions: Mapping[str, Callable[..., DataFrame]] = field(default_factory=dict)
    derived: Mapping[str, Callable[[], Column]] = field(default_factory=dict)
    decode: Callable[[str], str] = lambda prediction: prediction
    visible: int = 1
    returns: str = "double"
