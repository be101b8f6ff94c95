"""Predictions of one model a class, as a plan."""

from __future__ import annotations

from pyspark.ml.classification import OneVsRestModel
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.columns import INTERNAL

__all__ = ["one_vs_rest"]


def one_vs_rest(
    df: DataFrame, model: OneVsRestModel, rawPredictionCol: str, predictionCol: str
) -> DataFrame:
    """Add what the model predicts: the class whose own model is surest.

    `OneVsRestModel.transform` does the same and caches its input, which a plan cannot be asked to.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows with features.
    model : pyspark.ml.classification.OneVsRestModel
        The fitted model.
    rawPredictionCol, predictionCol : str
        The columns to add: the vector of the classes' scores, and the surest class.

    Examples
    --------
    >>> from pyspark.ml.classification import LogisticRegression, OneVsRest
    >>> from pyspark.ml.linalg import Vectors
    >>> rows = [(float(i % 3), Vectors.dense(float(i % 3 == 1), float(i % 3))) for i in range(9)]
    >>> df = spark.createDataFrame(rows, ["label", "features"])
    >>> fitted = OneVsRest(classifier=LogisticRegression(regParam=0.01)).fit(df)
    >>> one_vs_rest(df, fitted, "raw", "prediction").where("prediction = label").count()
    9
    """
    scores = []
    for place, one in enumerate(model.models):
        raw = f"{INTERNAL}raw_{place}"
        shown = {one.getParam("rawPredictionCol"): raw, one.getParam("predictionCol"): ""}
        if one.hasParam("probabilityCol"):
            shown[one.getParam("probabilityCol")] = ""
        df = one.copy(shown).transform(df)
        scores.append(vector_to_array(F.col(raw))[1])
    surest = F.array(*scores)
    outputs = {
        rawPredictionCol: array_to_vector(surest),
        predictionCol: (F.array_position(surest, F.array_max(surest)) - 1).cast("double"),
    }
    raws = [f"{INTERNAL}raw_{place}" for place in range(len(scores))]
    return df.withColumns(outputs).drop(*raws)
