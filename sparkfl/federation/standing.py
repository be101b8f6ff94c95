"""What stands of stores from one version to the next: what has not changed, or is held back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sparkfl.federation.scaling import ScalingUsed
from sparkfl.federation.tables import Results, results_of
from sparkfl.local.result import LocalResult, Verdict
from sparkfl.statistics.severity import ScoreDistribution

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from sparkfl.execution.guard import Guard
    from sparkfl.execution.survey import Survey
    from sparkfl.federation.data import FederationData
    from sparkfl.privacy.rules import Rules

__all__ = ["Before", "keep", "standing", "unchanged"]


@dataclass(frozen=True)
class Before:
    """What a round has of those before it.

    Parameters
    ----------
    results : mapping of object to LocalResult
        Stores of the version that is updated; empty for a new training.
    scaling : ScalingUsed, optional
        Whose clustering space the round shares: that of the version that is updated, or under a
        guard that of the training before.
    distribution : ScoreDistribution, optional
        Of the scores, likewise.
    stands : mapping of str to LocalResult
        Under a guard, what each store has told last in this space and by these rules, by its text.
    """

    results: Results
    scaling: ScalingUsed | None
    distribution: ScoreDistribution | None
    stands: Mapping[str, LocalResult]

    @classmethod
    def of(
        cls, model: FederationData | None, guard: Guard | None, rules: Rules, spark: SparkSession
    ) -> Before:
        """Look at the version that is updated, and at what the guard has kept."""
        results = results_of(model) if model else {}
        scaling, scores = None, None
        last = None if model or guard is None else guard.standing.version(spark)
        if model:
            scaling, scores = ScalingUsed.of_model(model), model.distribution
        elif last:
            scaling, told = ScalingUsed.of_json(last), last["distribution"]
            scores = ScoreDistribution.of_json(told) if told else None
        stands: dict[str, LocalResult] = {}
        if guard is not None and scaling is not None:
            stands = guard.standing.releases(spark, _terms(scaling, rules))
        stands |= {str(store): own for store, own in results.items() if own.summary}
        return cls(results, scaling, scores, stands)


def standing(now: LocalResult, before: LocalResult | None) -> LocalResult:
    """Let what a store told before stand, if nothing new of it may be told."""
    if now.verdict != Verdict.HELD_BACK:
        return now
    if before is None:
        return replace(now, detail=f"{now.detail}; no earlier release can stand")
    said = f"{now.detail}; the earlier release stands"
    return replace(before, verdict=Verdict.HELD_BACK, detail=said)


def keep(
    guard: Guard,
    spark: SparkSession,
    told: Results,
    rules: Rules,
    scaling: ScalingUsed,
    scores: ScoreDistribution | None,
) -> None:
    """Let the guard keep what was told, so that it can stand in later versions."""
    version = scaling.to_json() | {"distribution": scores and scores.to_json()}
    ok = {str(store): own for store, own in told.items() if own.verdict == Verdict.OK}
    guard.standing.keep(spark, _terms(scaling, rules), version, ok)


def unchanged(earlier: Results, now: Survey, changed: set[Any] | None) -> dict[Any, LocalResult]:
    """Find the stores of an earlier round that need no training.

    A store that had failed is tried again, if its rows are given.
    """
    if changed is not None:
        return {store: result for store, result in earlier.items() if store not in changed}
    rows, skipped, content = (now.by_store(c) for c in ("rows", "skipped", "content"))
    return {
        # What was held back is as it was when it was not.
        store: replace(result, verdict=Verdict.OK, detail=None)
        if result.summary and result.verdict != Verdict.OK
        else result
        for store, result in earlier.items()
        if (rows.get(store), skipped.get(store), content.get(store))
        == (result.rows, result.skipped, result.content)
        and (result.summary or result.verdict not in (Verdict.FAILED, Verdict.HELD_BACK))
    }


def _terms(scaling: ScalingUsed, rules: Rules) -> str:
    """Name the space that releases are in, and the rules that they keep to."""
    space = {name: own for name, own in scaling.to_json().items() if name != "reason"}
    return sha256(repr((space, rules.rules)).encode()).hexdigest()[:16]
