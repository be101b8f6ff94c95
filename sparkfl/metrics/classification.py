"""How well predictions hit a label, as a plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, StructField, StructType

from sparkfl.columns import array_of_doubles, listed, resolve
from sparkfl.metrics.groups import group_columns, group_keys, led_by
from sparkfl.metrics.ranking import pr_auc, roc_auc
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["classification"]

METRICS = ("auc_roc", "auc_pr", "accuracy", "precision", "recall", "f1", "log_loss")
_LEAST = float(np.finfo(np.float64).eps)


def classification(
    df: DataFrame,
    labelCol: str = "label",
    predictionCol: str = "prediction",
    scoreCol: str = "",
    classes: Sequence[object] = (),
    probabilities: bool = False,
    by: str | Sequence[str] = (),
) -> DataFrame:
    """Judge predictions of classes, as MLlib's evaluators and scikit-learn do.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows with a label and a prediction; those without either do not count. It is read once.
    labelCol, predictionCol : str
        Columns of classes, of one type.
    scoreCol : str, default ''
        Vector or array column with a score for each of `classes`, which grows with its
        likelihood; '' if there is none.
    classes : sequence, default ()
        The classes in the order of the scores; of two the second is the positive one.
    probabilities : bool, default False
        Whether the scores are probabilities.
    by : str or sequence of str, default ()
        Columns whose values are judged apart.

    Returns
    -------
    pyspark.sql.DataFrame
        A plan of one row, or of one for each group, led by its columns: ``auc_roc`` and
        ``auc_pr`` (by trapezoids, as MLlib's), NULL without two classes and scores, or where one
        of the classes is missing or the label has another; ``accuracy``; ``precision``, ``recall``
        and ``f1``, of two classes those of the positive one (without `classes` TRUE, 1 or the
        greater of two values), of more their means weighted by the rows of the classes;
        ``log_loss``, the mean of the negative logarithm of the label's probability, NULL without
        probabilities or where the label is none of the classes. All are NULL without rows.

    Examples
    --------
    >>> df = spark.sql("VALUES ('a', 'a'), ('a', 'b'), ('b', 'b'), ('b', 'b')")
    >>> judged = classification(df, "col1", "col2").first()
    >>> judged.accuracy, judged.recall, round(judged.precision, 3), judged.auc_roc
    (0.75, 1.0, 0.667, None)
    """
    by = listed("by", by, str)
    label, prediction = resolve(df, labelCol).column, resolve(df, predictionCol).column
    score = loss = F.lit(None).cast("double")
    if scoreCol and classes:
        scores = array_of_doubles(resolve(df, scoreCol))
        score = scores[1] if len(classes) == 2 else score
        if probabilities:
            place = F.array_position(F.array(*[F.lit(value) for value in classes]), label)
            own = F.get(scores, (place - 1).cast("int"))
            loss = F.when(own.isNotNull(), -F.ln(F.greatest(own, F.lit(_LEAST))))
    keys = group_keys(by)
    counted = (
        df.select(
            *group_columns(df, by),
            label.alias("label"),
            prediction.alias("prediction"),
            score.alias("score"),
            loss.alias("loss"),
        )
        .where(F.col("label").isNotNull() & F.col("prediction").isNotNull())
        .groupBy(*keys, "label", "prediction", "score")
        .agg(
            F.count(F.lit(1)).alias("rows"),
            F.when(F.count("loss") == F.count(F.lit(1)), F.sum("loss")).alias("loss"),
        )
    )
    schema = StructType(
        [
            *[counted.schema[key] for key in keys],
            *[StructField(name, DoubleType()) for name in METRICS],
        ]
    )
    two = set(classes) if len(classes) == 2 else set()

    def judge(table: pa.Table) -> pa.Table:
        labels, predictions = table["label"].to_pylist(), table["prediction"].to_pylist()
        rows = table["rows"].to_numpy().astype(np.float64)
        roc = pr = log_loss = np.nan
        if two and set(labels) <= two and table["score"].null_count == 0:
            hit = np.array([value == classes[1] for value in labels], bool)
            score, hits, misses = table["score"].to_numpy(), rows * hit, rows * ~hit
            roc, pr = roc_auc(score, hits, misses), pr_auc(score, hits, misses)
        if table["loss"].null_count == 0:
            log_loss = float(table["loss"].to_numpy().sum() / rows.sum())
        positive = _positive({*labels, *predictions}, classes)
        figures = (roc, pr, *_figures(labels, predictions, rows, positive), log_loss)
        values = [pa.array([v], pa.float64(), from_pandas=True) for v in figures]
        own = [table[key].combine_chunks()[:1] for key in keys]
        return pa.Table.from_arrays([*own, *values], [*keys, *METRICS])

    judged = counted.groupBy(*keys).applyInArrow(judge, schema)
    if by:
        return led_by(judged, by)
    return judged.agg(*[F.max(name).alias(name) for name in METRICS])


def _positive(found: set[Any], classes: Sequence[object]) -> list[object]:
    """Return the class that precision and recall are of, if there is one among two."""
    if classes:
        return [classes[1]] if len(classes) == 2 and found <= set(classes) else []
    if found <= {False, True}:
        return [True]
    return [max(found)] if len(found) == 2 else []


def _figures(
    labels: list[object], predictions: list[object], rows: Matrix, positive: list[object]
) -> Iterator[float]:
    """Return accuracy, and precision, recall and F1: of a class, or weighted by their rows."""
    whole = dict.fromkeys([*labels, *predictions, *positive])
    classes = {value: place for place, value in enumerate(whole)}
    true = np.array([classes[value] for value in labels])
    told = np.array([classes[value] for value in predictions])
    actual = np.bincount(true, rows, len(classes)).astype(np.float64)
    claimed = np.bincount(told, rows, len(classes)).astype(np.float64)
    right = np.bincount(true, rows * (true == told), len(classes)).astype(np.float64)
    precision = _ratio(right, claimed)
    recall = _ratio(right, actual)
    f1 = _ratio(2 * precision * recall, precision + recall)
    weight = actual / actual.sum()
    if positive:
        weight = (np.arange(len(classes)) == classes[positive[0]]).astype(np.float64)
    yield right.sum() / rows.sum()
    for figure in (precision, recall, f1):
        yield float((figure * weight).sum())


def _ratio(part: Matrix, whole: Matrix) -> Matrix:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
