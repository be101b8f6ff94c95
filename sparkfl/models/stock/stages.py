"""The fitted stages of TRANSFORM in stock SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import singledispatchmethod
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from pyspark.ml.feature import (
    Binarizer,
    Bucketizer,
    CountVectorizerModel,
    FeatureHasher,
    HashingTF,
    Interaction,
    Normalizer,
    OneHotEncoderModel,
    PCAModel,
    StringIndexerModel,
    TargetEncoderModel,
    VectorAssembler,
    VectorSlicer,
    Word2VecModel,
)

from sparkfl.errors import CapabilityError
from sparkfl.execution.literals import text_sql
from sparkfl.execution.numbers import INLINE, Numbers, mapped, number_sql
from sparkfl.models.categories import Categories
from sparkfl.models.inputs import Inputs
from sparkfl.models.reading import Reading
from sparkfl.models.scalers import Linear, linear_of
from sparkfl.models.steps import Guards, inputs_of
from sparkfl.models.stock.hashes import NEAR, counted_sql, hashed_sql
from sparkfl.models.stock.looked_up import encoded_sql, mean_of_vectors_sql
from sparkfl.models.stock.products import interaction_sql
from sparkfl.models.stock.texts import STAGES, matrix_sql
from sparkfl.transforms import Domain
from sparkfl.transforms.elementwise import Elementwise
from sparkfl.transforms.hashes import VectorConcatenator
from sparkfl.transforms.missing import MissingShare
from sparkfl.transforms.row_filter import RowFilter

__all__ = ["WrittenStages"]


@dataclass
class WrittenStages:
    """The columns of a pipeline as texts, one after the other.

    No lambda in them has a column in its body, see `sparkfl.execution.let.chained`.

    Parameters
    ----------
    inputs : Inputs
        What it reads.
    guards : Guards
        What its stages do not take.
    files : Path or None
        Where the model is saved: of some stages MLlib tells nothing else of what they have learnt.

    Attributes
    ----------
    texts : dict of str to str
        By column; a text may refer to the columns before it.
    sizes : dict of str to int
        Lengths of the columns that are arrays; 0 of others.
    conditions : list of str
        What a row must fulfil, else its prediction is NULL.
    """

    inputs: Inputs
    guards: Guards
    files: Path | None = None
    texts: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    conditions: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.texts |= self.inputs.texts()
        readings = self.inputs.readings
        self.sizes |= {r.column: _size(r) for r in readings}
        self._categories = Categories(lambda c: self.sizes[c] or 1, self.guards.buckets)

    def add(self, stages: Sequence[Any]) -> WrittenStages:
        """Write further stages.

        Raises
        ------
        CapabilityError
            If it is not known how.
        """
        for stage in stages:
            output = stage.getOrDefault("outputCol")
            if output in self.guards.domains:
                (column,) = inputs_of(stage)
                self.conditions.append(self._within(column, self.guards.domains[output]))
            self.texts[output], self.sizes[output] = self._made(stage)
            self._categories.follow(stage)
            if isinstance(stage, RowFilter) and stage.filters:
                self.conditions.append(stage.kept_sql(inputs_of(stage)[0], _group_of(stage)))
            if output in self.guards.buckets:
                self.conditions.append(f"{output} < {self.guards.buckets[output]}")
        return self

    def _within(self, column: str, domain: Domain) -> str:
        """Write `steps.within`."""
        least, most, whole = domain
        value = f"array_max(transform({column}, x -> abs(x)))" if self.sizes[column] else column
        inside = f"{value} >= {number_sql(least)} AND {value} <= {number_sql(most)}"
        whole_sql = f" AND {value} = floor({value})" if whole else ""
        return f"(isnan({value}) OR ({inside}{whole_sql}))"

    @singledispatchmethod
    def _made(self, stage: Any) -> tuple[str, int]:
        """Return the text of what a stage makes, and its length."""
        linear = linear_of(stage)
        column = inputs_of(stage)[0]
        size = self.sizes[column]
        if linear is not None:
            return self._linear(column, linear, size), size
        write = STAGES.get(type(stage))
        if write is not None:
            return write(stage, column, size)
        near = NEAR.get(type(stage))
        if near is not None:
            return near(stage, column, size, self._learnt(stage)[0])
        if hasattr(stage, "selectedFeatures"):
            return self._picked(column, stage.selectedFeatures)
        name = type(stage).__name__.removesuffix("Model")
        raise CapabilityError(
            f"TRANSFORM has a {name}, which is not written in SQL: the model cannot be published. "
            "Ask it by model_predict, or make that column in the query that it is trained on, "
            "and leave the transformer out."
        )

    def _learnt(self, stage: Any) -> list[dict[str, Any]]:
        """Return the rows that MLlib has saved of a stage."""
        if self.files is None:
            raise CapabilityError("The model is not in the registry yet; register it to ask this.")
        (directory,) = (self.files / "pipeline" / "stages").glob(f"*_{stage.uid}")
        rows: list[dict[str, Any]] = pq.read_table(directory / "data").to_pylist()
        return rows

    def _linear(self, column: str, linear: Linear, size: int) -> str:
        """Write what a scaler makes of an array."""
        shift, factor, offset = map(Numbers, (linear.shift, linear.factor, linear.offset))
        if size <= INLINE:
            return mapped(
                size,
                lambda i: f"(get({column}, {i}) - {shift.at(i)}) * {factor.at(i)} + {offset.at(i)}",
            )
        for numbers, sign in ((shift, "-"), (factor, "*"), (offset, "+")):
            column = f"zip_with({column}, {numbers.sql}, (x, n) -> x {sign} n)"
        return column

    def _picked(self, column: str, places: Sequence[int]) -> tuple[str, int]:
        return f"array({', '.join(f'get({column}, {place})' for place in places)})", len(places)

    @_made.register
    def _(self, stage: VectorAssembler) -> tuple[str, int]:
        names = inputs_of(stage)
        parts = [name if self.sizes[name] else f"array({name})" for name in names]
        whole = parts[0] if len(parts) == 1 else f"concat({', '.join(parts)})"
        return whole, sum(self.sizes[name] or 1 for name in names)

    @_made.register
    def _(self, stage: VectorSlicer) -> tuple[str, int]:
        return self._picked(inputs_of(stage)[0], stage.getIndices())

    @_made.register
    def _(self, stage: StringIndexerModel) -> tuple[str, int]:
        (column,), labels = inputs_of(stage), stage.labels
        known = f"array({', '.join(map(text_sql, labels))})" if labels else "array('')"
        # What is unknown is in place 0, and one before the first is the last.
        place = f"pmod(array_position({known}, {column}) - 1, {len(labels) + 1})"
        return f"CAST(coalesce({place}, {len(labels)}) AS DOUBLE)", 0

    @_made.register
    def _(self, stage: OneHotEncoderModel) -> tuple[str, int]:
        (column,), categories = inputs_of(stage), int(stage.categorySizes[0])
        keeps = stage.getHandleInvalid() == "keep"
        size = categories + keeps - bool(stage.getDropLast())
        place = f"least({column}, {number_sql(categories)})" if keeps else column
        places = f"sequence(1, {size}), array_repeat({place}, {size})"
        return f"zip_with({places}, (j, p) -> CAST(j - 1 = p AS DOUBLE))", size

    @_made.register
    def _(self, stage: Binarizer) -> tuple[str, int]:
        (column,) = inputs_of(stage)
        threshold, size = number_sql(stage.getThreshold()), self.sizes[column]
        if not size:
            return f"CAST({column} > {threshold} AS DOUBLE)", 0
        return f"transform({column}, x -> CAST(x > {threshold} AS DOUBLE))", size

    @_made.register
    def _(self, stage: Bucketizer) -> tuple[str, int]:
        (column,), splits = inputs_of(stage), np.array(stage.getSplits())
        inner = Numbers(splits[1:-1]).sql
        value = f"array_repeat({column}, {len(splits) - 2})"
        below = f"filter(zip_with({inner}, {value}, (s, x) -> x >= s), b -> b)"
        place = f"size({below})" if len(splits) > 2 else "0"
        last = f"CASE WHEN isnan({column}) THEN {len(splits) - 1} ELSE {place} END"
        return f"CAST({last} AS DOUBLE)", 0

    @_made.register
    def _(self, stage: PCAModel) -> tuple[str, int]:
        (column,), components = inputs_of(stage), stage.pc.toArray().T
        return matrix_sql(column, components), len(components)

    @_made.register
    def _(self, stage: Normalizer) -> tuple[str, int]:
        (column,), p = inputs_of(stage), stage.getP()
        powers = f"aggregate({column}, 0.0D, (s, x) -> s + power(abs(x), {number_sql(p)}))"
        length = f"power({powers}, {number_sql(1.0 / p)})"
        if p == float("inf"):
            length = f"array_max(transform({column}, x -> abs(x)))"
        norms = f"array_repeat({length}, {self.sizes[column]})"
        scaled = f"zip_with({column}, {norms}, (x, n) -> CASE WHEN n = 0.0D THEN x ELSE x / n END)"
        return scaled, self.sizes[column]

    @_made.register
    def _(self, stage: CountVectorizerModel) -> tuple[str, int]:
        (column,), words = inputs_of(stage), stage.vocabulary
        rows = f"array_repeat({column}, {len(words)})"
        known = f"array({', '.join(map(text_sql, words))})"
        least = number_sql(stage.getMinTF()) + (" * size(c)" if stage.getMinTF() < 1 else "")
        n = "size(c) - size(array_remove(c, w))"
        count = "1.0D" if stage.getBinary() else f"CAST({n} AS DOUBLE)"
        enough = f"{n} > 0 AND {n} >= {least}"
        counted = f"(w, c) -> CASE WHEN {enough} THEN {count} ELSE 0.0D END"
        return f"zip_with({known}, {rows}, {counted})", len(words)

    @_made.register
    def _(self, stage: HashingTF) -> tuple[str, int]:
        (column,), size = inputs_of(stage), stage.getNumFeatures()
        return counted_sql(column, size, stage.getBinary()), size

    @_made.register
    def _(self, stage: FeatureHasher) -> tuple[str, int]:
        texts = {r.column for r in self.inputs.readings if r.kind == "string"}
        columns = [(name, name, name in texts) for name in inputs_of(stage)]
        return hashed_sql(columns, stage.getNumFeatures()), stage.getNumFeatures()

    @_made.register
    def _(self, stage: Interaction) -> tuple[str, int]:
        names = inputs_of(stage)
        return interaction_sql([(n, self._categories.of(n), self.sizes[n] > 0) for n in names])

    @_made.register
    def _(self, stage: VectorConcatenator) -> tuple[str, int]:
        (column,) = inputs_of(stage)
        return column, self.sizes[column]

    @_made.register
    def _(self, stage: Elementwise) -> tuple[str, int]:
        (column,) = inputs_of(stage)
        return stage.sql(column, _group_of(stage)), self.sizes[column]

    @_made.register
    def _(self, stage: MissingShare) -> tuple[str, int]:
        (column,) = inputs_of(stage)
        return stage.sql(column), 0

    @_made.register
    def _(self, stage: TargetEncoderModel) -> tuple[str, int]:
        (column,), (figures,) = inputs_of(stage), self._learnt(stage)
        return encoded_sql(column, figures, stage.getSmoothing()), 0

    @_made.register
    def _(self, stage: Word2VecModel) -> tuple[str, int]:
        (column,), rows = inputs_of(stage), self._learnt(stage)
        vectors = np.array([row["vector"] for row in rows], np.float32).astype(np.float64)
        own = vectors.reshape(len(rows), stage.getVectorSize())
        return mean_of_vectors_sql(column, [row["word"] for row in rows], own), own.shape[1]


def _size(reading: Reading) -> int:
    """Return the length of a column that is an array, 0 of another."""
    return reading.width if reading.kind in ("vector", "missing") else 0


def _group_of(stage: Any) -> str:
    """Return the column of the groups of a stage, '' if it has none."""
    return stage.getGroupCol() if isinstance(stage, Elementwise) else ""
