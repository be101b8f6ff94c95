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
from sparkfl.execution.nearest import nearest_sql
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

__all__ = ["FEATURES", "predictions", "texts"]

FEATURES = f"{INTERNAL}x"
"""Name of the features of a row."""
_SCALED, _Z, _VALID = (f"{INTERNAL}{name}" for name in ("scaled", "z", "valid"))


def predictions(
    bound: BoundInputs, parameters: Parameters, data: FederationData, scored: bool
) -> dict[str, Column]:
    """Columns of a prediction, and those that they are computed from; see `native`."""
    written = texts(parameters, data, scored)
    return {FEATURES: bound.features(), **{name: F.expr(text) for name, text in written.items()}}


def texts(parameters: Parameters, data: FederationData, scored: bool = True) -> dict[str, str]:
    """Write a prediction, and what it is computed from, of an array that is called `FEATURES`.

    A text may refer to the names before it.
    """
    written = _assignment(parameters)
    if scored:
        written |= _scores(parameters, data.inputs.features)
        reason = written.pop("anomaly_reason")
        if data.distribution:
            written |= severity("anomaly_score", data.distribution)
        written["is_anomaly"] = f"anomaly_score >= {number_sql(data.least_score)}"
        written["anomaly_reason"] = reason
    return written


def _assignment(parameters: Parameters) -> dict[str, str]:
    """Write which clusters a row belongs to."""
    d, scaling = parameters.features, parameters.scaling
    # Zero times what is not finite is not zero.
    zeros = summed(d, lambda i: f"get({FEATURES}, {i}) * 0.0D")
    written = {
        _VALID: f"coalesce({zeros} = 0.0D, false)",
        _SCALED: scaled_sql(FEATURES, scaling, d, parameters.robust),
    }
    scores = parameters.normal_scores
    written[_Z] = normal_scores_sql(_SCALED, scores) if scores else _SCALED
    known = f"{_VALID} AND {parameters.local.column} IS NOT NULL"
    own, others = parameters.others
    written |= nearest_sql("local_prediction", _Z, parameters.local, d, own, known)
    written |= nearest_sql("prediction", _Z, parameters.everywhere, d, others, _VALID)
    return written


def _scores(parameters: Parameters, names: Sequence[str]) -> dict[str, str]:
    """Write how anomalous a row is, and because of which feature."""
    d, rule = parameters.features, parameters.rule
    total = rule.part(0, 2 * d)
    far, near, distances, share = (f"{INTERNAL}{n}" for n in ("far", "near", "distances", "share"))
    clusters = [rule.part(2 * d * (c + 1), 2 * d) for c in range(parameters.large)]
    written = {
        far: mapped(d, lambda i: _factor(total, d, i)),
        distances: f"array({', '.join(_distance(d, cluster) for cluster in clusters)})",
        near: f"get(array({', '.join(cluster.sql for cluster in clusters)}), "
        f"int(array_position({distances}, array_min({distances}))) - 1)",
    }
    closest, least = Numbers(column=near), f"array_min({distances})"
    written[share] = mapped(d, lambda i: f"get({far}, {i}) * {_factor(closest, d, i)}")
    both = f"{_logarithm(d, far)} + {f'ln({least})' if d <= FACTORS else least}"
    score = f"{number_sql(parameters.degrees_of_freedom)} * ({both})"
    written["anomaly_score"] = f"CASE WHEN {_VALID} THEN {score} END"
    largest = f"int(array_position({share}, array_max({share}))) - 1"
    written[f"{INTERNAL}largest"] = largest
    at = f"{INTERNAL}largest"
    below = f"int(get({_Z}, {at}) < get({rule.part(0, d).sql}, {at}))"
    reason = f"get({reasons_sql(names)}, 2 * {at} + {below})"
    written["anomaly_reason"] = f"CASE WHEN {_VALID} THEN {reason} END"
    return written


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
