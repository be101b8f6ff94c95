"""Confusion matrix and ROC curve of predictions, as plans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F

from sparkfl.columns import array_of_doubles, resolve
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["confusion_matrix", "roc_curve"]

_ROC = (
    "threshold double, recall double, false_positive_rate double, precision double, "
    "true_positives bigint, false_positives bigint, true_negatives bigint, false_negatives bigint"
)


def confusion_matrix(
    df: DataFrame, labelCol: str = "label", predictionCol: str = "prediction"
) -> DataFrame:
    """Count the rows of each pair of label and prediction.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows with a label and a prediction; those without either do not count.
    labelCol, predictionCol : str
        Columns of classes, of one type.

    Returns
    -------
    pyspark.sql.DataFrame
        A plan, a row a pair that occurs: ``actual`` and ``predicted``, of the label's type, and
        ``n`` bigint.

    Examples
    --------
    >>> df = spark.sql("VALUES ('a', 'a'), ('a', 'b'), ('a', 'a'), ('b', 'b')")
    >>> confusion_matrix(df, "col1", "col2").orderBy("actual", "predicted").show()
    +------+---------+---+
    |actual|predicted|  n|
    +------+---------+---+
    |     a|        a|  2|
    |     a|        b|  1|
    |     b|        b|  1|
    +------+---------+---+
    """
    label, prediction = resolve(df, labelCol).column, resolve(df, predictionCol).column
    pairs = df.select(label.alias("actual"), prediction.alias("predicted"))
    return pairs.dropna().groupBy("actual", "predicted").agg(F.count(F.lit(1)).alias("n"))


def roc_curve(
    df: DataFrame,
    labelCol: str,
    scoreCol: str,
    classes: Sequence[object],
    thresholds: int = 100,
) -> DataFrame:
    """Return the ROC curve of the scores of two classes.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows with a label, of which those of other classes do not count. It is read once.
    labelCol : str
        Column of classes.
    scoreCol : str
        Vector or array column with a score for each class.
    classes : sequence of two
        The negative and the positive class.
    thresholds : int, default 100
        The most points of the curve; if there are more scores, some are taken at even ranks.

    Returns
    -------
    pyspark.sql.DataFrame
        A plan, a row a threshold, from the greatest: a row is taken for positive whose score is the
        threshold or more. ``recall``, ``false_positive_rate`` and ``precision`` are NULL where
        there is nothing to divide by.

    Examples
    --------
    >>> df = spark.sql("VALUES ('y', array(0.2, 0.8)), ('n', array(0.6, 0.4))")
    >>> roc_curve(df, "col1", "col2", ["n", "y"]).select("threshold", "recall").show()
    +---------+------+
    |threshold|recall|
    +---------+------+
    |      0.8|   1.0|
    |      0.4|   1.0|
    +---------+------+
    """
    negative, positive = classes
    label = resolve(df, labelCol).column
    score = array_of_doubles(resolve(df, scoreCol))[1]
    counted = (
        df.where(label.isin(negative, positive))
        .groupBy(score.alias("score"))
        .agg(
            F.count_if(label == F.lit(positive)).alias("hits"),
            F.count_if(label != F.lit(positive)).alias("misses"),
        )
    )

    def curve(found: pa.Table) -> pa.Table:
        order = np.argsort(-found["score"].to_numpy(), kind="stable")
        score, hits, misses = (
            found[name].to_numpy()[order] for name in ("score", "hits", "misses")
        )
        true, false = np.cumsum(hits), np.cumsum(misses)
        kept = np.unique(np.linspace(0, len(score) - 1, min(len(score), thresholds)).round())
        at = kept.astype(np.int64)
        tp, fp = true[at], false[at]
        ratios = (_ratio(tp, true[-1]), _ratio(fp, false[-1]), _ratio(tp, tp + fp))
        counts = (tp, fp, false[-1] - fp, true[-1] - tp)
        arrays = [pa.array(score[at])]
        arrays += [pa.array(ratio, from_pandas=True) for ratio in ratios]
        arrays += [pa.array(count, pa.int64()) for count in counts]
        return pa.Table.from_arrays(arrays, [part.split()[0] for part in _ROC.split(", ")])

    return counted.groupBy().applyInArrow(curve, _ROC)


def _ratio(part: Matrix, whole: Matrix) -> Matrix:
    """Divide; NaN by nothing."""
    whole = np.broadcast_to(whole, part.shape).astype(np.float64)
    ratio: Matrix = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return ratio
