"""Predictions as functions of the SQL extension, in place of MLlib's, which are not compiled."""

from __future__ import annotations

from sparkfl.models.compiled.centres import compiled_centres
from sparkfl.models.compiled.function import Compiled, compiled_features
from sparkfl.models.compiled.linear import (
    compiled_bayes,
    compiled_generalized,
    compiled_linear,
    compiled_logistic,
    compiled_svc,
)
from sparkfl.models.compiled.registers import in_registers
from sparkfl.models.compiled.trees import compiled_trees

__all__ = [
    "Compiled",
    "compiled_bayes",
    "compiled_centres",
    "compiled_features",
    "compiled_generalized",
    "compiled_linear",
    "compiled_logistic",
    "compiled_svc",
    "compiled_trees",
    "in_registers",
]
