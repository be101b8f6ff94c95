"""The step of the local models: each store's clusters, and the global clusters made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sparkfl.exchange.contract import Contract
from sparkfl.exchange.reason import Reason, RefusalError
from sparkfl.exchange.schema import integer, integers, mapping, matrix, optional_text, vector
from sparkfl.exchange.steps.limits import (
    check_counts,
    check_growth,
    check_spread,
    check_sum,
    limits_of,
)
from sparkfl.exchange.steps.so_far import SoFar
from sparkfl.exchange.steps.step import Step
from sparkfl.federation.tables import pooled_scaling, tables
from sparkfl.global_.aggregate import aggregate
from sparkfl.local.result import LocalResult, Strategy, Verdict
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary

__all__ = ["ClustersStep", "summary_json"]

_LONGEST = 200
_SUMMARY = ("n", "mean", "ss")
_FIELDS = (
    "verdict",
    "rows",
    "skipped_rows",
    "merged_rows",
    "strategy",
    "detail",
    "content",
    "clusters",
    "scaling",
)


def summary_json(summary: ClusterSummary) -> dict[str, Any]:
    """Return a summary as JSON has it.

    Examples
    --------
    >>> summary_json(ClusterSummary(np.array([12]), np.array([[0.5]]), np.array([[3.0]])))
    {'n': [12], 'mean': [[0.5]], 'ss': [[3.0]]}
    """
    return {name: getattr(summary, name).tolist() for name in _SUMMARY}


class ClustersStep(Step[LocalResult]):
    """What became of a store, and its released clusters; its own scaling, if each has one.

    Examples
    --------
    >>> ClustersStep().write(LocalResult(Verdict.TOO_SMALL, 0))["verdict"]
    'too_small'
    """

    def write(self, told: LocalResult) -> dict[str, Any]:
        """Return the result."""
        own = told.scaling
        return {
            "verdict": str(told.verdict),
            "rows": told.rows,
            "skipped_rows": told.skipped,
            "merged_rows": told.merged_rows,
            "strategy": str(told.strategy),
            "detail": told.detail and told.detail[:_LONGEST],
            "content": told.content,
            "clusters": summary_json(told.summary) if told.summary else None,
            "scaling": None
            if own is None
            else {
                "mean": own.mean.tolist(),
                "std": own.std.tolist(),
                "asinh_mean": own.asinh.mean.tolist() if own.asinh else None,
                "asinh_std": own.asinh.std.tolist() if own.asinh else None,
            },
        }

    def read(self, body: Any, contract: Contract) -> LocalResult:
        """Read it."""
        found = mapping(body, _FIELDS, "the release")
        d = len(contract.features)
        try:
            verdict, strategy = Verdict(found["verdict"]), Strategy(found["strategy"])
        except ValueError:
            raise RefusalError(Reason.MALFORMED, "no such verdict, or strategy") from None
        merged = found["merged_rows"]
        return LocalResult(
            verdict,
            integer(found["rows"], "rows"),
            _summary(found["clusters"], contract.most_clusters, d),
            None if merged is None else integer(merged, "merged_rows"),
            _scaling(found["scaling"], d),
            strategy,
            optional_text(found["detail"], "detail"),
            integer(found["skipped_rows"], "skipped_rows"),
            optional_text(found["content"], "content"),
        )

    def check(self, told: LocalResult, so_far: SoFar, rules: Rules, before: int | None) -> None:
        """Check the counts against each other, and the centroids against bounds."""
        if min(told.rows, told.skipped or 0, told.merged_rows or 0) < 0:
            raise RefusalError(Reason.BAD_COUNTS, "a number of rows is negative")
        if (told.summary is None) == (told.verdict == Verdict.OK):
            raise RefusalError(
                Reason.MALFORMED, f"a store that is {told.verdict} has clusters, or none"
            )
        if told.summary is None:
            return
        n = told.summary.n
        check_counts(n, rules, "n of cluster")
        check_sum(n, told.rows, rules, "clusters")
        check_growth(told.rows, before)
        if (told.merged_rows or 0) > told.rows:
            raise RefusalError(Reason.COUNTS_DO_NOT_ADD_UP, "more rows were merged than there are")
        scaling = so_far.scaling or told.scaling
        if scaling is None or (so_far.scaling is not None) == (told.scaling is not None):
            raise RefusalError(
                Reason.MALFORMED, "a store has a scaling of its own if and only if each has"
            )
        if told.scaling is not None:
            rows, own = np.array([told.rows]), told.scaling
            ss = own.std[None] ** 2 * (told.rows - 1)
            plain = limits_of(so_far.contract, None)
            check_spread(rows, own.mean[None], ss, plain, rules.grid, "scaling of store")
        space = limits_of(so_far.contract, scaling)
        check_spread(n, told.summary.mean, told.summary.ss, space, rules.grid, "cluster")

    def rows(self, told: LocalResult) -> int:
        """Rows of the store's clusters."""
        return 0 if told.summary is None else int(told.summary.n.sum())

    def combine(self, told: Mapping[str, LocalResult], so_far: SoFar) -> dict[str, Any]:
        """Make the global clusters, and the scaling of stores that have no model."""
        params = so_far.contract.params
        releases = [own.summary for own in told.values() if own.summary]
        clusters = aggregate(
            ClusterSummary.concatenate(releases),
            params["globalK"],
            params["globalSeed"],
            params["weighted"],
            params["aggregation"],
        )
        scaling = so_far.scaling
        if scaling is None:
            scaling = pooled_scaling(tables(so_far.contract.inputs, told, clusters))
        return {
            "aggregation": params["aggregation"],
            "clusters": summary_json(clusters),
            "scaling": scaling.to_json(),
        }


def _summary(found: Any, most: int, d: int) -> ClusterSummary | None:
    """Read clusters."""
    if found is None:
        return None
    fields = mapping(found, _SUMMARY, "clusters")
    n = integers(fields["n"], "n")
    if not 0 < len(n) <= most:
        raise RefusalError(Reason.MALFORMED, f"there are {len(n)} clusters, of 1 to {most}")
    mean, ss = (matrix(fields[name], name, len(n), d) for name in ("mean", "ss"))
    return ClusterSummary(np.array(n, np.int64), mean, ss)


def _scaling(found: Any, d: int) -> Scaling | None:
    """Read a store's own scaling."""
    if found is None:
        return None
    names = ("mean", "std", "asinh_mean", "asinh_std")
    fields = mapping(found, names, "a scaling")
    mean, std, again_mean, again_std = (vector(fields[name], name, d) for name in names)
    if (std < 0).any() or (again_std < 0).any():
        raise RefusalError(Reason.OUT_OF_BOUNDS, "a standard deviation is negative")
    return Scaling(mean, std, Scaling(again_mean, again_std))
