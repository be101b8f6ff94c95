"""The steps of federated Lloyd: each store's sums by the nearest centre, and the centres moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sparkfl.exchange.contract import Contract
from sparkfl.exchange.reason import Reason, RefusalError
from sparkfl.exchange.schema import integers, mapping, matrix, optional_text, text
from sparkfl.exchange.steps.clusters import summary_json
from sparkfl.exchange.steps.limits import check_counts, check_spread, limits_of
from sparkfl.exchange.steps.so_far import SoFar
from sparkfl.exchange.steps.step import Step
from sparkfl.local.result import LocalResult, Verdict
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["LloydStep"]

_FIELDS = ("verdict", "detail", "clusters")
_SUMMARY = ("n", "mean", "ss")
_LONGEST = 200


class LloydStep(Step[LocalResult]):
    """Count, mean and sum of squares of the rows nearest to each centre; 0 of what is not told.

    Added up over the stores they are those of all rows, so that centres move as by Lloyd's
    algorithm [1]_ on all rows together; a gate may tell rows under a centre that is not their
    nearest, see `sparkfl.privacy.repeated`.

    References
    ----------
    .. [1] Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory,
       1982.

    Examples
    --------
    >>> own = ClusterSummary(np.array([12, 0]), np.array([[0.5], [0.0]]), np.array([[3.0], [0.0]]))
    >>> LloydStep().write(LocalResult(Verdict.OK, 12, own))["clusters"]["n"]
    [12, 0]
    """

    def write(self, told: LocalResult) -> dict[str, Any]:
        """Return the sums, null if there are none."""
        return {
            "verdict": str(told.verdict),
            "detail": told.detail and told.detail[:_LONGEST],
            "clusters": None if told.summary is None else summary_json(told.summary),
        }

    def read(self, body: Any, contract: Contract) -> LocalResult:
        """Read them."""
        found = mapping(body, _FIELDS, "the release")
        try:
            verdict = Verdict(text(found["verdict"], "verdict"))
        except ValueError:
            raise RefusalError(Reason.MALFORMED, "there is no such verdict of a store") from None
        detail = optional_text(found["detail"], "detail", _LONGEST)
        if found["clusters"] is None:
            return LocalResult(verdict, 0, detail=detail)
        fields = mapping(found["clusters"], _SUMMARY, "clusters")
        n = np.array(integers(fields["n"], "n"), np.int64)
        if not 0 < len(n) <= contract.params["globalK"]:
            raise RefusalError(Reason.MALFORMED, f"there are {len(n)} clusters")
        shape = len(n), len(contract.features)
        mean, ss = (matrix(fields[name], name, *shape) for name in ("mean", "ss"))
        return LocalResult(verdict, int(n.sum()), ClusterSummary(n, mean, ss), detail=detail)

    def check(self, told: LocalResult, so_far: SoFar, rules: Rules, before: int | None) -> None:
        """Check that these are as many centres, and as many rows, as there are."""
        if (told.summary is None) == (told.verdict == Verdict.OK):
            raise RefusalError(
                Reason.MALFORMED, f"a store that is {told.verdict} has clusters, or none"
            )
        if told.summary is None:
            return
        n, k = told.summary.n, len(so_far.centres)
        if len(n) != k:
            raise RefusalError(Reason.MALFORMED, f"there are {len(n)} clusters of {k} centres")
        known = n != 0
        if not known.any():
            raise RefusalError(Reason.BAD_COUNTS, "n of every cluster is 0")
        own = told.summary.ordered(np.flatnonzero(known))
        if told.summary.mean[~known].any() or told.summary.ss[~known].any():
            raise RefusalError(Reason.MALFORMED, "mean and ss must be 0 where n is 0")
        check_counts(own.n, rules, "n of cluster")
        _check_same(int(n.sum()), before, k + so_far.contract.most_clusters, rules)
        space = limits_of(so_far.contract, so_far.scaling)
        check_spread(own.n, own.mean, own.ss, space, rules.grid, "cluster")

    def rows(self, told: LocalResult) -> int:
        """Rows of the store."""
        return 0 if told.summary is None else int(told.summary.n.sum())

    def combine(self, told: Mapping[str, LocalResult], so_far: SoFar) -> dict[str, Any]:
        """Move each centre to the mean of all rows that were told of it; without any it stays."""
        centres = so_far.centres
        total, label = _total([own.summary for own in told.values() if own.summary])
        moved = centres.copy()
        moved[label] = total.mean
        shift = float(np.sqrt(((moved - centres) ** 2).sum(axis=1).max()))
        return {
            "iteration": so_far.iterations + 1,
            "centres": moved.tolist(),
            "shift": shift,
            "converged": shift <= so_far.contract.tol,
            "clusters": summary_json(total.canonical()),
        }


def _total(stores: list[ClusterSummary]) -> tuple[ClusterSummary, Matrix]:
    """Add up what stores tell; of the centres of which anything is told, and which these are."""
    label = np.concatenate([np.flatnonzero(own.n) for own in stores])
    every = ClusterSummary.concatenate([own.ordered(np.flatnonzero(own.n)) for own in stores])
    return every.merged(label), np.unique(label)


def _check_same(rows: int, before: int | None, parts: int, rules: Rules) -> None:
    """Refuse another number of rows than the store told before, up to rounding of each part."""
    error = 0 if rules.round == 1 else (parts + 1) * rules.round // 2
    if before is not None and abs(rows - before) > error:
        raise RefusalError(
            Reason.COUNTS_DO_NOT_ADD_UP,
            f"the store has {rows} rows; in the step before it had {before}",
        )
