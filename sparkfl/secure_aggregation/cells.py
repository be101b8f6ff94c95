"""Histograms as vectors that stores may add up: counts on a grid that is fixed beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from sparkfl.errors import ParameterError

__all__ = ["cells_of", "cells_vector"]

Cells = Sequence[tuple[int, float]]


def cells_vector(cells: Cells, edges: Sequence[int]) -> list[Fraction]:
    """Return released cells as a vector: of each bin of the grid, its rows and their places summed.

    A cell counts whole in the bin where its mean lies, so that what was one cell because few
    rows are in it stays one.

    Parameters
    ----------
    cells : sequence of (int, float)
        Count and mean place of each cell, as the gate has let it out.
    edges : sequence of int
        Edges of the bins, ascending; places beyond the ends count in the first or last.

    Returns
    -------
    list of Fraction
        Twice as many numbers as there are bins.

    Examples
    --------
    >>> total = [
    ...     sum(each)
    ...     for each in zip(
    ...         cells_vector([(12, 5.5), (30, -1.0)], [-4, 0, 4, 8]),
    ...         cells_vector([(10, 7.0)], [-4, 0, 4, 8]),
    ...     )
    ... ]
    >>> cells_of(total, [-4, 0, 4, 8])
    [(22, 6.181818181818182), (30, -1.0)]
    """
    bins = len(edges) - 1
    counts, places = [Fraction(0)] * bins, [Fraction(0)] * bins
    for n, mean in cells:
        own = int(np.searchsorted(edges[1:-1], mean, side="right"))
        counts[own] += n
        places[own] += n * Fraction(mean)
    return [*counts, *places]


def cells_of(total: Sequence[Fraction], edges: Sequence[int]) -> list[tuple[int, float]]:
    """Return the cells of a total of `cells_vector`, from the top; bins without rows are none.

    Raises
    ------
    ParameterError
        If the total has another length.
    """
    bins = len(edges) - 1
    if len(total) != 2 * bins:
        raise ParameterError(
            f"The total has {len(total)} numbers, and {2 * bins} were expected: it is of another "
            "grid."
        )
    own = [(int(n), float(place / n)) for n, place in zip(total, total[bins:], strict=False) if n]
    return own[::-1]
