"""How a training went: its stages, and which way each store was fitted and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sparkfl.execution.progress import Stage
from sparkfl.local.fitting import LocalFit
from sparkfl.local.result import LocalResult, Strategy

__all__ = ["StrategyUse", "TrainingSummary"]


@dataclass(frozen=True)
class StrategyUse:
    """Stores that were fitted one way.

    Parameters
    ----------
    stores, rows : int
        How many.
    reason : str
        Why this way.
    """

    stores: int
    rows: int
    reason: str


@dataclass(frozen=True)
class TrainingSummary:
    """How a training went.

    Parameters
    ----------
    stages : sequence of Stage
        What was done, with rows and seconds.
    strategies : mapping of Strategy to StrategyUse
        Ways in which stores were fitted, see `sparkfl.local.result.Strategy`.
    resumed : int
        Stores whose results an interrupted training had left in `checkpointDir`.
    kept : int
        Stores whose rows had not changed since the version that was updated.
    """

    stages: Sequence[Stage]
    strategies: Mapping[Strategy, StrategyUse]
    resumed: int = 0
    kept: int = 0

    @classmethod
    def of_results(
        cls,
        stages: Sequence[Stage],
        results: Sequence[LocalResult],
        fit: LocalFit,
        resumed: int,
        kept: int,
    ) -> TrainingSummary:
        """Count the ways that stores were fitted."""
        stores = Counter(result.strategy for result in results)
        rows = Counter[str]()
        for result in results:
            rows[result.strategy] += result.rows
        reasons = {
            Strategy.BATCHED: "built-in algorithm, small stores: many in one call of numpy",
            Strategy.IN_MEMORY: "built-in algorithm, one store fills a call of numpy",
            Strategy.SUMMARISED: f"more than {fit.max_values:,} feature values a store: no worker "
            "holds it, its chunks are summarised and merged",
            Strategy.ESTIMATOR: f"{fit.algorithm} is not built in: groupBy().applyInPandas",
            Strategy.PRIVATE: "a release policy with EPSILON: by sums with noise, rows as counted "
            "with it",
            Strategy.NONE: "not fitted, see the verdicts",
        }
        strategies = {
            strategy: StrategyUse(n, rows[strategy], reasons[strategy])
            for strategy, n in stores.most_common()
        }
        return cls(stages, strategies, resumed, kept)

    def __str__(self) -> str:
        total = sum(stage.seconds for stage in self.stages) or 1.0
        lines = [
            f"{s.name}: {s.seconds:.1f} s, {s.seconds / total:.0%}, {s.rows_per_second:,.0f} rows/s"
            for s in self.stages
        ]
        lines += [
            f"{strategy}: {use.stores:,} stores, {use.rows:,} rows ({use.reason})"
            for strategy, use in self.strategies.items()
        ]
        if self.resumed:
            lines.append(f"{self.resumed:,} stores resumed from the checkpoint")
        if self.kept:
            lines.append(f"{self.kept:,} stores unchanged, not trained again")
        return "\n".join(lines)
