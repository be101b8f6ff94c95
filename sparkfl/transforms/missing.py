"""Transformers for what is missing: by group, by the share of a column or of a row."""

from __future__ import annotations

import numpy as np
from pyspark.ml import Estimator, Transformer
from pyspark.ml.feature import VectorSlicer
from pyspark.ml.functions import vector_to_array
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.param.shared import HasInputCol, HasOutputCol
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.columns import quote
from sparkfl.errors import ParameterError
from sparkfl.execution.numbers import number_sql
from sparkfl.options import Option
from sparkfl.transforms.elementwise import ElementwiseEstimator
from sparkfl.transforms.row_filter import RowFilter
from sparkfl.transforms.transformer import TransformFunction

__all__ = ["MISSING", "ElementImputer", "MissingShare", "MissingShareSelector"]

_STRATEGIES = {"mean": "avg({0})", "median": "median({0})", "mode": "mode({0}, true)"}


class ElementImputer(ElementwiseEstimator):
    """Puts a figure of the training rows, of all or by group, in the place of NaN.

    Examples
    --------
    >>> from pyspark.ml.linalg import Vectors
    >>> rows = [(Vectors.dense(1.0), "a"), (Vectors.dense(float("nan")), "a")]
    >>> df = spark.createDataFrame(rows, ["x", "g"])
    >>> fitted = ElementImputer(inputCol="x", outputCol="y")._set(groupCol="g").fit(df)
    >>> [float(row.y[0]) for row in fitted.transform(df).collect()]
    [1.0, 1.0]
    """

    strategy: Param[str] = Param(
        Params._dummy(), "strategy", "mean, median or mode", typeConverter=TypeConverters.toString
    )

    def __init__(self, *, inputCol: str | None = None, outputCol: str | None = None) -> None:
        super().__init__(inputCol=inputCol, outputCol=outputCol)
        self._setDefault(strategy="mean")

    @property
    def operation(self) -> str:
        """Put a figure in the place of NaN."""
        return "impute"

    def aggregates(self) -> tuple[str, ...]:
        """Return the figure."""
        return (_STRATEGIES[self.getOrDefault("strategy")],)

    def figures(self, measured: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the figure; a second is not needed."""
        return measured[0], np.zeros(0)


class MissingShare(
    Transformer,
    HasInputCol,
    HasOutputCol,
    RowFilter,
    DefaultParamsReadable["MissingShare"],
    DefaultParamsWritable,
):
    """The mean of a vector of 0 and 1; rows in which it is above `maxShare` are left out.

    Examples
    --------
    >>> from pyspark.ml.linalg import Vectors
    >>> df = spark.createDataFrame([(Vectors.dense(1.0, 0.0),)], ["x"])
    >>> MissingShare(inputCol="x", outputCol="y").transform(df).first().y
    0.5
    """

    maxShare: Param[float] = Param(
        Params._dummy(), "maxShare", "the largest that is kept", TypeConverters.toFloat
    )

    def __init__(self, *, inputCol: str | None = None, outputCol: str | None = None) -> None:
        super().__init__()
        self._setDefault(maxShare=1.0)
        given = {"inputCol": inputCol, "outputCol": outputCol}
        self._set(**{name: value for name, value in given.items() if value is not None})

    @property
    def filters(self) -> bool:
        """Whether it leaves any rows out."""
        return bool(self.getOrDefault("maxShare") < 1)

    @staticmethod
    def sql(array: str) -> str:
        """Write the share, of an array of 0 and 1."""
        return f"(size(array_remove({array}, 0.0D)) / CAST(size({array}) AS DOUBLE))"

    def kept_sql(self, array: str, group: str = "") -> str:  # noqa: ARG002
        """Write whether a row is kept."""
        return f"{self.sql(array)} <= {number_sql(self.getOrDefault('maxShare'))}"

    def marked(self, df: DataFrame, valid: str) -> DataFrame:
        """Note in column `valid` which rows are kept."""
        kept = F.col(self.getOutputCol()) <= self.getOrDefault("maxShare")
        return df.withColumn(valid, F.col(valid) & kept)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        """Add the share."""
        output = self.getOutputCol()
        array = f"{output}_array"
        df = dataset.withColumn(array, vector_to_array(F.col(self.getInputCol())))
        return df.withColumn(output, F.expr(self.sql(quote(array)))).drop(array)


class MissingShareSelector(Estimator[VectorSlicer], HasInputCol, HasOutputCol):
    """Picks the elements that are NaN in no more than a share of the training rows.

    Examples
    --------
    >>> from pyspark.ml.linalg import Vectors
    >>> df = spark.createDataFrame([(Vectors.dense(1.0, float("nan")),)], ["x"])
    >>> MissingShareSelector(inputCol="x", outputCol="y").fit(df).getIndices()
    [0]
    """

    maxShare: Param[float] = Param(
        Params._dummy(), "maxShare", "the largest that is kept", TypeConverters.toFloat
    )

    def __init__(self, *, inputCol: str | None = None, outputCol: str | None = None) -> None:
        super().__init__()
        self._setDefault(maxShare=0.5)
        given = {"inputCol": inputCol, "outputCol": outputCol}
        self._set(**{name: value for name, value in given.items() if value is not None})

    def _fit(self, dataset: DataFrame) -> VectorSlicer:
        """Measure the shares in one job."""
        array = vector_to_array(F.col(self.getInputCol()))
        told = (
            dataset.select(F.posexplode(array).alias("place", "x"))
            .groupBy("place")
            .agg(F.avg(F.isnan("x").cast("double")).alias("share"))
            .orderBy("place")
            .collect()
        )
        most = self.getOrDefault("maxShare")
        kept = [row.place for row in told if row.share <= most]
        if not kept:
            least = min((row.share for row in told), default=1.0)
            raise ParameterError(
                f"each column has NULL in more than {most:g} of the rows, the fullest in "
                f"{least:.3g}; allow more by MAX_SHARE"
            )
        return VectorSlicer(
            inputCol=self.getInputCol(), outputCol=self.getOutputCol(), indices=kept
        )


_STRATEGY = Option(
    "strategy",
    str,
    "mean",
    "What takes the place of NULL, NaN and infinity: the mean, the median, or the least of the "
    "most frequent values.",
    choices=("mean", "median", "mode"),
)


def _most(default: float, doc: str) -> Option:
    return Option("maxShare", float, default, doc, minimum=0.0, maximum=1.0)


MISSING = {
    "group_imputer": TransformFunction(
        (ElementImputer,),
        ("number", "boolean", "date"),
        "vector",
        "Puts in the place of NULL what the group of the last column has in training, of a new one "
        "what all rows have: `group_imputer(array(a, b), store_id, 'median')`.",
        arguments=(_STRATEGY,),
        many=True,
        grouped=True,
        together="holed",
    ),
    "null_share": TransformFunction(
        (MissingShare,),
        ("number", "boolean", "date", "string", "tokens", "vector"),
        "number",
        "The share of columns that are NULL, NaN or infinite in a row; rows above a share are left "
        "out of the training and have no prediction.",
        arguments=(_most(1.0, "The largest share of a row that is kept."),),
        many=True,
        together="missing",
        filters=lambda params: params["maxShare"] < 1,
    ),
    "null_share_selector": TransformFunction(
        (MissingShareSelector, ElementImputer),
        ("number", "boolean", "date"),
        "vector",
        "Drops columns that are NULL, NaN or infinite in more than a share of the training rows, "
        "and imputes the others.",
        arguments=(_most(0.5, "The largest share of a column that is kept."), _STRATEGY),
        many=True,
        together="holed",
    ),
}
