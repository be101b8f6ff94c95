"""Scores of customers, as a histogram with noise on a grid that is public."""

from __future__ import annotations

import numpy as np
from sklearn.isotonic import isotonic_regression

from sparkfl.privacy.contributions import bounded_sums
from sparkfl.privacy.noise import Noise
from sparkfl.privacy.rounding import rounded_counts
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.severity import BINS_PER_OCTAVE, ScoreDistribution
from sparkfl.statistics.summary import Matrix

__all__ = ["BINS", "private_bins", "private_distribution"]

_LOWEST, _OCTAVES, _PER_OCTAVE = -2, 6, 4
_WIDTH = BINS_PER_OCTAVE // _PER_OCTAVE
BINS = _OCTAVES * _PER_OCTAVE
"""A quarter of an octave each, from a score of 1/4 a feature to one of 16; those beyond are in the
ends. Scores grow with the number of features, which is public, so that few bins are empty."""
_CLEAR = 2.0


def _first(features: int) -> int:
    """Return where the grid begins on that of severities."""
    return int(np.floor(BINS_PER_OCTAVE * (_LOWEST + np.log2(features))))


def private_bins(
    bins: Matrix, features: int, noise: Noise, share: float, entity: Matrix | None = None
) -> Matrix:
    """Count a store's customers by their scores, with noise.

    A customer with rows in several bins is in each by their share.

    Parameters
    ----------
    bins : numpy.ndarray, shape (n,)
        Bin of each row on the grid of `sparkfl.statistics.severity`; possibly none.
    features : int
        How many features the scores are of.
    noise : Noise
        Of the release.
    share : float
        Share of its budget that is spent here.
    entity : numpy.ndarray, shape (n,), optional
        Number of the customer of each row; without, each row is one.

    Returns
    -------
    numpy.ndarray, shape (BINS,)

    Examples
    --------
    >>> told = private_bins(np.full(900, 512.0), 1, Noise.of("laplace", 10.0), 1.0)
    >>> int(told.argmax()), bool(abs(told[12] - 900) < 5)
    (12, True)
    """
    coarse = np.clip((bins - _first(features)) // _WIDTH, 0, BINS - 1).astype(np.int64)
    counts = bounded_sums(np.ones((len(bins), 1)), coarse, BINS, entity)
    return noise.add(counts, share)[:, 0]


def private_distribution(
    counts: Matrix,
    deviation: float,
    total: float,
    total_deviation: float,
    features: int,
    rules: Rules,
) -> ScoreDistribution | None:
    """Work out the distribution of the scores of all stores from what they told with noise.

    Of how many customers score above the end of each bin there are two estimates: the sum of the
    bins above, and the total that was told elsewhere, less the sum of those below. They are
    combined by their variances, and since such a number never grows with the score, the nearest
    falling sequence is taken [1]_. No bin is dropped because its count is small, and none kept
    because it is large: both would move the threshold.

    Parameters
    ----------
    counts : numpy.ndarray, shape (BINS,)
        Sums of what stores told.
    deviation : float
        Of the noise of one of them.
    total : float
        How many customers there are, counted with noise by itself.
    total_deviation : float
        Of that noise.
    features : int
        How many features the scores are of.
    rules : Rules
        Whose minimum size a cell must have, as counted with noise, and by which it is rounded.

    Returns
    -------
    ScoreDistribution or None
        None if all that there is may be noise.

    References
    ----------
    .. [1] Hay, Rastogi, Miklau, Suciu, "Boosting the accuracy of differentially private histograms
       through consistency", VLDB 2010.

    Examples
    --------
    >>> counts = np.zeros(BINS)
    >>> counts[[8, 9, 15]] = 500, 400, 30
    >>> scores = private_distribution(counts, 3.0, 930.0, 2.0, 1, Rules(10))
    >>> scores.n.tolist(), scores.severity(np.array([1.0, 2.0])).round(1).tolist()
    ([30, 0, 400, 500], [0.0, 96.8])
    """
    if total < max(rules.min_size, _CLEAR * total_deviation):
        return None
    above = _above(counts, deviation, total, total_deviation)
    if above[0] < rules.min_size:
        return None
    first, told = _first(features), -np.diff(above)
    cells: list[tuple[float, int, float]] = []
    for own in _cells(told, rules.min_size):
        here, places = told[own], np.arange(own.start, own.stop)
        n = int(rounded_counts(np.array(int(np.rint(here.sum()))), rules.round))
        mean = float((here * places).sum() / here.sum()) if n else float(places.mean())
        cells.append((first + _WIDTH * own.start, n, first + _WIDTH * (mean + 0.5) - 0.5))
    low, counted, middle = (np.array(column) for column in zip(*cells, strict=True))
    return ScoreDistribution(low.astype(np.float64), counted, middle)


def _cells(told: Matrix, min_size: int) -> list[slice]:
    """Put bins together from the top until each cell is large enough; what is empty stays apart."""
    there = np.flatnonzero(told)
    cells: list[slice] = []
    top = BINS
    while top > there[0]:
        sums = np.cumsum(told[:top][::-1])[::-1]
        enough = np.flatnonzero((sums >= min_size) & (told[:top] > 0))
        low = int(enough[-1]) if len(enough) else int(there[0])
        if sums[0] - sums[low] < min_size:
            low = int(there[0])
        last = int(there[there < top][-1]) + 1
        if cells and last < top:
            cells.append(slice(last, top))
        cells.append(slice(low, last if cells else top))
        top = low
    return cells


def _above(counts: Matrix, deviation: float, total: float, total_deviation: float) -> Matrix:
    """Estimate how many score above the beginning of each bin, and above the last: none."""
    own, other = deviation**2, total_deviation**2
    bins = np.arange(BINS, 0, -1)
    share = own / (BINS * own + other)
    sums = np.cumsum(counts[::-1])[::-1] + bins * share * (total - counts.sum())
    variance = own * bins * (1 - bins * share)
    falling = isotonic_regression(sums, sample_weight=1 / variance, increasing=False)
    clipped: Matrix = np.append(np.clip(falling, 0.0, None), 0.0)
    return clipped
