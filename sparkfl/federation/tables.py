"""The tables of a federation, from the stores' results and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sparkfl.columns import matrix_of
from sparkfl.federation.arrow import arrow_table, global_table, own_scaling, summary_columns
from sparkfl.federation.data import FederationData
from sparkfl.federation.inputs import Inputs
from sparkfl.local.result import LocalResult, Strategy, Verdict
from sparkfl.statistics.nearest import nearest
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary, Counts

__all__ = ["ROW", "Results", "pooled_scaling", "results_of", "tables"]

ROW = "row"
"""What sizes count where no column names the customers: each row is taken for one."""

Results = Mapping[Any, LocalResult]
"""Results by store, in the order of the stores, NULL last."""


def results_of(data: FederationData) -> dict[Any, LocalResult]:
    """Read the stores' results back from a federation."""
    summaries: dict[Any, list[int]] = {}
    for i, store in enumerate(data.tables["releases"][0].to_pylist()):
        summaries.setdefault(store, []).append(i)
    models = dict(_by_store(data, "local_models"))
    results = {}
    for store, row in _by_store(data, "verdicts"):
        summary = scaling = None
        if store in summaries:
            own, every = summaries[store], data.releases
            summary = ClusterSummary(every.n[own], every.mean[own], every.ss[own])
            scaling = own_scaling(models[store])
        results[store] = LocalResult(
            Verdict(row["verdict"]),
            row["rows"],
            summary,
            row["merged_rows"],
            scaling,
            Strategy(row["strategy"]),
            row["detail"],
            row["skipped_rows"],
            row["content"],
        )
    return results


def _by_store(data: FederationData, table: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Go through a table whose first column is the store, whatever its name."""
    own = data.tables[table]
    yield from zip(own[0].to_pylist(), own.select(own.column_names[1:]).to_pylist(), strict=True)


def tables(
    inputs: Inputs,
    results: Results,
    clusters: ClusterSummary,
    before: Results | None = None,
    kept: Mapping[Any, object] | None = None,
    entity: str = ROW,
) -> dict[str, pa.Table]:
    """Lay out the stores' results, what was made of them, and what is new.

    Parameters
    ----------
    inputs : Inputs
        What the federation reads.
    results : Results
        Stores as they are in this version.
    clusters : ClusterSummary
        Global clusters.
    before : Results, optional
        Stores as they were in the version that this one updates.
    kept : mapping, optional
        Stores that were not trained again, as keys.
    entity : str, default 'row'
        What sizes count: a column's values, or rows.
    """
    released = [(store, r.summary, r.scaling) for store, r in results.items() if r.summary]
    robust = [scaling.asinh if scaling else None for _, _, scaling in released]
    every: list[Sequence[Any]] = [(), (), ()]
    if released:
        every = summary_columns(ClusterSummary.concatenate([own for _, own, _ in released]))
    verdicts = list(results.values())
    columns: dict[str, list[Sequence[Any]]] = {
        "releases": [
            [store for store, summary, _ in released for _ in summary.n],
            [cluster for _, summary, _ in released for cluster in range(len(summary))],
            *every,
        ],
        "verdicts": [
            list(results),
            [r.verdict for r in verdicts],
            [r.detail for r in verdicts],
            [r.rows for r in verdicts],
            [r.skipped for r in verdicts],
            [len(r.summary) if r.summary else 0 for r in verdicts],
            [r.merged_rows for r in verdicts],
            [r.strategy for r in verdicts],
            [r.content for r in verdicts],
            [entity] * len(verdicts),
        ],
        "local_models": [
            [store for store, _, _ in released],
            [summary.mean.tolist() for _, summary, _ in released],
            [scaling.mean.tolist() if scaling else None for _, _, scaling in released],
            [scaling.std.tolist() if scaling else None for _, _, scaling in released],
            [asinh.mean.tolist() if asinh else None for asinh in robust],
            [asinh.std.tolist() if asinh else None for asinh in robust],
        ],
        "changes": _changes(results, before or {}, kept or {}),
    }
    made = {name: arrow_table(name, inputs, own) for name, own in columns.items()}
    return {**made, "global_model": global_table(clusters, inputs)}


def _changes(now: Results, before: Results, kept: Mapping[Any, object]) -> list[Sequence[Any]]:
    """Say what became of each store since the version before."""
    rows: list[tuple[Any, str, float | None]] = []
    for store in sorted({*now, *before}, key=lambda name: (name is None, name)):
        if store not in now:
            rows.append((store, "gone", None))
        elif store in kept:
            rows.append((store, "kept", None))
        elif store not in before:
            rows.append((store, "trained", None))
        else:
            shift = _centroid_shift(before[store], now[store])
            rows.append((store, "retrained", shift))
    return list(zip(*rows, strict=True)) or [(), (), ()]


def _centroid_shift(before: LocalResult, now: LocalResult) -> float | None:
    """Largest distance from a cluster released before to the nearest of those released now."""
    if before.summary is None or now.summary is None:
        return None
    return float(nearest(before.summary.mean, now.summary.mean)[1].max())


def pooled_scaling(made: Mapping[str, pa.Table]) -> Scaling:
    """Pool the stores' own scalings, for stores that have none."""
    models, verdicts = made["local_models"], made["verdicts"]
    rows = verdicts.filter(pc.is_in(verdicts[0], models[0].combine_chunks()))["rows"].to_numpy()
    pooled = _pooled(rows, models, "")
    if models["asinh_mean"].null_count:
        return pooled
    return replace(pooled, asinh=_pooled(rows, models, "asinh_"))


def _pooled(rows: Counts, models: pa.Table, prefix: str) -> Scaling:
    """Pool the moments that stores were scaled by, with their numbers of rows."""
    mean, std = (matrix_of(models[prefix + name].combine_chunks()) for name in ("mean", "std"))
    moments = ClusterSummary(rows, mean, std**2 * (rows - 1)[:, None])
    return Scaling.of_moments(moments.total())
