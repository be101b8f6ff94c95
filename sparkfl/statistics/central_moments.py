"""Central moments of values, to the fourth, that merge without the values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["CentralMoments"]


@dataclass(frozen=True)
class CentralMoments:
    """Count, mean and sums of the second to the fourth power of the deviations from it.

    Parts merge exactly, whatever their order, by the formulas of Pébay [1]_.

    Parameters
    ----------
    n : float
        Values, all finite.
    mean : float
        Their mean, 0 of none.
    m2, m3, m4 : float
        Sums of the powers of their deviations.

    References
    ----------
    .. [1] Pébay, "Formulas for robust, one-pass parallel computation of covariances and
       arbitrary-order statistical moments", Sandia report SAND2008-6212, 2008.

    Examples
    --------
    >>> parts = [CentralMoments.of(np.array(each)) for each in ([1.0, 2.0], [6.0])]
    >>> CentralMoments.merged(parts)
    CentralMoments(n=3.0, mean=3.0, m2=14.0, m3=18.0, m4=98.0)
    """

    n: float = 0.0
    mean: float = 0.0
    m2: float = 0.0
    m3: float = 0.0
    m4: float = 0.0

    @classmethod
    def of(cls, values: npt.NDArray[np.float64]) -> CentralMoments:
        """Return the moments of values of shape (n,)."""
        if not len(values):
            return cls()
        # From the first value: of equal values nothing is left but zeros.
        away = values - values[0]
        mean = away.mean()
        away -= mean
        square = away * away
        return cls(
            float(len(values)),
            float(values[0] + mean),
            float(square.sum()),
            float((square * away).sum()),
            float((square * square).sum()),
        )

    @classmethod
    def merged(cls, parts: Sequence[CentralMoments]) -> CentralMoments:
        """Return the moments of the values of all parts together."""
        kept = [part for part in parts if part.n > 0]
        if len(kept) < 2:
            return kept[0] if kept else cls()
        n, mean, m2, m3, m4 = np.array([(p.n, p.mean, p.m2, p.m3, p.m4) for p in kept]).T
        rows = n.sum()
        whole = mean[0] + (n * (mean - mean[0])).sum() / rows
        d = mean - whole
        return cls(
            float(rows),
            float(whole),
            float((m2 + n * d**2).sum()),
            float((m3 + 3 * d * m2 + n * d**3).sum()),
            float((m4 + 4 * d * m3 + 6 * d**2 * m2 + n * d**4).sum()),
        )

    @property
    def std(self) -> float:
        """Standard deviation of a sample; NaN of fewer than two values."""
        return float(np.sqrt(self.m2 / (self.n - 1))) if self.n > 1 else float("nan")

    @property
    def skewness(self) -> float:
        """Skewness of a population; NaN of values that are all the same."""
        return float(np.sqrt(self.n) * self.m3 / self.m2**1.5) if self.m2 > 0 else float("nan")

    @property
    def kurtosis(self) -> float:
        """Excess kurtosis of a population; NaN of values that are all the same."""
        return self.n * self.m4 / self.m2 / self.m2 - 3 if self.m2 > 0 else float("nan")
