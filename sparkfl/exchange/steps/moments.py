"""The steps of a scaling that all stores share: moments of features, then of asinh of z-scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from sparkfl.exchange.contract import Contract
from sparkfl.exchange.reason import Reason, RefusalError
from sparkfl.exchange.schema import integers, mapping, vector
from sparkfl.exchange.steps.limits import check_counts, check_growth, check_spread, limits_of
from sparkfl.exchange.steps.so_far import SoFar
from sparkfl.exchange.steps.step import Step
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.scaling import LARGEST_Z, Scaling
from sparkfl.statistics.summary import ClusterSummary

__all__ = ["AsinhStep", "MomentsStep"]

_FIELDS = ("n", "mean", "ss")


class MomentsStep(Step[Moments | None]):
    """Count, mean and sum of squares of each feature of a store; None if it may not tell them.

    Examples
    --------
    >>> one = Moments(np.array([[12, 0]]), np.array([[5.0, np.nan]]), np.array([[40.0, np.nan]]))
    >>> MomentsStep().write(one)
    {'moments': {'n': [12, 0], 'mean': [5.0, None], 'ss': [40.0, None]}}
    """

    def write(self, told: Moments | None) -> dict[str, Any]:
        """Return the moments, null for what is not told."""
        if told is None:
            return {"moments": None}
        found = {name: getattr(told, name)[0].tolist() for name in _FIELDS}
        for name in ("mean", "ss"):
            found[name] = [None if np.isnan(value) else value for value in found[name]]
        return {"moments": found}

    def read(self, body: Any, contract: Contract) -> Moments | None:
        """Read them."""
        found = mapping(body, ["moments"], "the release")["moments"]
        if found is None:
            return None
        fields = mapping(found, _FIELDS, "moments")
        d = len(contract.features)
        n = np.array([integers(fields["n"], "n", d)], np.int64)
        mean, ss = (vector(fields[name], name, d, missing=True)[None] for name in ("mean", "ss"))
        untold = n == 0
        if (np.isnan(mean) != untold).any() or (np.isnan(ss) != untold).any():
            raise RefusalError(
                Reason.MALFORMED, "mean and ss must be null where n is 0, and only there"
            )
        return Moments(n, mean, ss)

    def check(self, told: Moments | None, so_far: SoFar, rules: Rules, before: int | None) -> None:
        """Check counts, and means against bounds."""
        if told is None:
            return
        known = told.n[0] > 0
        if not known.any():
            raise RefusalError(Reason.BAD_COUNTS, "n of every feature is 0 or negative")
        if (told.n < 0).any():
            raise RefusalError(Reason.BAD_COUNTS, f"n of a feature is {told.n.min()}")
        n, mean, ss = (getattr(told, name)[:, known] for name in _FIELDS)
        check_counts(n[0], rules, "n of feature")
        if (n != n[0, 0]).any():
            raise RefusalError(
                Reason.COUNTS_DO_NOT_ADD_UP, "features that are told have different numbers of rows"
            )
        check_growth(self.rows(told), before)
        low, high = self.limits(so_far)
        check_spread(n, mean, ss, (low[known], high[known]), rules.grid, "store")

    def rows(self, told: Moments | None) -> int:
        """Rows of the store."""
        return 0 if told is None else int(told.n.max())

    def combine(self, told: Mapping[str, Moments | None], so_far: SoFar) -> dict[str, Any]:
        """Make the z-scores."""
        del so_far
        return {"standard": Scaling.of_stores(self._pooled(told)).rounded().to_json()}

    def limits(self, so_far: SoFar) -> tuple[Any, Any]:
        """Return the limits of what moments are of."""
        return limits_of(so_far.contract, None)

    @staticmethod
    def _pooled(told: Mapping[str, Moments | None]) -> ClusterSummary | Moments:
        """Put the moments of all stores together, as one Spark has them."""
        stores = [own for own in told.values() if own is not None]
        n, mean, ss = (np.concatenate([getattr(s, name) for s in stores]) for name in _FIELDS)
        return Moments.of_stores(n.max(axis=1), mean, ss)


class AsinhStep(MomentsStep):
    """The same of asinh of the z-scores, which makes the scaling robust."""

    def combine(self, told: Mapping[str, Moments | None], so_far: SoFar) -> dict[str, Any]:
        """Make the scaling."""
        stores = [own for own in told.values() if own is not None]
        parts = (np.concatenate([getattr(s, name) for s in stores]) for name in _FIELDS)
        again = so_far.standard.again(Moments(*parts).total()).rounded()
        return {"scaling": replace(so_far.standard, asinh=again).to_json()}

    def limits(self, so_far: SoFar) -> tuple[Any, Any]:
        """Return the limits of asinh of z-scores, which are bounded always."""
        standard = so_far.standard
        plain = replace(standard, asinh=Scaling.identity(len(standard.mean)))
        low, high = limits_of(so_far.contract, plain)
        most = np.arcsinh(LARGEST_Z)
        return np.maximum(low, -most), np.minimum(high, most)
