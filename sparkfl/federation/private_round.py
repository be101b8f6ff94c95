"""One round of a federation whose stores tell figures with noise, and no others."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from pyspark.sql import DataFrame

from sparkfl.execution.private import clipped, fit_private, private_histogram, stores_of
from sparkfl.federation.data import FederationData
from sparkfl.federation.inputs import Inputs
from sparkfl.federation.model import FederatedClusteringModel
from sparkfl.federation.params import FederatedClusteringParams
from sparkfl.federation.policy import require_scores
from sparkfl.federation.private import accountant_of, private_fit
from sparkfl.federation.round import Round, check_released, require_stores, result_params
from sparkfl.federation.scoring import score
from sparkfl.federation.scoring.score_bin import score_bin
from sparkfl.federation.summary import TrainingSummary
from sparkfl.federation.tables import ROW, Results, results_of, tables
from sparkfl.local.private_fit import SCORES
from sparkfl.local.result import LocalResult, Verdict
from sparkfl.privacy.accountant import Asked
from sparkfl.privacy.private_histogram import private_distribution
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.severity import ScoreDistribution
from sparkfl.statistics.summary import ClusterSummary

__all__ = ["PrivateRound"]

logger = logging.getLogger(__name__)

_REASON = "moments of what stores released with noise"


class PrivateRound(Round):
    """One differentially private round over the rows of all stores.

    Of a store two things are told, once each: its clusters, and a histogram of its customers'
    scores. All else follows from them: the scaling, the global model, the verdicts, the threshold.
    What they cost is charged before either is told, and never given back.

    Parameters
    ----------
    params : FederatedClusteringParams
        Of `sparkfl.federation.private.private_params`.
    df : pyspark.sql.DataFrame
        Rows of all stores.
    inputs : Inputs
        What is read of them.
    """

    def __init__(self, params: FederatedClusteringParams, df: DataFrame, inputs: Inputs) -> None:
        super().__init__(params, df, inputs)
        self._guard = None
        self._fit = private_fit(params, inputs, self._rules)
        self._accountant = accountant_of(params, df.sparkSession, self._rules)

    def _run(
        self,
        rows: DataFrame,
        before: FederationData | None,
        changed: set[Any] | None,
        customers: DataFrame | None,
    ) -> FederatedClusteringModel:
        """Train the stores of some rows; the scores are those of all customers, if they are given.

        Without them the scores' distribution is that of the earlier round, and all of the budget
        is spent on the clusters.
        """
        earlier = results_of(before) if before else {}
        with self._stage("names of the stores"):
            stores = stores_of(rows)
        require_stores(changed or set(), stores, self.inputs)
        rows = clipped(rows, self._fit)
        refused = self._charge(stores)
        charged = [store for store in stores if store not in refused]
        fit = self._fit if customers is not None else replace(self._fit, share=1.0)
        with self._stage("private local training and release", 0, len(charged)) as fitting:
            found = fit_private(fit, rows, len(self.inputs.features), charged) if charged else {}
            fitting.rows = sum(result.rows for result in found.values())
        kept = {s: own for s, own in earlier.items() if changed is not None and s not in changed}
        scaling = before.scaling if before else self._pooled(found)
        told = {store: _scaled(own, scaling) for store, own in found.items()}
        spent = {s: _refused(said, earlier.get(s)) for s, said in refused.items()}
        results = dict(sorted({**kept, **told, **spent}.items()))
        # What it has told before stands.
        kept |= {store: own for store, own in spent.items() if store in earlier}
        training = self._training(scaling)
        check_released(results, training)
        with self._stage("global model"):
            clusters = self._aggregate(results)
        whose = self._rules.entity_key or ROW
        data = FederationData(
            params=result_params(self.params),
            inputs=self.inputs,
            scaling=scaling,
            threshold=100 * (1 - self.params.getOrDefault("contamination")),
            tables=tables(self.inputs, results, clusters, earlier, kept, whose),
            scaled_by=before.scaled_by if before else self.params.getOrDefault("scaling"),
            scaling_reason=before.scaling_reason if before else _REASON,
            distribution=before.distribution if before else None,
        )
        if customers is not None:
            with self._stage("threshold"):
                scores = self._private_distribution(rows, data, told)
                data = replace(data, distribution=scores)
        trained = [result for store, result in results.items() if store not in kept]
        summary = TrainingSummary.of_results(self._stages, trained, training, 0, len(kept))
        logger.info("%s", summary)
        return FederatedClusteringModel(self._spark, data, summary)

    def _charge(self, stores: Sequence[Any]) -> dict[Any, str]:
        """Charge stores for what they are about to tell; say why some may tell nothing."""
        if self._accountant is None:
            return {}
        rules = self._rules
        assert rules.epsilon is not None
        asked = Asked(self._fit.noise, rules.epsilon, rules.delta, rules.budget)
        with self._stage("accountant", len(stores)):
            refused = self._accountant.charge([str(store) for store in stores], asked)
        for account in refused.values():
            logger.warning("Not trained: %s.", account.refusal(asked))
        return {s: refused[str(s)].refusal(asked) for s in stores if str(s) in refused}

    def _pooled(self, found: Results) -> Scaling:
        """Scale by the moments of all stores, which follow from what they have released."""
        released = [result.summary for result in found.values() if result.summary is not None]
        if self.params.getOrDefault("scaling") == "none" or not released:
            return Scaling.identity(len(self.inputs.features))
        return Scaling.of_moments(ClusterSummary.concatenate(released).total()).rounded()

    def _private_distribution(
        self, rows: DataFrame, data: FederationData, told: Mapping[Any, LocalResult]
    ) -> ScoreDistribution:
        """Distribution of the scores, by the histograms of stores that have released clusters."""
        released = [store for store, result in told.items() if result.verdict == Verdict.OK]
        scored = score(rows, replace(data, inputs=self.inputs.own))
        noise, features = self._fit.noise, len(self.inputs.features)
        bins = score_bin("anomaly_score")
        counts = private_histogram(scored, bins, features, noise, SCORES, released)
        root = float(np.sqrt(len(released)))
        found = private_distribution(
            counts,
            noise.deviation(SCORES) * root,
            float(sum(told[store].rows for store in released)),
            self._fit.count_deviation * root,
            features,
            self._rules,
        )
        return require_scores(found, self._rules)


def _scaled(result: LocalResult, scaling: Scaling) -> LocalResult:
    """Bring what a store released into the clustering space, of z-scores: a linear map."""
    if result.summary is None:
        return result
    return replace(result, summary=scaling.summary(result.summary))


def _refused(said: str, before: LocalResult | None) -> LocalResult:
    """Return the result of a store that has spent its budget: what it has told before stands."""
    standing = before or LocalResult(Verdict.BUDGET_SPENT, 0, merged_rows=None, skipped=None)
    return replace(standing, verdict=Verdict.BUDGET_SPENT, detail=said)
