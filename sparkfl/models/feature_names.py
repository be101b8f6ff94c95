"""What the elements of a fitted pipeline's features are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import singledispatchmethod
from math import comb, prod
from types import MappingProxyType
from typing import Any

from pyspark.ml.feature import (
    DCT,
    Binarizer,
    Bucketizer,
    CountVectorizerModel,
    FeatureHasher,
    HashingTF,
    IDFModel,
    Interaction,
    MaxAbsScalerModel,
    MinMaxScalerModel,
    Normalizer,
    OneHotEncoderModel,
    PCAModel,
    PolynomialExpansion,
    RobustScalerModel,
    StandardScalerModel,
    StringIndexerModel,
    TargetEncoderModel,
    VectorAssembler,
    VectorSlicer,
    Word2VecModel,
)

from sparkfl.models.categories import Categories
from sparkfl.models.inputs import Inputs
from sparkfl.models.reading import Reading
from sparkfl.models.steps import inputs_of
from sparkfl.transforms.elementwise import Elementwise
from sparkfl.transforms.hashes import VectorConcatenator
from sparkfl.transforms.missing import MissingShare

__all__ = ["FeatureNames"]


class FeatureNames:
    """Follows names from a query's columns through fitted stages.

    A number keeps its column's name, an element of a vector is ``name[0]``, a category or token
    ``name=value``; what mixes its inputs is called as its alias in TRANSFORM.

    Parameters
    ----------
    inputs : Inputs
        What the stages read.
    aliases : mapping of str to str
        Aliases of TRANSFORM, by the pipeline's columns.
    buckets : mapping of str to int, default none
        Those of the model's guards.

    Examples
    --------
    >>> from sparkfl.columns import InputColumn
    >>> reading = Reading("in", "vector", (0, 1), (1, 2))
    >>> columns = (InputColumn(("x",), "int", "number"), InputColumn(("v",), "", "vector"))
    >>> FeatureNames(Inputs(columns, (reading,)), {}).of([], "in")
    ['x', 'v[0]', 'v[1]']
    """

    def __init__(
        self,
        inputs: Inputs,
        aliases: Mapping[str, str],
        buckets: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._aliases = aliases
        self._names = {r.column: _read(inputs, r) for r in inputs.readings}
        self._labels: dict[str, Sequence[str]] = {}
        self._categories = Categories(lambda column: len(self._names[column]), buckets)

    def of(self, stages: Sequence[Any], column: str) -> list[str]:
        """Return the names of the elements of a column that the stages make."""
        for stage in stages:
            if stage.hasParam("outputCol"):
                output = stage.getOrDefault("outputCol")
                self._names[output] = self._made(stage, output)
                self._categories.follow(stage)
        return self._names[column]

    def _inputs(self, stage: Any) -> list[list[str]]:
        return [self._names[column] for column in inputs_of(stage)]

    def _numbered(self, output: str, size: int) -> list[str]:
        """Return an alias with the places of its elements."""
        alias = self._aliases.get(output, output)
        return [f"{alias}[{place}]" for place in range(size)]

    @singledispatchmethod
    def _made(self, stage: Any, output: str) -> list[str]:
        """Return the names of what a stage makes: those of its input, if it does not say."""
        if hasattr(stage, "selectedFeatures"):
            (names,) = self._inputs(stage)
            return [names[place] for place in stage.selectedFeatures]
        if stage.hasParam("numHashTables"):
            return self._numbered(output, stage.getNumHashTables())
        return self._numbered(output, 1)

    @_made.register(Binarizer)
    @_made.register(Bucketizer)
    @_made.register(IDFModel)
    @_made.register(MaxAbsScalerModel)
    @_made.register(MinMaxScalerModel)
    @_made.register(Normalizer)
    @_made.register(RobustScalerModel)
    @_made.register(StandardScalerModel)
    @_made.register(TargetEncoderModel)
    def _same(self, stage: Any, _output: str) -> list[str]:
        return self._inputs(stage)[0]

    @_made.register
    def _(self, stage: Elementwise, _output: str) -> list[str]:
        (names,) = self._inputs(stage)
        flags = stage.getOrDefault("operation") == "flag"
        return [f"{name} is an outlier" for name in names] if flags else names

    @_made.register
    def _(self, _stage: MissingShare, output: str) -> list[str]:
        return [self._aliases.get(output, output)]

    @_made.register
    def _(self, stage: StringIndexerModel, output: str) -> list[str]:
        self._labels[output] = stage.labels
        return self._inputs(stage)[0]

    @_made.register
    def _(self, stage: OneHotEncoderModel, _output: str) -> list[str]:
        (column,), ((name,),) = inputs_of(stage), self._inputs(stage)
        size = int(stage.categorySizes[0])
        size += (stage.getHandleInvalid() == "keep") - stage.getDropLast()
        known = [*self._labels.get(column, ()), "NULL or new"]
        labels = known if column in self._labels else [str(place) for place in range(size)]
        return [f"{name}={labels[min(place, len(labels) - 1)]}" for place in range(size)]

    @_made.register
    def _(self, stage: CountVectorizerModel, _output: str) -> list[str]:
        return [f"{self._inputs(stage)[0][0]}={term}" for term in stage.vocabulary]

    @_made.register
    def _(self, stage: VectorAssembler, _output: str) -> list[str]:
        return [name for names in self._inputs(stage) for name in names]

    @_made.register
    def _(self, stage: VectorSlicer, _output: str) -> list[str]:
        return [self._inputs(stage)[0][place] for place in stage.getIndices()]

    @_made.register(FeatureHasher)
    @_made.register(HashingTF)
    def _hashed(self, stage: Any, output: str) -> list[str]:
        return self._numbered(output, stage.getNumFeatures())

    @_made.register
    def _(self, stage: Word2VecModel, output: str) -> list[str]:
        return self._numbered(output, stage.getVectorSize())

    @_made.register
    def _(self, stage: PCAModel, output: str) -> list[str]:
        return self._numbered(output, stage.getK())

    @_made.register
    def _(self, stage: DCT, output: str) -> list[str]:
        return self._numbered(output, len(self._inputs(stage)[0]))

    @_made.register
    def _(self, stage: PolynomialExpansion, output: str) -> list[str]:
        degree = stage.getDegree()
        return self._numbered(output, comb(len(self._inputs(stage)[0]) + degree, degree) - 1)

    @_made.register
    def _(self, stage: Interaction, output: str) -> list[str]:
        counts = map(self._categories.of, inputs_of(stage))
        return self._numbered(output, prod(map(sum, counts)))

    @_made.register
    def _(self, stage: VectorConcatenator, output: str) -> list[str]:
        return self._numbered(output, len(self._inputs(stage)[0]))


def _read(inputs: Inputs, reading: Reading) -> list[str]:
    """Return the names of a reading's elements."""
    names = []
    for part, size in zip(reading.parts, reading.sizes, strict=True):
        column = inputs.columns[part]
        several = reading.kind == "vector" and column.kind == "vector"
        names += [f"{column.name}[{i}]" for i in range(size)] if several else [column.name]
    return names
