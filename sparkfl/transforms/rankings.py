"""Transformers that pick elements of a vector by figures that MLlib's selectors do not have."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyspark.ml import Estimator
from pyspark.ml.classification import RandomForestClassifier
from pyspark.ml.feature import VectorAssembler, VectorSlicer
from pyspark.ml.functions import vector_to_array
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.param.shared import HasInputCol, HasLabelCol, HasOutputCol
from pyspark.ml.regression import RandomForestRegressor
from pyspark.ml.stat import Correlation
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.errors import ParameterError
from sparkfl.options import Option
from sparkfl.transforms.transformer import TransformFunction

__all__ = [
    "RANKINGS",
    "CorrelationRanking",
    "CorrelationSelector",
    "ForestRanking",
    "InformationRanking",
]

_MOST_ROWS = 10_000
"""Rows, drawn with a seed, that mutual information is estimated from."""


class _Selector(Estimator[VectorSlicer], HasInputCol, HasOutputCol):
    """Picks elements by what `_places` says of the training rows."""

    method: Param[str] = Param(
        Params._dummy(), "method", "pearson or spearman", TypeConverters.toString
    )
    threshold: Param[float] = Param(
        Params._dummy(), "threshold", "bound of a figure", TypeConverters.toFloat
    )

    def __init__(self, *, inputCol: str | None = None, outputCol: str | None = None) -> None:
        super().__init__()
        given = {"inputCol": inputCol, "outputCol": outputCol}
        self._set(**{name: value for name, value in given.items() if value is not None})
        self._setDefault(method="pearson", threshold=0.0)

    def _places(self, dataset: DataFrame) -> list[int]:
        raise NotImplementedError

    def _fit(self, dataset: DataFrame) -> VectorSlicer:
        """Return what picks them, in their order."""
        return VectorSlicer(
            inputCol=self.getInputCol(),
            outputCol=self.getOutputCol(),
            indices=sorted(self._places(dataset)),
        )


class CorrelationSelector(_Selector):
    """Leaves an element out that is correlated with one before it which is kept.

    Examples
    --------
    >>> from pyspark.ml.linalg import Vectors
    >>> rows = [(Vectors.dense(x, -x, x * x),) for x in (1.0, 2.0, -1.5)]
    >>> df = spark.createDataFrame(rows, ["x"])
    >>> CorrelationSelector(inputCol="x", outputCol="y")._set(threshold=0.9).fit(df).getIndices()
    [0, 2]
    """

    def _places(self, dataset: DataFrame) -> list[int]:
        found = _correlations(dataset, self.getInputCol(), self.getOrDefault("method"))
        kept: list[int] = []
        for place, row in enumerate(found):
            if not (row[kept] > self.getOrDefault("threshold")).any():
                kept.append(place)
        return kept


class _Ranking(_Selector, HasLabelCol):
    """Picks the elements that `_scores` is highest for."""

    numTopFeatures: Param[int] = Param(
        Params._dummy(), "numTopFeatures", "how many are picked", TypeConverters.toInt
    )
    labelType: Param[str] = Param(
        Params._dummy(), "labelType", "categorical or continuous", TypeConverters.toString
    )

    def __init__(self, *, inputCol: str | None = None, outputCol: str | None = None) -> None:
        super().__init__(inputCol=inputCol, outputCol=outputCol)
        self._setDefault(numTopFeatures=50, labelType="continuous")

    def _scores(self, dataset: DataFrame) -> np.ndarray:
        raise NotImplementedError

    def _places(self, dataset: DataFrame) -> list[int]:
        scores, least = self._scores(dataset), self.getOrDefault("threshold")
        best = np.argsort(-scores, kind="stable")[: self.getOrDefault("numTopFeatures")]
        places = [int(place) for place in best if scores[place] >= least]
        if not places:
            raise ParameterError(
                f"the highest score of a feature is {scores.max():.4g}, below {least:g}; lower "
                "THRESHOLD"
            )
        return places

    @property
    def _categorical(self) -> bool:
        return bool(self.getOrDefault("labelType") == "categorical")


class CorrelationRanking(_Ranking):
    """Ranks elements by the absolute value of their correlation with the label.

    Examples
    --------
    >>> from pyspark.ml.linalg import Vectors
    >>> rows = [(Vectors.dense(x, x * x), -x) for x in (1.0, 2.0, -1.5)]
    >>> df = spark.createDataFrame(rows, ["x", "label"])
    >>> ranking = CorrelationRanking(inputCol="x", outputCol="y")._set(numTopFeatures=1)
    >>> ranking.fit(df).getIndices()
    [0]
    """

    def _scores(self, dataset: DataFrame) -> np.ndarray:
        joined = f"{self.getOutputCol()}_labelled"
        both = VectorAssembler(
            inputCols=[self.getInputCol(), self.getLabelCol()], outputCol=joined
        ).transform(dataset)
        return _correlations(both, joined, self.getOrDefault("method"))[-1, :-1]


class InformationRanking(_Ranking):
    """Ranks elements by scikit-learn's estimate of their mutual information with the label.

    It is that of `sklearn.feature_selection` by three nearest neighbours (Kraskov et al., 2004;
    Ross, 2014), of all rows if there are no more than 10,000, else of as many.
    """

    def _scores(self, dataset: DataFrame) -> np.ndarray:
        from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

        rows = dataset.select(
            vector_to_array(F.col(self.getInputCol())).alias("x"),
            F.col(self.getLabelCol()).cast("double").alias("y"),
        )
        count = rows.count()
        if count > _MOST_ROWS:
            rows = rows.sample(min(1.0, 1.1 * _MOST_ROWS / count), seed=0).limit(_MOST_ROWS)
        frame = rows.toPandas()
        estimate = mutual_info_classif if self._categorical else mutual_info_regression
        features, label = np.vstack(frame["x"].tolist()), frame["y"].to_numpy()
        return np.asarray(estimate(features, label, random_state=0))


class ForestRanking(_Ranking):
    """Ranks elements by their importance in a random forest of MLlib's, of 20 trees."""

    def _scores(self, dataset: DataFrame) -> np.ndarray:
        given: dict[str, Any] = {
            "featuresCol": self.getInputCol(), "labelCol": self.getLabelCol(), "seed": 0,
        }  # fmt: skip
        column = dataset.schema[self.getInputCol()]
        width = column.metadata.get("ml_attr", {}).get("num_attrs")
        # Categories have a number each; a tree would want as many bins as the largest has.
        plain = {"ml_attr": {"num_attrs": width}} if width is not None else {}
        dataset = dataset.withMetadata(self.getInputCol(), plain)
        forest = RandomForestClassifier if self._categorical else RandomForestRegressor
        fitted = forest(**given).fit(dataset)
        return np.asarray(fitted.featureImportances.toArray())


def _correlations(df: DataFrame, column: str, method: str) -> np.ndarray:
    """Return absolute correlations of the elements of a vector; of a constant one 0."""
    row = Correlation.corr(df, column, method).first()
    assert row is not None
    found: np.ndarray = row[0].toArray()
    return np.asarray(np.nan_to_num(np.abs(found), nan=0.0))


_METHOD = Option(
    "method",
    str,
    "pearson",
    "The correlation: of the values, or of their ranks.",
    choices=("pearson", "spearman"),
)
_TOP = Option("numTopFeatures", int, 50, "How many elements are picked at most.", minimum=1)


def _least(what: str) -> Option:
    return Option("threshold", float, 0.0, f"The least {what} of what is picked.", minimum=0.0)


RANKINGS = {
    "correlation_selector": TransformFunction(
        (CorrelationSelector,),
        ("vector",),
        "vector",
        "Leaves an element out that is correlated with one before it, which tells the same.",
        arguments=(
            Option(
                "threshold",
                float,
                0.9,
                "The largest absolute correlation of two that are picked.",
                minimum=0.0,
                maximum=1.0,
            ),
            _METHOD,
        ),
    ),
    "importance_selector": TransformFunction(
        (ForestRanking,),
        ("vector",),
        "vector",
        "Picks the elements that a random forest of 20 trees goes by most to predict the label.",
        arguments=(_TOP, _least("importance, of which all have 1 together,")),
        labelled=True,
    ),
    "label_correlation_selector": TransformFunction(
        (CorrelationRanking,),
        ("vector",),
        "vector",
        "Picks the elements with the largest absolute correlation with the label, a number or one "
        "of two classes.",
        arguments=(_TOP, _least("absolute correlation"), _METHOD),
        labelled=True,
    ),
    "mutual_information_selector": TransformFunction(
        (InformationRanking,),
        ("vector",),
        "vector",
        "Picks the elements with the most mutual information with the label, as scikit-learn "
        "estimates it from up to 10,000 rows.",
        arguments=(_TOP, _least("mutual information, in nats,")),
        labelled=True,
    ),
}
