"""Features number by number, as SQL: nothing is packed, Spark reads a query's columns in place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pyspark.ml.feature import VectorAssembler

from sparkfl.columns import Found, double_sql, path_sql
from sparkfl.execution.numbers import number_sql
from sparkfl.models.compiled.function import Compiled
from sparkfl.models.scalers import linear_of
from sparkfl.transforms.row_filter import RowFilter

if TYPE_CHECKING:
    from sparkfl.models.inputs import Inputs

__all__ = ["in_registers"]

_MOST = 32
"""More numbers are read from an array."""


def in_registers(
    function: Compiled,
    inputs: Inputs,
    sources: Sequence[Found],
    stages: Iterable[Any],
    features: str,
) -> tuple[str, str] | None:
    """Write the prediction of a query's rows, and whether they are valid.

    Parameters
    ----------
    function : Compiled
        The prediction.
    inputs : Inputs
        What the pipeline reads.
    sources : sequence of Found
        The columns of a query that are these inputs.
    stages : iterable
        Its fitted stages.
    features : str
        Its column of features.

    Returns
    -------
    tuple or None
        None if an input is no number, there are too many, or a stage is not known.
    """
    stages = list(stages)
    known = _read(inputs, sources)
    if known is None or any(isinstance(stage, RowFilter) for stage in stages):
        return None
    vectors, valid = known
    numbers = _staged(vectors, stages).get(features)
    if numbers is None:
        return None
    return function.sql(*numbers), valid


def _read(inputs: Inputs, sources: Sequence[Found]) -> tuple[dict[str, list[str]], str] | None:
    """Return what a pipeline reads, number by number, and whether a row is valid."""
    places = range(len(inputs.columns))
    if inputs.width > _MOST or not all(inputs.is_number(place) for place in places):
        return None
    known: dict[str, list[str]] = {}
    conditions: list[str] = []
    for reading in inputs.readings:
        if reading.kind not in ("number", "vector") or reading.keep:
            return None
        own = [double_sql(path_sql(sources[p].path), sources[p].type) for p in reading.parts]
        for place, number in enumerate(own):
            finite = f"abs({number}) < double('inf')"
            if reading.fills(place):
                filled = number_sql(float(reading.fill[place]))
                own[place] = f"CASE WHEN {finite} THEN {number} ELSE {filled} END"
            else:
                conditions.append(f"coalesce({finite}, false)")
        known[reading.column] = own
    return known, " AND ".join(dict.fromkeys(conditions)) or "true"


def _staged(vectors: Mapping[str, Sequence[str]], stages: Iterable[Any]) -> dict[str, list[str]]:
    """Return the vectors of a pipeline that are known number by number."""
    known = {name: list(numbers) for name, numbers in vectors.items()}
    for stage in stages:
        if isinstance(stage, VectorAssembler):
            names = stage.getInputCols()
            if all(name in known for name in names):
                known[stage.getOutputCol()] = [n for name in names for n in known[name]]
            continue
        linear = linear_of(stage)
        if linear is not None and stage.getInputCol() in known:
            scaled = zip(
                known[stage.getInputCol()], linear.shift, linear.factor, linear.offset, strict=True
            )
            known[stage.getOutputCol()] = [
                f"(({number} - {number_sql(shift)}) * {number_sql(factor)} + {number_sql(offset)})"
                for number, shift, factor, offset in scaled
            ]
    return known
