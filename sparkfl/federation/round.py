"""One round of a federation: survey, local training and release, global model, threshold."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.columns import resolve
from sparkfl.errors import AggregationError, SchemaError
from sparkfl.execution.cached import cached
from sparkfl.execution.checkpoint import Checkpoint, check_writable, fingerprint
from sparkfl.execution.histogram import released_histogram
from sparkfl.execution.progress import Stage, Tally, stage
from sparkfl.execution.survey import Survey, survey
from sparkfl.execution.training import LocalTraining, collect
from sparkfl.federation.data import FederationData
from sparkfl.federation.inputs import STORE, Inputs
from sparkfl.federation.invalid import refuse_invalid
from sparkfl.federation.model import FederatedClusteringModel
from sparkfl.federation.options import COLUMNS, OPTIONS
from sparkfl.federation.params import FederatedClusteringParams
from sparkfl.federation.scaling import ScalingUsed
from sparkfl.federation.scoring import score
from sparkfl.federation.scoring.score_bin import score_bin
from sparkfl.federation.summary import TrainingSummary
from sparkfl.federation.tables import Results, pooled_scaling, results_of, tables
from sparkfl.global_.aggregate import aggregate
from sparkfl.local.clusters import FEWEST
from sparkfl.local.result import LocalResult, Verdict
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.severity import ScoreDistribution
from sparkfl.statistics.summary import ClusterSummary

__all__ = ["Round", "result_params"]

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
        How to train.
    df : pyspark.sql.DataFrame
        Rows of all stores.
    inputs : Inputs
        What is read of them.
    """

    def __init__(self, params: FederatedClusteringParams, df: DataFrame, inputs: Inputs) -> None:
        self._params = params
        self._spark = df.sparkSession
        self._df = df
        self._bound = inputs.bound(df)
        self._inputs = inputs
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
        """Keep the rows, of `STORE` and `FEATURES`."""
        if self._params.isDefined("checkpointDir"):
            check_writable(self._spark, self._params.getOrDefault("checkpointDir"))
        # Read three times; and no optimizer looks from here at what made the features.
        with cached(self._bound.select(self._df), unless=self._df) as rows:
            yield rows

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
        earlier = results_of(before) if before else {}
        with self._stage("survey of the stores") as surveying:
            stores = self._survey(rows)
            surveying.rows = stores.rows
        if self._params.getOrDefault("handleInvalid") == "error":
            refuse_invalid(self._df, self._bound, stores)
        if customers is None:
            _require(changed or set(), stores, self._inputs)
        kept = _unchanged(earlier, stores, changed)
        used = self._scaling(stores, rows, before)
        training = self._training(used.common)
        results, resumed = self._train(rows, stores, training, kept)
        with self._stage("global model"):
            clusters = self._aggregate(results)
        made = tables(self._inputs, results, clusters, earlier, kept)
        data = FederationData(
            params=result_params(self._params),
            inputs=self._inputs,
            scaling=used.common or pooled_scaling(made),
            threshold=100 * (1 - self._params.getOrDefault("contamination")),
            tables=made,
            scaled_by=used.whose,
            scaling_reason=used.reason,
            distribution=before.distribution if before else None,
        )
        if customers is not None:
            with self._stage("threshold", sum(result.rows for result in results.values())):
                data = replace(data, distribution=self._distribution(customers, data))
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
        wanted = stores.select(resolve(stores, self._inputs.store_col).column.alias("wanted"))
        same = F.col(STORE).eqNullSafe(F.col("wanted"))
        return rows.join(F.broadcast(wanted), same, "left_semi")

    def _survey(self, rows: DataFrame) -> Survey:
        """Look at all stores once."""
        return survey(
            rows,
            len(self._inputs.features),
            self._params.getK() or FEWEST,
            self._params.getOrDefault("minClusterSize"),
            moments=self._params.getOrDefault("scaling") != "none",
        )

    def _scaling(
        self, stores: Survey, rows: DataFrame, before: FederationData | None
    ) -> ScalingUsed:
        """Find the scaling: that of an earlier round, or a new one."""
        if before:
            return ScalingUsed.of_model(before)
        with self._stage("scaling", stores.rows):
            return ScalingUsed.of_stores(
                self._params.getOrDefault("scaling"),
                stores,
                rows,
                self._inputs.features,
                self._params.getOrDefault("minClusterSize"),
                self._params.getOrDefault("quantileCells"),
            )

    def _training(self, scaling: Scaling | None) -> LocalTraining:
        """How stores are trained in this round."""
        return LocalTraining(
            self._params.getOrDefault("algorithm"),
            self._params.getK(),
            self._params.getOrDefault("seed"),
            self._params.getOrDefault("minClusterSize"),
            scaling,
            algorithm_params=self._params.getOrDefault("algorithmParams"),
        )

    def _train(
        self, rows: DataFrame, stores: Survey, training: LocalTraining, kept: Results
    ) -> tuple[dict[Any, LocalResult], int]:
        """Fit the stores; at least one must release something."""
        inputs = self._inputs
        done: dict[Any, LocalResult] = {}
        run = collect
        if self._params.isDefined("checkpointDir"):
            name = fingerprint(training, inputs.features, inputs.log1p_cols)
            place = f"{self._params.getOrDefault('checkpointDir').rstrip('/')}/{name}"
            checkpoint = Checkpoint(place, stores)
            done = checkpoint.load(rows)
            done = stores.described({s: result for s, result in done.items() if s not in kept})
            run = checkpoint.collect
            logger.info("Checkpoint %s: %d stores are done.", place, len(done))
        results = {**kept, **done}
        tally, todo = Tally(self._spark), len(set(stores.stores) - set(results))
        with self._stage("local training and release", 0, todo, tally) as fitting:
            found = training.fit_stores(
                rows, len(inputs.features), stores, set(results), tally, run
            )
            fitting.rows = sum(result.rows for result in found.values())
        results |= found
        _check(results, training)
        return dict(sorted(results.items(), key=lambda item: (item[0] is None, item[0]))), len(done)

    def _aggregate(self, results: Results) -> ClusterSummary:
        """Build the global clusters."""
        releases = ClusterSummary.concatenate([r.summary for r in results.values() if r.summary])
        clusters = aggregate(
            releases,
            self._params.getOrDefault("globalK"),
            self._params.getOrDefault("globalSeed"),
            self._params.getOrDefault("weighted"),
            self._params.getOrDefault("aggregation"),
        )
        logger.info("Global model: %d clusters of %d released.", len(clusters), len(releases))
        return clusters

    def _distribution(self, rows: DataFrame, data: FederationData) -> ScoreDistribution:
        """Distribution of the training customers' scores.

        A store that releases no cluster has no part in it.
        """
        scored = score(rows, replace(data, inputs=self._inputs.own))
        # No condition: Spark would compute a score again for every column that it stands on.
        bins = F.when(F.col("local_prediction").isNotNull(), score_bin(F.col("anomaly_score")))
        cells = released_histogram(scored, bins, self._params.getOrDefault("minClusterSize"))
        return ScoreDistribution.of_cells(cells)


def _require(wanted: set[Any], stores: Survey, inputs: Inputs) -> None:
    """Refuse to train stores of which there are no rows."""
    absent = sorted(wanted - set(stores.stores))
    if absent:
        raise SchemaError(
            f"There are no rows whose {inputs.store_col} is {absent[0]!r}. Look at what the query "
            "selects; a store that is closed is taken out by ALTER MODEL … DROP PARTITION."
        )


def _unchanged(earlier: Results, now: Survey, changed: set[Any] | None) -> dict[Any, LocalResult]:
    """Find the stores of an earlier round that need no training.

    A store that had failed is tried again.
    """
    if changed is not None:
        same = {store for store in earlier if store not in changed}
    else:
        rows, skipped, content = (now.by_store(c) for c in ("rows", "skipped", "content"))
        same = {
            store
            for store, result in earlier.items()
            if (rows.get(store), skipped.get(store), content.get(store))
            == (result.rows, result.skipped, result.content)
        }
    return {
        store: result
        for store, result in earlier.items()
        if store in same and result.verdict != Verdict.FAILED
    }


def _check(results: Mapping[Any, LocalResult], training: LocalTraining) -> None:
    """Require that some store released something."""
    verdicts = Counter(result.verdict for result in results.values())
    listed = ", ".join(f"{n} {verdict}" for verdict, n in verdicts.most_common()) or "no rows"
    skipped = sum(result.skipped for result in results.values())
    left_out = f"; {skipped:,} rows were left out as not valid" if skipped else ""
    if not verdicts[Verdict.OK]:
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
            f"released ({training.min_cluster_size})."
        ),
        Verdict.CONSTANT: "A store is not trained whose customers are all equal.",
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
