"""The gate for histograms: counts of scores on a fixed grid, in cells that are large enough."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sparkfl.privacy.rounding import rounded_counts
from sparkfl.privacy.rules import Rules

__all__ = ["Bin", "release_histogram"]


@dataclass(frozen=True)
class Bin:
    """Rows with scores of one bin.

    Parameters
    ----------
    place : int
        Number of the bin.
    rows : int
        Its rows.
    entities : int, optional
        Entities of which this is the highest bin, so that each counts in one bin only; by default
        each row is one.
    most : int, default 1
        Rows, in all bins, of the entity that has most of those with a row here.
    """

    place: int
    rows: int
    entities: int | None = None
    most: int = 1


@dataclass(frozen=True)
class _Cell:
    """Bins that are told together."""

    rows: int = 0
    total: int = 0
    entities: int = 0
    most: int = 0

    def __add__(self, other: _Cell) -> _Cell:
        return _Cell(
            self.rows + other.rows,
            self.total + other.total,
            self.entities + other.entities,
            max(self.most, other.most),
        )

    @classmethod
    def of_bin(cls, own: Bin) -> _Cell:
        """Begin with a bin."""
        entities = own.rows if own.entities is None else own.entities
        return cls(own.rows, own.place * own.rows, entities, own.most)

    def safe(self, rules: Rules) -> bool:
        """Tell whether it may be told; no entity has more rows here than it has in all."""
        few_rows = rules.dominance < 1 and self.most > rules.dominance * self.rows
        return self.entities >= rules.min_size and not few_rows


def release_histogram(bins: Iterable[Bin], rules: Rules) -> list[tuple[int, float]]:
    """Merge adjacent bins, from the top, until each cell may be told.

    Parameters
    ----------
    bins : iterable of Bin
        Bins with rows.
    rules : Rules
        What is asked of a cell.

    Returns
    -------
    list of (int, float)
        Count and mean bin of each cell, from the top. Where a cell begins and ends is not told: its
        first and last bin would be the scores of single customers. None if all together may not be
        told.

    Examples
    --------
    >>> release_histogram([Bin(0, 5), Bin(1, 2), Bin(9, 1)], Rules(3))
    [(3, 3.6666666666666665), (5, 0.0)]
    """
    cells: list[_Cell] = []
    cell = _Cell()
    for own in sorted(bins, key=lambda each: each.place, reverse=True):
        cell += _Cell.of_bin(own)
        if cell.safe(rules):
            cells.append(cell)
            cell = _Cell()
    if cell.rows:
        while cells:
            cell = cells.pop() + cell
            if cell.safe(rules):
                cells.append(cell)
                break
    return [_told(own, rules) for own in cells]


def _told(cell: _Cell, rules: Rules) -> tuple[int, float]:
    """Round what is told of a cell; a mean on a grid is a whole bin."""
    mean = cell.total / cell.rows
    n = int(rounded_counts(np.array(cell.rows), rules.round))
    return n, float(round(mean)) if rules.grid else mean
