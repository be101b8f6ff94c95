"""How a score stands among those of the training customers, from a released histogram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sparkfl.statistics.summary import Counts, Matrix

__all__ = [
    "BINS_PER_OCTAVE",
    "LARGEST_SCORE",
    "SMALLEST_SCORE",
    "ScoreDistribution",
]

BINS_PER_OCTAVE = 512
SMALLEST_SCORE, LARGEST_SCORE = 2.0**-40, 2.0**40
_POINTS = 256
"""Points of the table that a prediction looks a severity up in."""


@dataclass(frozen=True)
class ScoreDistribution:
    """Distribution of the training customers' anomaly scores, in released cells.

    Parameters
    ----------
    low : numpy.ndarray, shape (cells,)
        Lower end of each cell, from the top; `BINS_PER_OCTAVE` bins to a doubling of the score.
    n : numpy.ndarray of int64, shape (cells,)
        Customers in each.
    mean : numpy.ndarray, shape (cells,)
        Their mean bin.

    Examples
    --------
    >>> low, n, mean = np.array([512.0, 0.0]), np.array([10, 90]), np.array([768.0, 240.0])
    >>> scores = ScoreDistribution(low, n, mean)
    >>> scores.severity(np.array([0.5, 2.0, 9.0])).round(1).tolist()
    [0.0, 90.0, 99.9]
    >>> scores.score(90.0)
    2.0
    """

    low: Matrix
    n: Counts
    mean: Matrix

    @classmethod
    def of_cells(cls, cells: Sequence[tuple[int, float]]) -> ScoreDistribution:
        """Take the cells of `sparkfl.privacy.histogram.release_histogram`, from the top.

        A cell ends half way between its mean and the next one's; the highest cell, which has a
        Pareto tail, where the two means say that such a tail begins; the lowest as far below its
        mean as its other end is above.

        Raises
        ------
        ValueError
            If there is none.
        """
        if not cells:
            raise ValueError("no cell holds a row")
        n, mean = (np.array(column) for column in zip(*cells, strict=True))
        place = mean + 0.5
        if len(n) == 1:
            return cls(place - BINS_PER_OCTAVE / 2, n, mean)
        low = (place[:-1] + place[1:]) / 2
        # In a tail of mean excess e the means of the two cells lie e r log(r) / (r - 1) apart.
        r = 1 + n[1] / n[0]
        low[0] = place[0] - (place[0] - place[1]) * (r - 1) / (r * np.log(r))
        return cls(np.append(low, 2 * place[-1] - low[-1]), n, mean)

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> ScoreDistribution:
        """Read what `to_json` wrote."""
        low, n, mean = (np.array(content[name]) for name in ("low", "n", "mean"))
        return cls(low.astype(np.float64), n, mean)

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as lists."""
        return {"low": self.low.tolist(), "n": self.n.tolist(), "mean": self.mean.tolist()}

    @property
    def top(self) -> float:
        """Percentage of the customers in the highest cell, which has no upper end."""
        return float(100 * self.n[0] / self.n.sum())

    @property
    def edge(self) -> float:
        """Bin at which the highest cell begins."""
        return float(self.low[0])

    @property
    def decay(self) -> float:
        """Mean excess over that bin: a Pareto tail, its exponent by Hill's estimate [1]_.

        References
        ----------
        .. [1] Hill, "A simple general approach to inference about the tail of a distribution",
           Annals of Statistics, 1975.
        """
        return float(self.mean[0] + 0.5 - self.low[0])

    @cached_property
    def table(self) -> tuple[float, float, Matrix]:
        """First bin, points a bin, and the severities at equally spaced points up to `edge`."""
        ends = self.low[::-1]
        below = np.append(0.0, np.cumsum(self.n[::-1])[:-1]) * (100 / self.n.sum())
        count = min(_POINTS, int(ends[-1] - ends[0])) + 1
        values = np.interp(np.linspace(ends[0], ends[-1], count), ends, below)
        return ends[0], (count - 1) / max(ends[-1] - ends[0], 1.0), values

    def severity(self, scores: Matrix) -> Matrix:
        """Percentage of the training customers that score lower, from 0 to 100.

        Parameters
        ----------
        scores : numpy.ndarray, shape (rows,)
            Scores from 0 up; NaN stays NaN.

        Returns
        -------
        numpy.ndarray, shape (rows,)
            Interpolated on the logarithmic grid within a cell.
        """
        bins = BINS_PER_OCTAVE * np.log2(np.clip(scores, SMALLEST_SCORE, LARGEST_SCORE))
        first, points, values = self.table
        inside = np.interp((bins - first) * points, np.arange(len(values)), values)
        beyond = 100 - self.top * np.exp(np.minimum(self.edge - bins, 0.0) / self.decay)
        return np.where(np.isnan(bins), np.nan, np.where(bins >= self.edge, beyond, inside))

    def score(self, severity: float) -> float:
        """Score of a severity; infinite for 100.

        Parameters
        ----------
        severity : float
            Percentage, in [0, 100].
        """
        first, points, values = self.table
        if severity >= 100 - self.top:
            with np.errstate(divide="ignore"):
                edge = self.edge - self.decay * float(np.log((100 - severity) / self.top))
        else:
            edge = first + float(np.interp(severity, values, np.arange(len(values)))) / points
        return float(2 ** (edge / BINS_PER_OCTAVE))
