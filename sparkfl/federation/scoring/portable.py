"""Predictions in the SQL that every Spark knows, for sessions without sparkfl's extension.

A column may refer to those before it, so that Spark computes each once. They are the arithmetic of
`RowMath`, step by step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from sparkfl.columns import INTERNAL
from sparkfl.execution.asinh import scaled_sql
from sparkfl.execution.normal_scores import normal_scores_sql
from sparkfl.execution.numbers import Numbers, mapped, number_sql, summed
from sparkfl.federation.scoring.parameters import Parameters
from sparkfl.federation.scoring.reasons import reasons_sql
from sparkfl.federation.scoring.severity import severity
from sparkfl.statistics.anomaly import FACTOR_CAP, FACTORS

if TYPE_CHECKING:
    from pyspark.sql import Column

    from sparkfl.federation.data import FederationData
    from sparkfl.federation.inputs import BoundInputs

__all__ = ["predictions"]

_X, _SCALED, _Z, _VALID = (f"{INTERNAL}{name}" for name in ("x", "scaled", "z", "valid"))


def predictions(
    bound: BoundInputs, parameters: Parameters, data: FederationData, scored: bool
) -> dict[str, Column]:
    """Columns of a prediction, and those that they are computed from; see `native`."""
    columns = _assignment(bound.features(), parameters)
    if scored:
        columns |= _scores(parameters, data.inputs.features)
        reason = columns.pop("anomaly_reason")
        score = F.col("anomaly_score")
        if data.distribution:
            columns |= severity(score, data.distribution)
        columns["is_anomaly"] = score >= F.lit(data.least_score)
        columns["anomaly_reason"] = reason
    return columns


def _assignment(features: Column, parameters: Parameters) -> dict[str, Column]:
    """Columns that say which clusters a row belongs to, given the column of its features."""
    d, scaling = parameters.features, parameters.scaling
    # Zero times what is not finite is not zero.
    zeros = summed(d, lambda i: f"get({_X}, {i}) * 0.0D")
    texts = {
        _VALID: f"coalesce({zeros} = 0.0D, false)",
        _SCALED: scaled_sql(_X, scaling, d, parameters.robust),
    }
    scores = parameters.normal_scores
    texts[_Z] = normal_scores_sql(_SCALED, scores) if scores else _SCALED
    known = f"{_VALID} AND {parameters.local.column} IS NOT NULL"
    own, others = parameters.others
    texts |= _nearest("local_prediction", parameters.local, d, own, known)
    texts |= _nearest("prediction", parameters.everywhere, d, others, _VALID)
    return {_X: features, **{name: F.expr(text) for name, text in texts.items()}}


def _scores(parameters: Parameters, names: Sequence[str]) -> dict[str, Column]:
    """Columns that say how anomalous a row is, and because of which feature."""
    d, rule = parameters.features, parameters.rule
    total = rule.part(0, 2 * d)
    far, near, distances, share = (f"{INTERNAL}{n}" for n in ("far", "near", "distances", "share"))
    clusters = [rule.part(2 * d * (c + 1), 2 * d) for c in range(parameters.large)]
    texts = {
        far: mapped(d, lambda i: _factor(total, d, i)),
        distances: f"array({', '.join(_distance(d, cluster) for cluster in clusters)})",
        near: f"get(array({', '.join(cluster.sql for cluster in clusters)}), "
        f"int(array_position({distances}, array_min({distances}))) - 1)",
    }
    closest, least = Numbers(column=near), f"array_min({distances})"
    texts[share] = mapped(d, lambda i: f"get({far}, {i}) * {_factor(closest, d, i)}")
    both = f"{_logarithm(d, far)} + {f'ln({least})' if d <= FACTORS else least}"
    score = f"{number_sql(parameters.degrees_of_freedom)} * ({both})"
    texts["anomaly_score"] = f"CASE WHEN {_VALID} THEN {score} END"
    largest = f"int(array_position({share}, array_max({share}))) - 1"
    texts[f"{INTERNAL}largest"] = largest
    at = f"{INTERNAL}largest"
    below = f"int(get({_Z}, {at}) < get({rule.part(0, d).sql}, {at}))"
    reason = f"get({reasons_sql(names)}, 2 * {at} + {below})"
    texts["anomaly_reason"] = f"CASE WHEN {_VALID} THEN {reason} END"
    return {name: F.expr(text) for name, text in texts.items()}


def _nearest(name: str, centres: Numbers, d: int, others: int, known: str) -> dict[str, str]:
    """Write the number of the nearest centre, the lowest on a tie; NULL unless the row is known."""
    if not others:
        return {name: f"CASE WHEN {known} THEN 0 END"}
    away, scores = f"{INTERNAL}{name}_away", f"{INTERNAL}{name}_scores"
    texts = []
    for other in range(others):
        way = centres.part(d + other * (d + 1), d + 1)
        total = summed(d, lambda i, way=way: f"get({away}, {i}) * {way.at(i)}")  # type: ignore[misc]
        texts.append(f"{total} - {way.at(d)}")
    most = f"array_max({scores})"
    return {
        away: mapped(d, lambda i: f"get({_Z}, {i}) - {centres.at(i)}"),
        scores: f"array({', '.join(texts)})",
        name: f"CASE WHEN NOT ({known}) THEN NULL WHEN {most} <= 0.0D THEN 0 "
        f"ELSE int(array_position({scores}, {most})) END",
    }


def _factor(numbers: Numbers, d: int, i: int | str) -> str:
    """Write what a feature multiplies to the distance: 1 + (x - m)^2 / (v S), capped."""
    mean = numbers.at(i)
    precision = numbers.at(d + i if isinstance(i, int) else f"{d} + {i}")
    difference = f"(get({_Z}, {i}) - {mean})"
    factor = f"least(1.0D + {difference} * {difference} * {precision}, {FACTOR_CAP!r}D)"
    return f"if({precision} = 0.0D, 1.0D, {factor})"


def _distance(d: int, cluster: Numbers) -> str:
    """Write what orders as the distance does: the product where it cannot overflow."""
    if d <= FACTORS:
        return summed(d, lambda i: _factor(cluster, d, i), "*")
    # A lambda's own variable, or each group of factors would compute all of them.
    factors = mapped(d, lambda i: _factor(cluster, d, i))
    return f"get(transform(array({factors}), fs -> {_logarithm(d, 'fs')}), 0)"


def _logarithm(d: int, factors: str) -> str:
    """Write the logarithm of the product of an array, in groups that do not overflow."""
    groups = -(-d // FACTORS)
    if groups == 1:
        return f"ln({summed(d, lambda i: f'get({factors}, {i})', '*')})"

    def product(group: int | str) -> str:
        part = f"slice({factors}, {FACTORS} * {group} + 1, {FACTORS})"
        return f"ln(aggregate({part}, 1.0D, (p, f) -> p * f))"

    return summed(groups, product, "+", "g")
