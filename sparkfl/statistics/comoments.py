"""What a correlation is made of, and merges without the values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Comoments"]


@dataclass(frozen=True)
class Comoments:
    """Count, means and sums of products of the deviations of two variables.

    Parameters
    ----------
    n : float
        Pairs, all finite.
    x, y : float
        Their means, 0 of none.
    xx, yy, xy : float
        Sums of the products of the deviations.

    Examples
    --------
    >>> parts = [Comoments.of(np.array([x, x + 1]), np.array([x, -x])) for x in (1.0, 4.0)]
    >>> round(Comoments.merged(parts).correlation, 6)
    -0.271163
    >>> round(float(np.corrcoef([1, 2, 4, 5], [1, -1, 4, -4])[0, 1]), 6)
    -0.271163
    """

    n: float = 0.0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    yy: float = 0.0
    xy: float = 0.0

    @classmethod
    def of(cls, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> Comoments:
        """Return the comoments of pairs, both of shape (n,)."""
        if not len(x):
            return cls()
        pairs = np.array([x, y])
        away = pairs - pairs[:, :1]
        means = away.mean(axis=1)
        (xx, xy), (_, yy) = (away - means[:, None]) @ (away - means[:, None]).T
        mean_x, mean_y = pairs[:, 0] + means
        return cls(float(len(x)), *map(float, (mean_x, mean_y, xx, yy, xy)))

    @classmethod
    def merged(cls, parts: Sequence[Comoments]) -> Comoments:
        """Return the comoments of the pairs of all parts together."""
        kept = [part for part in parts if part.n > 0]
        if len(kept) < 2:
            return kept[0] if kept else cls()
        n, x, y, xx, yy, xy = np.array([(p.n, p.x, p.y, p.xx, p.yy, p.xy) for p in kept]).T
        rows = n.sum()
        mean_x, mean_y = (m[0] + (n * (m - m[0])).sum() / rows for m in (x, y))
        dx, dy = x - mean_x, y - mean_y
        sums = (xx + n * dx * dx, yy + n * dy * dy, xy + n * dx * dy)
        return cls(float(rows), float(mean_x), float(mean_y), *(float(s.sum()) for s in sums))

    @property
    def correlation(self) -> float:
        """Pearson's correlation; NaN if one of them does not vary."""
        if not (self.xx > 0 and self.yy > 0):
            return float("nan")
        return float(np.clip(self.xy / np.sqrt(self.xx) / np.sqrt(self.yy), -1.0, 1.0))
