"""How well predictions hit a label, as a plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import functions as F

from sparkfl.columns import array_of_doubles, resolve

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["classification", "roc_auc"]

METRICS = ("auc_roc", "accuracy", "precision", "recall", "f1")

Array = npt.NDArray[np.float64]


def classification(
    df: DataFrame,
    labelCol: str = "label",
    predictionCol: str = "prediction",
    scoreCol: str = "",
    classes: tuple[object, object] | None = None,
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
    classes : tuple of two, optional
        The negative and the positive class; None for other than two classes.

    Returns
    -------
    pyspark.sql.DataFrame
        A plan of one row: ``auc_roc``, NULL without `classes` or scores, or where one of the
        classes is missing or the label has another; ``accuracy``; ``precision``, ``recall`` and
        ``f1``, means over the classes weighted by their rows. All are NULL without rows.

    Examples
    --------
    >>> df = spark.sql("VALUES ('a', 'a'), ('a', 'b'), ('b', 'b'), ('b', 'b')")
    >>> judged = classification(df, "col1", "col2").first()
    >>> judged.accuracy, judged.recall, round(judged.precision, 3), judged.auc_roc
    (0.75, 0.75, 0.833, None)
    """
    score = F.lit(None).cast("double")
    if scoreCol and classes:
        score = array_of_doubles(resolve(df, scoreCol))[1]
    label, prediction = resolve(df, labelCol).column, resolve(df, predictionCol).column
    counted = (
        df.select(label.alias("label"), prediction.alias("prediction"), score.alias("score"))
        .where(F.col("label").isNotNull() & F.col("prediction").isNotNull())
        .groupBy("label", "prediction", "score")
        .agg(F.count(F.lit(1)).alias("rows"))
    )
    schema = ", ".join(f"{name} double" for name in METRICS)

    def judge(table: pa.Table) -> pa.Table:
        labels, predictions = table["label"].to_pylist(), table["prediction"].to_pylist()
        rows = table["rows"].to_numpy().astype(np.float64)
        figures = _figures(labels, predictions, rows)
        auc = np.nan
        if classes and set(labels) <= set(classes) and table["score"].null_count == 0:
            hit = np.array([value == classes[1] for value in labels], bool)
            auc = roc_auc(table["score"].to_numpy(), rows * hit, rows * ~hit)
        values = [pa.array([v], pa.float64(), from_pandas=True) for v in (auc, *figures)]
        return pa.Table.from_arrays(values, list(METRICS))

    judged = counted.groupBy().applyInArrow(judge, schema)
    return judged.agg(*[F.max(name).alias(name) for name in METRICS])


def roc_auc(score: Array, positive: Array, negative: Array) -> float:
    """Return the area under the ROC curve: how likely a positive row has the greater score.

    Parameters
    ----------
    score : numpy.ndarray, shape (n,)
        Scores; one may be there several times.
    positive, negative : numpy.ndarray, shape (n,)
        Rows of either class that have the score.

    Examples
    --------
    >>> roc_auc(np.array([0.1, 0.4, 0.4]), np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 1.0]))
    0.75
    """
    _, place = np.unique(score, return_inverse=True)
    hits, misses = np.bincount(place, positive), np.bincount(place, negative)
    below = np.cumsum(misses) - misses
    pairs = hits.sum() * misses.sum()
    return float((hits * (below + misses / 2)).sum() / pairs) if pairs else np.nan


def _figures(labels: list[object], predictions: list[object], rows: Array) -> Iterator[float]:
    """Return accuracy, and precision, recall and F1 weighted by the rows of the classes."""
    classes = {value: place for place, value in enumerate(dict.fromkeys([*labels, *predictions]))}
    true = np.array([classes[value] for value in labels])
    told = np.array([classes[value] for value in predictions])
    actual = np.bincount(true, rows, len(classes)).astype(np.float64)
    claimed = np.bincount(told, rows, len(classes)).astype(np.float64)
    right = np.bincount(true, rows * (true == told), len(classes)).astype(np.float64)
    precision = _ratio(right, claimed)
    recall = _ratio(right, actual)
    f1 = _ratio(2 * precision * recall, precision + recall)
    weight = actual / actual.sum()
    yield right.sum() / rows.sum()
    for figure in (precision, recall, f1):
        yield float((figure * weight).sum())


def _ratio(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
