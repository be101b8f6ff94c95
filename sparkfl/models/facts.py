"""What is remembered of a training besides the fitted pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.models.inputs import Inputs
from sparkfl.models.names import ROW
from sparkfl.registry import Trial
from sparkfl.statistics.summary import Matrix

__all__ = ["Facts", "InputFacts", "measure"]

_FIGURES = ("count", "mean", "squares", "least", "most")


@dataclass(frozen=True)
class InputFacts:
    """The values of an input in the training query.

    Attributes
    ----------
    name, type, kind : str
        The column.
    missing : int
        Rows in which it is NULL, NaN or infinite; of an array, NULL as a whole.
    least, most, mean, deviation : float or None
        Of its finite numbers; the deviation is that of a sample.
    categories : int or None
        About how many distinct texts there are.
    """

    name: str
    type: str
    kind: str
    missing: int
    least: float | None = None
    most: float | None = None
    mean: float | None = None
    deviation: float | None = None
    categories: int | None = None


@dataclass(frozen=True)
class Facts:
    """What is remembered of a training.

    Attributes
    ----------
    rows : int
        Rows that were learnt from.
    seconds : float
        How long it took.
    inputs : tuple of InputFacts
        The columns that the model reads.
    figures : mapping of str to list of float
        What the fitted estimator says of its training, such as `objective`, the loss of each
        iteration.
    trials : tuple of Trial
        Those of the search that it is the best of, if it is.
    """

    rows: int = 0
    seconds: float = 0.0
    inputs: tuple[InputFacts, ...] = ()
    figures: Mapping[str, Sequence[float]] = field(default_factory=dict)
    trials: tuple[Trial, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Facts:
        """Return what `to_json` gave; nothing where a model was saved without."""
        inputs = tuple(InputFacts(**each) for each in value.get("inputs", ()))
        trials = tuple(Trial(**each) for each in value.get("trials", ()))
        return cls(**{**value, "inputs": inputs, "trials": trials})


def measure(rows: DataFrame, inputs: Inputs) -> tuple[InputFacts, ...]:
    """Describe the inputs of packed rows, in two jobs at most."""
    numbers = [place for place, c in enumerate(inputs.columns) if inputs.is_number(place)]
    others = [place for place, _ in enumerate(inputs.columns) if place not in numbers]
    found = dict(zip(numbers, _numbers(rows, inputs, numbers), strict=True)) if numbers else {}
    if others:
        found |= dict(zip(others, _others(rows, inputs, others), strict=True))
    return tuple(found[place] for place in range(len(inputs.columns)))


def _others(rows: DataFrame, inputs: Inputs, places: Sequence[int]) -> Iterator[InputFacts]:
    """Count NULLs, and distinct texts."""
    aggregates = []
    for place in places:
        value = inputs.raw(place)
        texts = inputs.columns[place].kind == "string"
        aggregates.append(F.count_if(value.isNull()))
        aggregates.append(F.approx_count_distinct(value) if texts else F.lit(None).cast("long"))
    measured = rows.agg(*aggregates).first()
    assert measured is not None
    for i, place in enumerate(places):
        missing, categories = measured[2 * i], measured[2 * i + 1]
        column = inputs.columns[place]
        yield InputFacts(column.name, column.type, column.kind, missing, categories=categories)


def _numbers(rows: DataFrame, inputs: Inputs, places: Sequence[int]) -> Iterator[InputFacts]:
    """Describe all numbers, whose moments are added up batch by batch."""
    schema = "rows long, " + ", ".join(f"{name} array<double>" for name in _FIGURES)

    def describe(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows:
                values = batch.column(0).flatten().to_numpy(zero_copy_only=False)
                figures = _figures(values.reshape(batch.num_rows, -1).astype(np.float64))
                arrays = [pa.array([batch.num_rows]), *[pa.array([f.tolist()]) for f in figures]]
                yield pa.RecordBatch.from_arrays(arrays, ["rows", *_FIGURES])

    parts = (
        rows.select(F.col(ROW).getField("numbers").alias("numbers"))
        .mapInArrow(describe, schema)
        .collect()
    )
    total = sum(part.rows for part in parts)
    figures = [np.array([part[name] for part in parts]) for name in _FIGURES]
    for place, (count, mean, deviation, least, most) in zip(places, _merged(*figures), strict=True):
        column = inputs.columns[place]
        yield InputFacts(
            column.name,
            column.type,
            column.kind,
            int(total - count),
            least=least if count else None,
            most=most if count else None,
            mean=mean if count else None,
            deviation=deviation if count > 1 else None,
        )


def _figures(values: Matrix) -> list[Matrix]:
    """Return the figures of each column of numbers, of those that are finite."""
    finite = np.isfinite(values)
    count = finite.sum(axis=0).astype(np.float64)
    known = np.where(finite, values, 0.0)
    mean = known.sum(axis=0) / np.maximum(count, 1)
    squares = (np.where(finite, values - mean, 0.0) ** 2).sum(axis=0)
    least = np.where(finite, values, np.inf).min(axis=0)
    most = np.where(finite, values, -np.inf).max(axis=0)
    return [count, mean, squares, least, most]


def _merged(
    count: Matrix, mean: Matrix, squares: Matrix, least: Matrix, most: Matrix
) -> Iterator[tuple[float, ...]]:
    """Merge the figures of parts, shape (parts, columns)."""
    n = count.sum(axis=0)
    centre = (count * mean).sum(axis=0) / np.maximum(n, 1)
    spread = (squares + count * (mean - centre) ** 2).sum(axis=0)
    deviation = np.sqrt(spread / np.maximum(n - 1, 1))
    columns = (n, centre, deviation, least.min(axis=0), most.max(axis=0))
    yield from zip(*[column.tolist() for column in columns], strict=True)
