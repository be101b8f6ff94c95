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
    mean_of_sum,
)
from sparkfl.models.compiled.registers import in_registers
from sparkfl.models.compiled.trees import Finish, compiled_trees, summed_trees

__all__ = [
    "Compiled",
    "Finish",
    "compiled_bayes",
    "compiled_centres",
    "compiled_features",
    "compiled_generalized",
    "compiled_linear",
    "compiled_logistic",
    "compiled_svc",
    "compiled_trees",
    "in_registers",
    "mean_of_sum",
    "summed_trees",
]
