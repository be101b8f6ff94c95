"""``standard_scaler(vector[, withStd, withMean])``: unit deviation, and zero mean if asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from pyspark.ml.feature import StandardScaler

from sparkfl.options import Option
from sparkfl.transforms.transformer import Stage, TransformFunction

__all__ = ["STANDARD_SCALER"]


def _stages(inputs: list[str], output: str, params: Mapping[str, object]) -> list[Stage]:
    """Scale one vector; MLlib scales a constant feature to 0."""
    return [
        StandardScaler(
            inputCol=inputs[0],
            outputCol=output,
            withStd=cast(bool, params["withStd"]),
            withMean=cast(bool, params["withMean"]),
        )
    ]


STANDARD_SCALER = TransformFunction(
    accepts=("vector",),
    returns="vector",
    stages=_stages,
    parameters=(Option("withStd", bool, True), Option("withMean", bool, False)),
)
