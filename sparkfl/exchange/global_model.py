"""A model of what the stores have released: what one Spark would have made of the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from sparkfl.exchange.history import StepRecord, StoreVerdict
from sparkfl.exchange.reason import Reason
from sparkfl.exchange.release import Release
from sparkfl.exchange.steps import SoFar
from sparkfl.federation.arrow import arrow_table
from sparkfl.federation.data import FederationData
from sparkfl.federation.tables import ROW, tables
from sparkfl.local.result import LocalResult, Verdict
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.severity import ScoreDistribution

__all__ = ["explained_variance", "federation_data", "results_of_step", "results_of_totals"]


def federation_data(
    known: SoFar, results: Mapping[str, LocalResult], entities: Mapping[str, str]
) -> FederationData:
    """Put a model together; no row is needed, nor Spark.

    Parameters
    ----------
    known : SoFar
        What the aggregator has published; before the scores, the model ranks none.
    results : mapping of str to LocalResult
        Clusters of stores, in the order of the stores: of all, for the aggregator, or of one.
    entities : mapping of str to str
        What sizes of a store count, if not rows.
    """
    contract = known.contract
    made = tables(contract.inputs, results, known.clusters)
    verdicts = made["verdicts"]
    place = verdicts.schema.get_field_index("entity")
    whose = pa.array([entities.get(store, ROW) for store in results], pa.string())
    made["verdicts"] = verdicts.set_column(place, verdicts.schema.field(place), whose)
    made["changes"] = arrow_table(
        "changes",
        contract.inputs,
        [list(results), ["trained"] * len(results), [None] * len(results)],
    )
    params = dict(contract.params)
    scores = known.results.get("scores")
    clusters = known.results.get("clusters", {})
    params["aggregation"] = clusters.get("aggregation", params["aggregation"])
    scaling = Scaling.of_json(clusters["scaling"]) if clusters else known.scaling
    assert scaling is not None
    return FederationData(
        params=params,
        inputs=contract.inputs,
        scaling=scaling,
        threshold=100 * (1 - contract.params["contamination"]),
        tables=made,
        scaled_by=contract.params["scaling"],
        scaling_reason="as the federation has agreed",
        distribution=None if scores is None else ScoreDistribution.of_json(scores["distribution"]),
    )


def results_of_step(
    record: StepRecord, releases: Mapping[str, Release], without: tuple[str, ...] = ()
) -> dict[str, LocalResult]:
    """Return what became of each member of the step of the clusters, in their order."""
    found = {}
    for store, verdict in sorted(record.verdicts.items()):
        if store not in without:
            found[store] = releases[store].told if store in releases else _untaken(verdict)
    return found


def results_of_totals(steps: Sequence[StepRecord]) -> dict[str, LocalResult]:
    """Return what became of each member in a round whose sums alone are known.

    Parameters
    ----------
    steps : sequence of StepRecord
        All steps of the round; the last sum of an iteration says whose customers centres are of.
    """
    record = [each for each in steps if each.step.startswith("lloyd")][-1]
    return {
        store: LocalResult(Verdict.SUMMED, 0)
        if store in record.result["stores"]
        else _untaken(verdict)
        for store, verdict in sorted(record.verdicts.items())
    }


def explained_variance(data: FederationData) -> float:
    """Return the share of the released customers' variance that lies between global clusters.

    Parameters
    ----------
    data : FederationData
        The model.

    Returns
    -------
    float
        1 for clusters without any spread, 0 for one cluster; by what was released alone.
    """
    within, whole = data.clusters.ss.sum(), data.clusters.total().ss.sum()
    return float(1 - within / whole) if whole > 0 else 1.0


def _untaken(verdict: StoreVerdict) -> LocalResult:
    """Return the result of a store without a release."""
    if verdict.reason == Reason.MISSING:
        return LocalResult(Verdict.MISSING, 0)
    told: list[Any] = [verdict.reason, verdict.detail]
    return LocalResult(Verdict.REFUSED, 0, detail=": ".join(str(each) for each in told if each))
