"""Predictions as native Spark expressions: a plan, no action and no Python worker.

Expressions are built as SQL text, all of them for one projection, in which a column may refer to
those before it: Spark analyses them once and computes each once. Working columns are never NULL
where they can help it: what is valid is kept beside them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sparkfl.anomaly_sql import (
    distance_sql,
    factor_sql,
    logarithm_sql,
    number_sql,
    of_distance_sql,
)
from sparkfl.federation_data import FederationData
from sparkfl.global_.assign import Discriminants
from sparkfl.local.scaling import Scaling
from sparkfl.nearest_sql import NearestSql

__all__ = ["assign", "drop_working_columns", "scaled", "score"]

_PREFIX = "__sparkfl_"
_VALID, _KEY = f"{_PREFIX}valid", f"{_PREFIX}key"


def assign(df: DataFrame, data: FederationData) -> DataFrame:
    """Add `local_prediction` and `prediction`, and working columns."""
    models = _models(data)
    return _with(_joined(df, data, models), _assignment(data, models))


def score(df: DataFrame, data: FederationData) -> DataFrame:
    """Add all columns of `sparkfl.schemas.PREDICTION`, and working columns."""
    models = _models(data)
    return _with(_joined(df, data, models), _assignment(data, models) | _scores(data))


def scaled(data: FederationData) -> list[Column]:
    """Features in the clustering space; they mean nothing where the prediction is NULL."""
    return [F.col(_z(i)) for i in range(len(data.inputs.features))]


def drop_working_columns(df: DataFrame) -> DataFrame:
    """Leave out what `assign` and `score` added for themselves."""
    working = ", ".join(name for name in df.columns if name.startswith(_PREFIX))
    return df.selectExpr(f"* EXCEPT ({working})")


def _assignment(data: FederationData, models: pa.Table) -> dict[str, str]:
    """Write the columns that say which clusters a row belongs to."""
    z = [_z(i) for i in range(len(data.inputs.features))]
    # Zero times what is not finite is not zero.
    zeros = " + ".join(f"{_PREFIX}x{i} * 0.0D" for i in range(len(z)))
    columns = {_VALID: f"coalesce({zeros} = 0.0D, false)"}
    columns |= {name: _scaled(data, i) for i, name in enumerate(z)}
    local = _local_sql(len(z), models)
    everywhere = Discriminants.of_centres(data.clusters.mean)
    global_ = NearestSql.of_discriminants(f"{_PREFIX}global", everywhere)
    columns |= local.working(z) | global_.working(z)
    columns["local_prediction"] = local.chosen(f"{_VALID} AND {_PREFIX}o0 IS NOT NULL")
    columns["prediction"] = global_.chosen(_VALID)
    return columns


def _scores(data: FederationData) -> dict[str, str]:
    """Write the columns that say how anomalous a row is, and why."""
    rule, features = data.rule, range(len(data.inputs.features))
    z, mean = [_z(i) for i in features], rule.mean.tolist()
    far, share = ([f"{_PREFIX}{kind}{i}" for i in features] for kind in ("far", "share"))
    large, largest = f"{_PREFIX}large", f"{_PREFIX}largest"
    near = [
        [factor_sql(*each) for each in zip(z, centre, precision, strict=True)]
        for centre, precision in zip(rule.centres.tolist(), rule.precisions.tolist(), strict=True)
    ]
    columns = dict(zip(far, map(factor_sql, z, mean, rule.precision.tolist()), strict=True))
    columns |= _argmin([distance_sql(factors) for factors in near], large)
    for i in features:
        cases = " ".join(f"WHEN {c} THEN {factors[i]}" for c, factors in enumerate(near))
        columns[share[i]] = f"{far[i]} * CASE {large} {cases} END"
    total = f"{logarithm_sql(far)} + {of_distance_sql(f'{large}_least', len(z))}"
    columns["anomaly_score"] = f"CASE WHEN {_VALID} THEN {total} END"
    columns["is_anomaly"] = f"anomaly_score >= {number_sql(data.threshold)}"
    columns[largest] = _most("greatest", share)
    sides = [
        f"WHEN {own} >= {largest} THEN if({x} >= {number_sql(m)}, {_text('+' + name)}, "
        f"{_text('-' + name)})"
        for own, x, m, name in zip(share, z, mean, data.inputs.features, strict=True)
    ]
    columns["anomaly_reason"] = f"CASE WHEN NOT {_VALID} THEN NULL {' '.join(sides)} END"
    return columns


def _z(i: int) -> str:
    """Name the column of a feature in the clustering space."""
    return f"{_PREFIX}z{i}"


def _with(df: DataFrame, columns: dict[str, str]) -> DataFrame:
    """Add columns by their SQL text, which may refer to columns before them."""
    return df.selectExpr("*", *(f"{text} AS {name}" for name, text in columns.items()))


def _most(function: str, names: Sequence[str]) -> str:
    """Least or greatest of one or more."""
    return f"{function}({', '.join(names)})" if len(names) > 1 else names[0]


def _text(value: str) -> str:
    """Quote a text, whatever is in it."""
    return f"decode(unhex('{value.encode().hex()}'), 'UTF-8')"


def _key(store: Column, type_: str) -> Column:
    """Join key of a store: a long, which joins in a fraction of the time of a string.

    That two stores of a model share a hash of 64 bits is less likely than a faulty memory.
    """
    if type_ == "string":
        return F.xxhash64(store)
    return F.unix_date(store).cast("long") if type_ == "date" else store.cast("long")


def _models(data: FederationData) -> pa.Table:
    """Local models, a number a column: store, discriminants, own scalings."""
    table, features = data.tables["local_models"], range(len(data.inputs.features))
    models = table["centres"].to_pylist()
    centres = np.full((len(models), max(map(len, models), default=1), len(features)), np.nan)
    for place, own in enumerate(models):
        centres[place, : len(own)] = own
    found = Discriminants.of_centres(centres)
    columns = {f"{_PREFIX}store": table[data.inputs.store_col]}
    columns |= {f"{_PREFIX}o{i}": found.origin[:, i] for i in features}
    for j in range(found.bias.shape[1]):
        columns |= {f"{_PREFIX}w{j}_{i}": found.weight[:, j, i] for i in features}
        columns[f"{_PREFIX}b{j}"] = found.bias[:, j]
    if data.params["scaling"] == "store":
        own_ = [Scaling(np.array(row["mean"]), np.array(row["std"])) for row in table.to_pylist()]
        for i in features:
            columns[f"{_PREFIX}m{i}"] = [scaling.mean[i] for scaling in own_]
            columns[f"{_PREFIX}f{i}"] = [scaling.factor[i] for scaling in own_]
    return pa.table(columns)


def _joined(df: DataFrame, data: FederationData, models: pa.Table) -> DataFrame:
    """Add the features and the model of the store; NULL for a store without one."""
    given = {f"{_PREFIX}x{i}": x for i, x in enumerate(data.inputs.values(df))}
    df = df.withColumns(given | {_KEY: _key(data.inputs.store(df), data.inputs.store_type)})
    # Not nullable, or Spark asks of each number whether it is there.
    types = [f"{name} double not null" for name in models.column_names[1:]]
    schema = ", ".join([f"{_PREFIX}store {data.inputs.store_type}", *types])
    known = df.sparkSession.createDataFrame(models, schema)
    key = _key(F.col(f"{_PREFIX}store"), data.inputs.store_type)
    known = known.withColumn(_KEY, key).drop(f"{_PREFIX}store")
    return df.join(F.broadcast(known), _KEY, "left")


def _local_sql(features: int, models: pa.Table) -> NearestSql:
    """Discriminants of the store's model, read from its columns."""

    def number(name: str) -> str:
        return f"coalesce({_PREFIX}{name}, 0.0D)"

    others = [j for j in range(models.num_columns) if f"{_PREFIX}b{j}" in models.column_names]
    return NearestSql(
        f"{_PREFIX}local",
        [number(f"o{i}") for i in range(features)],
        [[number(f"w{j}_{i}") for i in range(features)] for j in others],
        [number(f"b{j}") for j in others],
    )


def _scaled(data: FederationData, i: int) -> str:
    """Scale a feature into the clustering space, by the store's own scaling if it has one."""
    mean, factor = number_sql(data.scaling.mean[i]), number_sql(data.scaling.factor[i])
    if data.params["scaling"] == "store":
        mean = f"coalesce({_PREFIX}m{i}, {mean})"
        factor = f"coalesce({_PREFIX}f{i}, {factor})"
    return f"coalesce(({_PREFIX}x{i} - {mean}) * {factor}, 0.0D)"


def _square(centre: Sequence[str]) -> str:
    """Squared distance to a centre; NULL if the store has no such centre."""
    return " + ".join(f"({_z(i)} - {c}) * ({_z(i)} - {c})" for i, c in enumerate(centre))


def _argmin(distances: Sequence[str], name: str) -> dict[str, str]:
    """Write the number of the least distance, the lowest on a tie, and the distance."""
    columns = {f"{name}{j}": distance for j, distance in enumerate(distances)}
    least = f"{name}_least"
    cases = " ".join(f"WHEN {d} <= {least} THEN {j}" for j, d in enumerate(columns))
    chosen = f"CASE WHEN NOT {_VALID} THEN NULL {cases} END"
    return {**columns, least: _most("least", list(columns)), name: chosen}
