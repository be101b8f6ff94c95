"""Bounds of features: stated, never looked for, and kept to in the store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from sparkfl.errors import ParameterError
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.log1p import signed_log1p
from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["Bounds"]


@dataclass(frozen=True)
class Bounds:
    """Least and greatest value of each feature; between them a private space from -1 to 1.

    Parameters
    ----------
    low, high : numpy.ndarray, shape (d,)
        The bounds, in the unit of the features.

    Examples
    --------
    >>> bounds = Bounds(np.array([0.0]), np.array([10.0]))
    >>> bounds.scaled(np.array([[5.0], [7.5], [1e9]])).tolist()
    [[0.0], [0.5], [1.0]]
    """

    low: Matrix
    high: Matrix

    @classmethod
    def of_rules(cls, rules: Rules, features: Sequence[str], log1p: Collection[str] = ()) -> Bounds:
        """Take those of a policy for the features of a model, by name, in any case.

        Parameters
        ----------
        rules : Rules
            With bounds, which may be of more features than these.
        features : sequence of str
            Names of the features.
        log1p : collection of str, default ()
            Those that go through sign(x) log(1 + abs(x)), and their bounds with them.

        Raises
        ------
        ParameterError
            If a feature has none.
        """
        exact = {name: (low, high) for name, low, high in rules.bounds}
        anyhow = {name.casefold(): pair for name, pair in exact.items()}
        stated = [exact.get(name) or anyhow.get(name.casefold()) for name in features]
        missing = [name for name, pair in zip(features, stated, strict=True) if pair is None]
        if missing:
            raise ParameterError(
                f"BOUNDS of the release policy are of {', '.join(map(repr, exact))}, and none of "
                f"{', '.join(map(repr, missing))}. State the least and greatest value of every "
                "feature; they are never taken from the rows."
            )
        pairs = np.array(stated, dtype=np.float64).reshape(-1, 2)
        logarithmic = [name in log1p for name in features]
        pairs[logarithmic] = signed_log1p(pairs[logarithmic])
        found = cls(pairs[:, 0], pairs[:, 1])
        narrow = [name for name, half in zip(features, found.half, strict=True) if not half > 0]
        if narrow:
            raise ParameterError(
                f"BOUNDS of the release policy: those of {narrow[0]!r} are so close that doubles "
                "do not tell them apart, or their logarithms. Widen them."
            )
        return found

    @property
    def middle(self) -> Matrix:
        """Half way between the bounds."""
        return self.low / 2 + self.high / 2

    @property
    def half(self) -> Matrix:
        """How far either bound is from there."""
        return self.high / 2 - self.low / 2

    def scaled(self, rows: Matrix) -> Matrix:
        """Clip rows of shape (..., d) to the bounds, and scale what is between them to -1 to 1."""
        inside = np.clip(rows, self.low, self.high)
        scaled = np.clip((inside - self.middle) / self.half, -1.0, 1.0)
        # There is none in valid rows; if there were, it would be hidden by no noise.
        return np.nan_to_num(scaled, nan=0.0)

    def unscaled(self, told: ClusterSummary) -> ClusterSummary:
        """Bring what was told of the scaled rows back into the unit of the features."""
        return ClusterSummary(told.n, self.middle + self.half * told.mean, told.ss * self.half**2)
