"""Predictions in the SQL that every Spark knows, for sessions without sparkfl's extension.

A column may refer to those before it, so that Spark computes each once. Working columns are never
NULL where they can help it: what is valid is kept beside them.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from sparkfl.federation.data import FederationData
from sparkfl.federation.scoring.anomaly_sql import (
    distance_sql,
    factor_sql,
    logarithm_sql,
    of_distance_sql,
)
from sparkfl.federation.scoring.nearest_sql import NearestSql
from sparkfl.federation.scoring.working import PREFIX, number_sql, scaled_sql, text_sql, z
from sparkfl.statistics.nearest import Discriminants

__all__ = ["assignment", "models", "row", "scores"]

VALID = f"{PREFIX}valid"
"""Whether all features of a row are finite numbers."""


def row(data: FederationData) -> dict[str, str]:
    """Write the columns of the clustering space, and whether all of a row is there."""
    features = range(len(data.inputs.features))
    # Zero times what is not finite is not zero.
    zeros = " + ".join(f"{z(i)} * 0.0D" for i in features)
    given = {z(i): f"coalesce({scaled_sql(data, i)}, double('NaN'))" for i in features}
    return given | {VALID: f"{zeros} = 0.0D"}


def models(data: FederationData) -> dict[str, pa.Array]:
    """Lay out the discriminants of each store, a number a column."""
    centres = data.local_discriminants
    features = range(centres.origin.shape[-1])
    columns = {f"{PREFIX}o{i}": centres.origin[:, i] for i in features}
    for j in range(centres.bias.shape[-1]):
        columns |= {f"{PREFIX}w{j}_{i}": centres.weight[:, j, i] for i in features}
        columns[f"{PREFIX}b{j}"] = centres.bias[:, j]
    return {name: pa.array(column) for name, column in columns.items()}


def assignment(data: FederationData) -> dict[str, str]:
    """Write the columns that say which clusters a row belongs to."""
    place = [z(i) for i in range(len(data.inputs.features))]
    everywhere = Discriminants.of_centres(data.clusters.mean)
    global_ = NearestSql.of_discriminants(f"{PREFIX}global", everywhere)
    own = _own(len(place), data.local_discriminants.bias.shape[-1])
    return {
        **own.working(place),
        **global_.working(place),
        "local_prediction": own.chosen(f"{VALID} AND {PREFIX}o0 IS NOT NULL"),
        "prediction": global_.chosen(VALID),
    }


def scores(data: FederationData) -> dict[str, str]:
    """Write the columns that say how anomalous a row is, and why."""
    rule, features = data.rule, range(len(data.inputs.features))
    place, mean = [z(i) for i in features], rule.mean.tolist()
    far, share = ([f"{PREFIX}{kind}{i}" for i in features] for kind in ("far", "share"))
    large, largest = f"{PREFIX}large", f"{PREFIX}largest"
    near = [
        [factor_sql(*each) for each in zip(place, centre, precision, strict=True)]
        for centre, precision in zip(rule.centres.tolist(), rule.precisions.tolist(), strict=True)
    ]
    columns = dict(zip(far, map(factor_sql, place, mean, rule.precision.tolist()), strict=True))
    columns |= _argmin([distance_sql(factors) for factors in near], large)
    for i in features:
        cases = " ".join(f"WHEN {c} THEN {factors[i]}" for c, factors in enumerate(near))
        columns[share[i]] = f"{far[i]} * CASE {large} {cases} END"
    total = f"{logarithm_sql(far)} + {of_distance_sql(f'{large}_least', len(place))}"
    columns["anomaly_score"] = f"CASE WHEN {VALID} THEN {total} END"
    columns[largest] = _most("greatest", share)
    sides = [
        f"WHEN {own} >= {largest} THEN if({x} >= {number_sql(m)}, {text_sql('+' + name)}, "
        f"{text_sql('-' + name)})"
        for own, x, m, name in zip(share, place, mean, data.inputs.features, strict=True)
    ]
    columns["anomaly_reason"] = f"CASE WHEN NOT {VALID} THEN NULL {' '.join(sides)} END"
    return columns


def _own(features: int, others: int) -> NearestSql:
    """Discriminants of the store's model, read from its columns."""

    def number(name: str) -> str:
        return f"coalesce({PREFIX}{name}, 0.0D)"

    return NearestSql(
        f"{PREFIX}local",
        [number(f"o{i}") for i in range(features)],
        [[number(f"w{j}_{i}") for i in range(features)] for j in range(others)],
        [number(f"b{j}") for j in range(others)],
    )


def _most(function: str, names: Sequence[str]) -> str:
    """Least or greatest of one or more."""
    return f"{function}({', '.join(names)})" if len(names) > 1 else names[0]


def _argmin(distances: Sequence[str], name: str) -> dict[str, str]:
    """Write the number of the least distance, the lowest on a tie, and the distance."""
    columns = {f"{name}{j}": distance for j, distance in enumerate(distances)}
    least = f"{name}_least"
    cases = " ".join(f"WHEN {d} <= {least} THEN {j}" for j, d in enumerate(columns))
    chosen = f"CASE WHEN NOT {VALID} THEN NULL {cases} END"
    return {**columns, least: _most("least", list(columns)), name: chosen}
