"""Predictions as native Spark expressions: a plan, no action and no Python worker.

Expressions are built as SQL text, in one call of the JVM each, and staged in projections of their
own, so that Spark computes each once. Working columns are never NULL where they can help it:
what is valid is kept beside them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
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
from sparkfl.local.scaling import Scaling

__all__ = ["assign", "drop_working_columns", "score"]

_PREFIX = "__sparkfl_"
_VALID = f"{_PREFIX}valid"


def assign(df: DataFrame, data: FederationData) -> tuple[DataFrame, list[Column]]:
    """Add `local_prediction` and `prediction`, and working columns of the scaled features.

    Returns
    -------
    tuple of DataFrame and list of Column
        The frame, and its features in the clustering space, which mean nothing where the
        prediction is NULL.
    """
    inputs, features = data.inputs, range(len(data.inputs.features))
    given = {f"{_PREFIX}x{i}": x for i, x in enumerate(inputs.columns(df))}
    df = df.withColumns(given | {f"{_PREFIX}key": _key(inputs.store(df), inputs.store_type)})
    df = df.join(F.broadcast(_models(df, data)), f"{_PREFIX}key", "left")
    valid = " AND ".join(f"{_PREFIX}x{i} IS NOT NULL" for i in features)
    df = _with(df, {_VALID: valid} | {_z(i): _scaled(data, i) for i in features})
    centres = _most_centres(data)
    local = [_square([f"{_PREFIX}c{j}_{i}" for i in features]) for j in range(centres)]
    df = _argmin(df, local, "local_prediction")
    global_ = [_square([number_sql(x) for x in centre]) for centre in data.clusters.mean.tolist()]
    return _argmin(df, global_, "prediction"), [F.col(_z(i)) for i in features]


def score(df: DataFrame, data: FederationData) -> DataFrame:
    """Add `anomaly_score`, `is_anomaly` and `anomaly_reason` to an assigned frame."""
    rule, features = data.rule, range(len(data.inputs.features))
    z, mean = [_z(i) for i in features], rule.mean.tolist()
    far, share = ([f"{_PREFIX}{kind}{i}" for i in features] for kind in ("far", "share"))
    large, largest = f"{_PREFIX}large", f"{_PREFIX}largest"
    near = [
        [factor_sql(*each) for each in zip(z, centre, precision, strict=True)]
        for centre, precision in zip(rule.centres.tolist(), rule.precisions.tolist(), strict=True)
    ]
    factors = map(factor_sql, z, mean, rule.precision.tolist())
    df = _with(df, dict(zip(far, factors, strict=True)))
    df = _argmin(df, [distance_sql(factors) for factors in near], large)
    shares = {}
    for i in features:
        cases = " ".join(f"WHEN {c} THEN {factors[i]}" for c, factors in enumerate(near))
        shares[share[i]] = f"{far[i]} * CASE {large} {cases} END"
    total = f"{logarithm_sql(far)} + {of_distance_sql(f'{large}_least', len(z))}"
    df = _with(df, {**shares, "anomaly_score": f"CASE WHEN {_VALID} THEN {total} END"})
    df = _with(df, {largest: _most("greatest", share)})
    sides = [
        f"WHEN {own} >= {largest} THEN if({x} >= {number_sql(m)}, {_text('+' + name)}, "
        f"{_text('-' + name)})"
        for own, x, m, name in zip(share, z, mean, data.inputs.features, strict=True)
    ]
    reason = f"CASE WHEN NOT {_VALID} THEN NULL {' '.join(sides)} END"
    flagged = F.col("anomaly_score") >= data.threshold
    return df.withColumns({"is_anomaly": flagged, "anomaly_reason": F.expr(reason)})


def drop_working_columns(df: DataFrame) -> DataFrame:
    """Leave out what `assign` and `score` added for themselves."""
    return df.drop(*(name for name in df.columns if name.startswith(_PREFIX)))


def _z(i: int) -> str:
    """Name the column of a feature in the clustering space."""
    return f"{_PREFIX}z{i}"


def _with(df: DataFrame, columns: dict[str, str]) -> DataFrame:
    """Add columns by their SQL text."""
    return df.withColumns({name: F.expr(text) for name, text in columns.items()})


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


def _most_centres(data: FederationData) -> int:
    """Clusters of the store that has most."""
    sizes = pc.list_value_length(data.tables["local_models"]["centres"])
    return pc.max(sizes).as_py() or 0


def _models(df: DataFrame, data: FederationData) -> DataFrame:
    """Local models, a number a column: `key`, centres `c<cluster>_<feature>`, own scalings."""
    table, features = data.tables["local_models"], range(len(data.inputs.features))
    columns = {f"{_PREFIX}store": table[data.inputs.store_col]}
    models = table["centres"].to_pylist()
    for j in range(_most_centres(data)):
        for i in features:
            values = [centres[j][i] if j < len(centres) else None for centres in models]
            columns[f"{_PREFIX}c{j}_{i}"] = pa.array(values, pa.float64())
    if data.params["scaling"] == "store":
        own = [Scaling(np.array(row["mean"]), np.array(row["std"])) for row in table.to_pylist()]
        for i in features:
            columns[f"{_PREFIX}m{i}"] = pa.array([scaling.mean[i] for scaling in own])
            columns[f"{_PREFIX}f{i}"] = pa.array([scaling.factor[i] for scaling in own])
    models_ = df.sparkSession.createDataFrame(pa.table(columns))
    key = _key(F.col(f"{_PREFIX}store"), data.inputs.store_type)
    return models_.withColumn(f"{_PREFIX}key", key)


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


def _argmin(df: DataFrame, distances: Sequence[str], name: str) -> DataFrame:
    """Add the number of the least distance, the lowest on a tie, and the distance."""
    working = name if name.startswith(_PREFIX) else f"{_PREFIX}{name}"
    columns = [f"{working}{j}" for j in range(len(distances))]
    df = _with(df, dict(zip(columns, distances, strict=True)))
    least = f"{working}_least"
    df = _with(df, {least: _most("least", columns)})
    cases = " ".join(f"WHEN {d} <= {least} THEN {j}" for j, d in enumerate(columns))
    return _with(df, {name: f"CASE WHEN NOT {_VALID} THEN NULL {cases} END"})
