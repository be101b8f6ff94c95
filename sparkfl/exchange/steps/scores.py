"""The last step: how each store's customers score by the global clusters, in released cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sparkfl.exchange.contract import Contract
from sparkfl.exchange.reason import Reason, RefusalError
from sparkfl.exchange.schema import integers, mapping, vector
from sparkfl.exchange.steps.limits import check_counts, check_growth
from sparkfl.exchange.steps.so_far import SoFar
from sparkfl.exchange.steps.step import Step
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.severity import (
    BINS_PER_OCTAVE,
    LARGEST_SCORE,
    SMALLEST_SCORE,
    ScoreDistribution,
)

__all__ = ["ScoresStep", "pooled_cells"]

Cells = Sequence[tuple[int, float]]

_FIRST, _LAST = (BINS_PER_OCTAVE * np.log2(end) for end in (SMALLEST_SCORE, LARGEST_SCORE))


class ScoresStep(Step[Cells]):
    """Cells of `sparkfl.privacy.histogram.release_histogram`, from the top; none if none may be.

    Examples
    --------
    >>> ScoresStep().write([(12, 40.0), (30, -3.5)])
    {'n': [12, 30], 'mean': [40.0, -3.5]}
    """

    def write(self, told: Cells) -> dict[str, Any]:
        """Return the cells."""
        return {"n": [n for n, _ in told], "mean": [float(mean) for _, mean in told]}

    def read(self, body: Any, contract: Contract) -> Cells:
        """Read them."""
        del contract
        found = mapping(body, ["n", "mean"], "the release")
        n = integers(found["n"], "n")
        return list(zip(n, vector(found["mean"], "mean", len(n)).tolist(), strict=True))

    def check(self, told: Cells, so_far: SoFar, rules: Rules, before: int | None) -> None:
        """Check that these are bins of scores, from the top, of as many rows as there are."""
        del so_far
        if not told:
            return
        n, mean = (np.array(column) for column in zip(*told, strict=True))
        check_counts(n, rules, "n of cell")
        if (mean < _FIRST).any() or (mean > _LAST).any():
            raise RefusalError(Reason.OUT_OF_BOUNDS, "a cell's mean is no bin of a score")
        if (np.diff(mean) >= 0).any():
            raise RefusalError(Reason.MALFORMED, "the cells are not in order, from the top")
        check_growth(int(n.sum()), before)

    def rows(self, told: Cells) -> int:
        """Rows of the cells."""
        return sum(n for n, _ in told)

    def combine(self, told: Mapping[str, Cells], so_far: SoFar) -> dict[str, Any]:
        """Make the distribution of all customers' scores."""
        del so_far
        cells = pooled_cells([own for own in told.values() if own])
        return {"distribution": ScoreDistribution.of_cells(cells).to_json()}


def pooled_cells(stores: Sequence[Cells]) -> list[tuple[int, float]]:
    """Merge the cells of several stores, whose edges differ, to cells of all of them.

    A cell of one store is as wide as lie between its neighbours there; of all stores together so
    many neighbouring cells are one as there are stores.

    Parameters
    ----------
    stores : sequence of sequence of (int, float)
        Count and mean bin of each cell of each store, from the top.

    Returns
    -------
    list of (int, float)
        The same of all, whatever the order of the stores.

    Examples
    --------
    >>> pooled_cells([[(10, 50.0), (20, 10.0)], [(30, 20.0), (20, 0.0)]])
    [(40, 27.5), (40, 5.0)]
    """
    cells = sorted((cell for own in stores for cell in own), key=lambda cell: (-cell[1], cell[0]))
    pooled: list[tuple[int, float]] = []
    for start in range(0, len(cells), len(stores)):
        n, mean = (np.array(c) for c in zip(*cells[start : start + len(stores)], strict=True))
        place = float((n * mean).sum() / n.sum())
        if pooled and pooled[-1][1] <= place:
            pooled[-1] = (pooled[-1][0] + int(n.sum()), pooled[-1][1])
        else:
            pooled.append((int(n.sum()), place))
    return pooled
