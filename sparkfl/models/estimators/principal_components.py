"""MLlib's principal components of standardised features."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyspark.ml import Estimator, PipelineModel
from pyspark.ml.feature import PCA, StandardScaler
from pyspark.sql import DataFrame

from sparkfl.errors import ParameterError
from sparkfl.models.names import COMPONENTS, SCALED
from sparkfl.models.sizes import width_of

__all__ = ["PrincipalComponents"]


class PrincipalComponents(Estimator[PipelineModel]):
    """Principal components of centred features, scaled to unit variance if asked.

    `pyspark.ml.feature.PCA` finds the directions of centred features and then projects features
    that are not centred.

    Parameters
    ----------
    features : str
        The column of features.
    k : int, optional
        How many components; all there are by default.
    ratio : float, optional
        Least share of the variance that they have together, in place of their number.
    scale : bool
        Whether features have unit variance.
    """

    def __init__(self, features: str, k: int | None, ratio: float | None, scale: bool) -> None:
        super().__init__()
        self._features, self._k, self._ratio, self._scale = features, k, ratio, scale

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        """Fit the scaler, then the components."""
        width = width_of(dataset, self._features)
        if self._k and self._k > width:
            raise ParameterError(
                f"Parameter k = {self._k}, but there are {width} features; ask for fewer."
            )
        scaler = StandardScaler(
            withMean=True, withStd=self._scale, inputCol=self._features, outputCol=SCALED
        ).fit(dataset)
        scaled = scaler.transform(dataset)
        fitted = self._components(scaled, self._k or width)
        if self._ratio is not None:
            shares = np.cumsum(fitted.explainedVariance.toArray())
            # The sum of all shares may be a rounding error below 1.
            enough = shares >= self._ratio - 1e-12
            if enough.any() and (k := int(np.argmax(enough)) + 1) < len(shares):
                fitted = self._components(scaled, k)
        return PipelineModel([scaler, fitted])

    @staticmethod
    def _components(scaled: DataFrame, k: int) -> Any:
        return PCA(k=k, inputCol=SCALED, outputCol=COMPONENTS).fit(scaled)
