"""Z-scores from moments, with the rule that a constant feature scales to zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sparkfl.statistics.moments import Moments
from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["Scaling"]


@dataclass(frozen=True)
class Scaling:
    """Affine map of the features into the clustering space.

    Parameters
    ----------
    mean : numpy.ndarray, shape (d,)
        What is subtracted.
    std : numpy.ndarray, shape (d,)
        What is divided by; 0 marks a constant feature, which scales to 0.

    Examples
    --------
    >>> scaling = Scaling(np.array([1.0, 5.0]), np.array([2.0, 0.0]))
    >>> scaling.transform(np.array([[3.0, 5.0]])).tolist()
    [[1.0, 0.0]]
    """

    mean: Matrix
    std: Matrix

    @classmethod
    def identity(cls, features: int) -> Scaling:
        """Leave `features` features as they are."""
        return cls(np.zeros(features), np.ones(features))

    @classmethod
    def of_moments(cls, moments: ClusterSummary | Moments) -> Scaling:
        """Standardise by the moments of one merged cluster or store; sample deviation (ddof 1).

        A variance within rounding error of zero counts as zero. The deviation of a feature of
        which nothing is told is NaN.
        """
        n, mean = moments.n[0], moments.mean[0]
        variance = moments.ss[0] / np.maximum(n - 1, 1)
        eps = np.finfo(np.float64).eps
        constant = variance <= (n * mean * eps) ** 2
        return cls(mean, np.sqrt(np.where(constant, 0.0, variance)))

    @property
    def factor(self) -> Matrix:
        """Reciprocal deviations, 0 for a constant feature."""
        return np.divide(1.0, self.std, out=np.zeros_like(self.std), where=self.std > 0)

    def transform(self, rows: Matrix) -> Matrix:
        """Scale rows of shape (rows, d)."""
        scaled: Matrix = (rows - self.mean) * self.factor
        return scaled

    def summary(self, clusters: ClusterSummary) -> ClusterSummary:
        """Scale the clusters that rows were summarised in."""
        ss = clusters.ss * self.factor**2
        return ClusterSummary(clusters.n, self.transform(clusters.mean), ss)

    def rounded(self) -> Scaling:
        """Round to 2**-32 of the deviation: a Spark sum depends on the partitioning below that."""
        step = np.exp2(np.floor(np.log2(np.where(self.std > 0, self.std, 1.0))) - 32)
        return Scaling(np.round(self.mean / step) * step, np.round(self.std / step) * step)
