"""Stores to attack: drawn from customers' types, with outliers that attacks are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sparkfl.audit.store import Store
from sparkfl.statistics.summary import Matrix

__all__ = ["TRIED", "Population", "generated"]

TRIED = 100
_SPREAD, _FAR = 3.0, 8.0
_FEWEST_FAR = 4


@dataclass(frozen=True)
class Population:
    """Where stores come from.

    Parameters
    ----------
    name : str
        What it is called.
    customers : numpy.ndarray, shape (n, d), optional
        Real customers in the clustering space, of which stores are samples without replacement;
        three Gaussian types of customers by default, whose centres differ from store to store.
    features : int, default 4
        d, where there are no real customers.
    size : int, default 200
        Rows of a store.
    tried : int, default 100
        Stores that an attack is tried on; some attacks take a multiple of it.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> Population("generated", tried=2).stores(rng)[1].rows.shape
    (200, 4)
    """

    name: str
    customers: Matrix | None = None
    features: int = 4
    size: int = 200
    tried: int = TRIED

    @property
    def d(self) -> int:
        """Number of features."""
        return self.features if self.customers is None else self.customers.shape[1]

    def draw(self, rows: int, rng: np.random.Generator) -> Matrix:
        """Draw customers of one store, none of them an outlier if they are real."""
        if self.customers is not None:
            near: Matrix = self.customers[rng.choice(self._by_distance[1], rows, replace=False)]
            return near
        centres = rng.normal(0.0, _SPREAD, size=(3, self.d))
        type_ = rng.choice(3, rows, p=(0.6, 0.3, 0.1))
        drawn: Matrix = centres[type_] + rng.normal(size=(rows, self.d))
        return drawn

    def outliers(self, rows: int, rng: np.random.Generator) -> Matrix:
        """Draw customers far from all others; real ones are the farthest hundredth."""
        if self.customers is not None:
            far: Matrix = self.customers[rng.choice(self._by_distance[0], rows, replace=False)]
            return far
        way = rng.normal(size=(rows, self.d))
        way /= np.sqrt((way**2).sum(axis=1, keepdims=True))
        away: Matrix = way * (_FAR + _SPREAD * rng.random((rows, 1)))
        return away

    @cached_property
    def _by_distance(self) -> list[npt.NDArray[np.intp]]:
        """Numbers of the farthest hundredth of real customers, and of the others."""
        assert self.customers is not None
        distance = ((self.customers - self.customers.mean(axis=0)) ** 2).sum(axis=1)
        return np.split(np.argsort(-distance), [max(_FEWEST_FAR, len(distance) // 100)])

    def stores(self, rng: np.random.Generator) -> Sequence[Store]:
        """Draw the stores that an attack is tried on."""
        return [Store.of_rows(self.draw(self.size, rng)) for _ in range(self.tried)]


def generated(tried: int = TRIED) -> Population:
    """Take three types of customers, 200 a store."""
    return Population("generated shops", tried=tried)
