"""``vector_assembler(array(a, b))`` or ``vector_assembler(a, b)``: columns as one vector."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.ml.feature import VectorAssembler

from sparkfl.transforms.transformer import Stage, TransformFunction

__all__ = ["VECTOR_ASSEMBLER"]


def _stages(inputs: list[str], output: str, _: Mapping[str, object]) -> list[Stage]:
    """Assemble; invalid values never get here (see `sparkfl.models.inputs`)."""
    return [VectorAssembler(inputCols=inputs, outputCol=output, handleInvalid="error")]


VECTOR_ASSEMBLER = TransformFunction(
    accepts=("number", "vector"), returns="vector", stages=_stages, parameters=(), many=True
)
