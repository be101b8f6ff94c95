"""Scores of customers, as a histogram with noise on a grid that is public."""

from __future__ import annotations

import numpy as np

from sparkfl.privacy.contributions import bounded_sums
from sparkfl.privacy.noise import Noise
from sparkfl.privacy.rounding import rounded_counts
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.severity import BINS_PER_OCTAVE
from sparkfl.statistics.summary import Matrix

__all__ = ["BINS", "merged_bins", "private_bins"]

_FIRST, _LAST, _PER_OCTAVE = -2, 12, 4
_WIDTH = BINS_PER_OCTAVE // _PER_OCTAVE
BINS = (_LAST - _FIRST) * _PER_OCTAVE
"""A quarter of an octave each, from a score of 1/4 to one of 4096; those beyond are in the ends."""
_CLEAR = 2.0


def private_bins(bins: Matrix, noise: Noise, share: float, entity: Matrix | None = None) -> Matrix:
    """Count a store's customers by their scores, with noise.

    A customer with rows in several bins is in each by their share.

    Parameters
    ----------
    bins : numpy.ndarray, shape (n,)
        Bin of each row on the grid of `sparkfl.statistics.severity`; possibly none.
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
    >>> told = private_bins(np.full(900, 512.0), Noise.of("laplace", 10.0), 1.0)
    >>> int(told.argmax()), bool(abs(told[12] - 900) < 5)
    (12, True)
    """
    first = _FIRST * BINS_PER_OCTAVE
    coarse = np.clip((bins - first) // _WIDTH, 0, BINS - 1).astype(np.int64)
    counts = bounded_sums(np.ones((len(bins), 1)), coarse, BINS, entity)
    return noise.add(counts, share)[:, 0]


def merged_bins(counts: Matrix, deviation: float, rules: Rules) -> list[tuple[int, float]]:
    """Merge bins of all stores from the top, until a count is more than noise.

    Parameters
    ----------
    counts : numpy.ndarray, shape (BINS,)
        Sums of what stores told.
    deviation : float
        Of the noise of one of them.
    rules : Rules
        Whose minimum size a cell must have, as counted with noise, and by which it is rounded.

    Returns
    -------
    list of (int, float)
        Cells as `sparkfl.privacy.histogram.release_histogram` has them; none if all are noise.

    Examples
    --------
    >>> counts = np.zeros(BINS)
    >>> counts[[10, 11, 40]] = 500, 400, 30
    >>> merged_bins(counts, 3.0, Rules(10))
    [(30, 4159.5), (400, 447.5), (500, 319.5)]
    """
    cells: list[slice] = []
    above = BINS
    for place in range(BINS - 1, -1, -1):
        clear = _CLEAR * deviation * (above - place) ** 0.5
        if counts[place:above].sum() >= max(rules.min_size, clear):
            cells.append(slice(place, above))
            above = place
    if cells and above:
        # What is left below is not clear of noise: it joins the last cell.
        cells[-1] = slice(0, cells[-1].stop)
    return [(_rounded(counts[own], rules), _middle(counts, own)) for own in cells]


def _rounded(counts: Matrix, rules: Rules) -> int:
    """Add up the counts of a cell, and round them as the rules say."""
    n = max(int(np.rint(counts.sum())), rules.min_size)
    return int(rounded_counts(np.array(n), rules.round))


def _middle(counts: Matrix, own: slice) -> float:
    """Mean of the bins of a cell on the grid of severities, by what is above 0."""
    weight = np.maximum(counts[own], 0.0)
    place = (weight * np.arange(BINS)[own]).sum() / weight.sum()
    return float(_FIRST * BINS_PER_OCTAVE + _WIDTH * (place + 0.5) - 0.5)
