"""One round of a federation: survey, local training and release, global model, threshold."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.columns import resolve
from sparkfl.errors import AggregationError, SchemaError
from sparkfl.execution.cached import cached
from sparkfl.execution.checkpoint import Checkpoint, fingerprint
from sparkfl.execution.entities import CONTENT, entity_code
from sparkfl.execution.histogram import released_histogram
from sparkfl.execution.meter import Tally
from sparkfl.execution.progress import Stage, stage
from sparkfl.execution.survey import Survey, survey
from sparkfl.execution.training import LocalTraining, collect
from sparkfl.execution.writable import check_writable
from sparkfl.federation.data import FederationData
from sparkfl.federation.inputs import FEATURES, STORE, Inputs
from sparkfl.federation.invalid import refuse_invalid
from sparkfl.federation.model import FederatedClusteringModel
from sparkfl.federation.options import COLUMNS, OPTIONS
from sparkfl.federation.params import FederatedClusteringParams
from sparkfl.federation.policy import entity_columns, guard_of, require_scores, rules_of
from sparkfl.federation.scaling import ScalingUsed
from sparkfl.federation.scoring import score
from sparkfl.federation.scoring.score_bin import score_bin
from sparkfl.federation.standing import Before, keep, standing, unchanged
from sparkfl.federation.summary import TrainingSummary
from sparkfl.federation.tables import ROW, Results, pooled_scaling, tables
from sparkfl.global_.aggregate import aggregate
from sparkfl.local.clusters import FEWEST
from sparkfl.local.result import LocalResult, Verdict
from sparkfl.remote import ship
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.severity import ScoreDistribution
from sparkfl.statistics.summary import ClusterSummary

__all__ = ["Round", "check_released", "require_stores", "result_params"]

logger = logging.getLogger(__name__)


def result_params(params: FederatedClusteringParams) -> dict[str, Any]:
    """Return the parameters that decide the result, by name."""
    decisive = {option.param for option in (*COLUMNS, *OPTIONS) if option.decides}
    values = {param.name: value for param, value in params.extractParamMap().items()}
    return {name: value for name, value in values.items() if name in decisive}


class Round:
    """One round over the rows of all stores.

    Parameters
    ----------
    params : FederatedClusteringParams
        How to train; of a release policy what it says, not its name.
    df : pyspark.sql.DataFrame
        Rows of all stores.
    inputs : Inputs
        What is read of them.
    """

    def __init__(self, params: FederatedClusteringParams, df: DataFrame, inputs: Inputs) -> None:
        self.params = params
        self._spark = df.sparkSession
        self._df = df
        self._bound = inputs.bound(df)
        self.inputs = inputs
        self._rules = rules_of(params)
        self._entity = entity_columns(df, self._rules, inputs)
        self._guard = guard_of(params, df.sparkSession, inputs, self._rules)
        self._stages: list[Stage] = []

    def run(
        self, before: FederationData | None = None, changed: DataFrame | None = None
    ) -> FederatedClusteringModel:
        """Train all stores, or those that have changed since an earlier round."""
        names = None if changed is None else {row[0] for row in changed.collect()}
        with self._kept() as customers:
            rows = customers if changed is None else self._of_stores(customers, changed)
            return self._run(rows, before, names, customers)

    def run_stores(
        self, before: FederationData, stores: Collection[Any]
    ) -> FederatedClusteringModel:
        """Train some stores, whose rows alone are given, and keep the others and the scores."""
        with self._kept() as rows:
            return self._run(rows, before, set(stores), None)

    @contextmanager
    def _kept(self) -> Iterator[DataFrame]:
        """Keep the rows, of `STORE` and `FEATURES`, and of whom they are about if they say so."""
        ship(self._spark)
        if self.params.isDefined("checkpointDir"):
            directory = self.params.getOrDefault("checkpointDir")
            check_writable(self._spark, directory, "checkpointDir")
        if self._guard is not None:
            self._guard.check(self._spark)
        # Read three times; and no optimizer looks from here at what made the features.
        with cached(self._bound.select(self._df, self._entity), unless=self._df) as rows:
            yield (
                rows
                if self._guard is None
                else rows.withColumn(CONTENT, entity_code(F.col(FEATURES)))
            )

    def _held(self, rows: DataFrame, told: Mapping[str, LocalResult]) -> dict[Any, LocalResult]:
        """Find the stores that the guard holds back; what they have `told` before stands."""
        if self._guard is None:
            return {}
        with self._stage("guard against differencing"):
            why = self._guard.held(rows)
        logger.info("Held back: %d stores.", len(why))
        held = {s: LocalResult(Verdict.HELD_BACK, 0, detail=said) for s, said in why.items()}
        return {store: standing(own, told.get(str(store))) for store, own in held.items()}

    def _run(
        self,
        rows: DataFrame,
        before: FederationData | None,
        changed: set[Any] | None,
        customers: DataFrame | None,
    ) -> FederatedClusteringModel:
        """Train the stores of some rows; the scores are those of all customers, if they are given.

        Without them the scores' distribution is that of the earlier round.
        """
        was = Before.of(before, self._guard, self._rules, self._spark)
        earlier, used = was.results, was.scaling
        held = self._held(rows, was.stands)
        if held:
            rows = _without(rows, held)
            customers = None if customers is None else _without(customers, held)
        with self._stage("survey of the stores") as surveying:
            stores = self._survey(rows, used is None or used.common is None)
            surveying.rows = stores.rows
        if self.params.getOrDefault("handleInvalid") == "error":
            refuse_invalid(self._df, self._bound, stores)
        if customers is None:
            require_stores((changed or set()) - set(held), stores.stores, self.inputs)
        kept = unchanged(earlier, stores, changed) | held
        used = used or self._scaling(stores, rows)
        training = self._training(used.common)
        results, resumed = self._train(rows, stores, training, kept)
        for store in results.keys() - kept.keys():
            results[store] = standing(results[store], was.stands.get(str(store)))
        check_released(results, training)
        with self._stage("global model"):
            clusters = self._aggregate(results)
        whose = self._rules.entity_key or ROW
        made = tables(self.inputs, results, clusters, earlier, kept, whose)
        data = FederationData(
            params=result_params(self.params),
            inputs=self.inputs,
            scaling=used.common or pooled_scaling(made),
            threshold=100 * (1 - self.params.getOrDefault("contamination")),
            tables=made,
            scaled_by=used.whose,
            scaling_reason=used.reason,
            distribution=was.distribution,
            guarded=self._guard is not None,
        )
        scored = any(result.summary for store, result in results.items() if store not in held)
        # Where all stores are held back, the distribution of before stands too.
        if customers is not None and (scored or data.distribution is None):
            with self._stage("threshold", sum(result.rows for result in results.values())):
                data = replace(data, distribution=self._distribution(customers, data))
        if self._guard is not None:
            now = {store: own for store, own in results.items() if store not in kept}
            with self._stage("what stands", stores=len(now)):
                keep(self._guard, self._spark, now, self._rules, used, data.distribution)
        trained = [result for store, result in results.items() if store not in kept]
        summary = TrainingSummary.of_results(self._stages, trained, training, resumed, len(kept))
        logger.info("%s", summary)
        return FederatedClusteringModel(self._spark, data, summary)

    @contextmanager
    def _stage(
        self, name: str, rows: int = 0, stores: int = 0, tally: Tally | None = None
    ) -> Iterator[Stage]:
        """Run a stage and note what it took."""
        with stage(self._spark, name, stores, rows, tally) as current:
            yield current
        self._stages.append(current)

    def _of_stores(self, rows: DataFrame, stores: DataFrame) -> DataFrame:
        """Keep the rows of some stores."""
        wanted = stores.select(resolve(stores, self.inputs.store_col).column.alias("wanted"))
        same = F.col(STORE).eqNullSafe(F.col("wanted"))
        return rows.join(F.broadcast(wanted), same, "left_semi")

    def _survey(self, rows: DataFrame, moments: bool = True) -> Survey:
        """Look at all stores once."""
        return survey(
            rows,
            len(self.inputs.features),
            self.params.getK() or FEWEST,
            self._rules,
            moments=moments and self.params.getOrDefault("scaling") != "none",
        )

    def _scaling(self, stores: Survey, rows: DataFrame) -> ScalingUsed:
        """Make a scaling by what the stores tell."""
        with self._stage("scaling", stores.rows):
            return ScalingUsed.of_stores(
                self.params.getOrDefault("scaling"),
                stores,
                rows,
                self.inputs.features,
                self._rules,
                self.params.getOrDefault("quantileCells"),
            )

    def _training(self, scaling: Scaling | None) -> LocalTraining:
        """How stores are trained in this round."""
        return LocalTraining(
            self.params.getOrDefault("algorithm"),
            self.params.getK(),
            self.params.getOrDefault("seed"),
            self._rules,
            scaling,
            algorithm_params=self.params.getOrDefault("algorithmParams"),
            guarded=self._guard is not None,
        )

    def _train(
        self, rows: DataFrame, stores: Survey, training: LocalTraining, kept: Results
    ) -> tuple[dict[Any, LocalResult], int]:
        """Fit the stores."""
        inputs = self.inputs
        done: dict[Any, LocalResult] = {}
        run = collect
        if self.params.isDefined("checkpointDir"):
            name = fingerprint(training, inputs.features, inputs.log1p_cols)
            place = f"{self.params.getOrDefault('checkpointDir').rstrip('/')}/{name}"
            checkpoint = Checkpoint(place, stores)
            done = checkpoint.load(rows)
            done = stores.described({s: result for s, result in done.items() if s not in kept})
            run = checkpoint.collect
            logger.info("Checkpoint %s: %d stores are done.", place, len(done))
        if self._guard is not None:
            scaled = training.scaling is None or training.scaling.asinh is not None
            run = partial(self._guard.collect, scaled=scaled)
        results = {**kept, **done}
        tally, todo = Tally(self._spark), len(set(stores.stores) - set(results))
        with self._stage("local training and release", 0, todo, tally) as fitting:
            found = training.fit_stores(
                rows, len(inputs.features), stores, set(results), tally, run
            )
            fitting.rows = sum(result.rows for result in found.values())
        results |= found
        return dict(sorted(results.items(), key=lambda item: (item[0] is None, item[0]))), len(done)

    def _aggregate(self, results: Results) -> ClusterSummary:
        """Build the global clusters."""
        releases = ClusterSummary.concatenate([r.summary for r in results.values() if r.summary])
        clusters = aggregate(
            releases,
            self.params.getOrDefault("globalK"),
            self.params.getOrDefault("globalSeed"),
            self.params.getOrDefault("weighted"),
            self.params.getOrDefault("aggregation"),
        )
        logger.info("Global model: %d clusters of %d released.", len(clusters), len(releases))
        return clusters

    def _distribution(self, rows: DataFrame, data: FederationData) -> ScoreDistribution:
        """Distribution of the training customers' scores.

        A store that releases no cluster has no part in it.
        """
        cells = self._cells(rows, data)
        found = ScoreDistribution.of_cells(cells) if cells else None
        return require_scores(found, self._rules)

    def _cells(
        self, rows: DataFrame, data: FederationData, known: str = "local_prediction"
    ) -> list[tuple[int, float]]:
        """Cells of the scores of customers of whom a column is known: whose store has a model."""
        scored = score(rows, replace(data, inputs=self.inputs.own))
        # No condition: Spark would compute a score again for every column that it stands on.
        bins = F.when(F.col(known).isNotNull(), score_bin("anomaly_score"))
        return released_histogram(scored, bins, self._rules)


def _without(rows: DataFrame, stores: Collection[Any]) -> DataFrame:
    """Leave the rows of some stores out, but not those that have none."""
    return rows.where(~F.coalesce(F.col(STORE).isin(*map(F.lit, stores)), F.lit(False)))


def require_stores(wanted: set[Any], there: Collection[Any], inputs: Inputs) -> None:
    """Refuse to train stores of which there are no rows."""
    absent = sorted(wanted - set(there))
    if absent:
        raise SchemaError(
            f"There are no rows whose {inputs.store_col} is {absent[0]!r}. Look at what the query "
            "selects; a store that is closed is taken out by ALTER MODEL … DROP PARTITION."
        )


def check_released(results: Mapping[Any, LocalResult], training: LocalTraining) -> None:
    """Require that some store released something."""
    verdicts = Counter(result.verdict for result in results.values())
    listed = ", ".join(f"{n} {verdict}" for verdict, n in verdicts.most_common()) or "no rows"
    skipped = sum(result.skipped or 0 for result in results.values())
    left_out = f"; {skipped:,} rows were left out as not valid" if skipped else ""
    if not any(result.summary for result in results.values()):
        remedies = _remedies(training)
        fitting = [remedies[v] for v in remedies if verdicts[v]] or [remedies[Verdict.TOO_SMALL]]
        details = sorted({result.detail for result in results.values() if result.detail})
        raised = f" ({'; '.join(details[:3])})" if details else ""
        raise AggregationError(
            f"No store released a cluster: {listed}{raised}{left_out}. {' '.join(fitting)}"
        )
    logger.info("Local training of %d stores: %s.", len(results), listed)


def _remedies(training: LocalTraining) -> dict[Verdict, str]:
    """Say what a store lacks, by what became of it."""
    return {
        Verdict.TOO_SMALL: (
            "To be trained a store needs more customers than clusters "
            f"({training.k or FEWEST}), and at least as many as the smallest cluster that may be "
            f"released ({training.rules.min_size})."
        ),
        Verdict.CONSTANT: "A store is not trained whose customers are all equal.",
        Verdict.DOMINATED: (
            "One customer has more of its rows, or of a sum of squares, than the release policy "
            "allows, however its clusters are merged: raise DOMINANCE, or take logarithms by "
            "log1pCols."
        ),
        Verdict.HELD_BACK: (
            "What is held back would tell of single customers by its difference from what was "
            "told before; and nothing was told before in this space and by these rules that could "
            "stand in its place. Earlier versions stay as they are."
        ),
        Verdict.BUDGET_SPENT: (
            "The releases of a store may cost no more than BUDGET of the release policy, which "
            "whose customers they are has to raise, or to leave as it is. What was told stays."
        ),
        Verdict.OVERFLOW: (
            "The squares of the features are no finite numbers: divide the columns, or take "
            "their logarithm by log1pCols."
        ),
        Verdict.NO_STORE: "Rows whose store is NULL train no model: name their store.",
        Verdict.FAILED: (
            "The algorithm raised that error; its message, which may hold a customer's values, "
            "does not leave the store. Try its parameters on rows of your own."
        ),
    }
