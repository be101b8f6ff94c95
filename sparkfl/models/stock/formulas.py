"""Which models have a formula in stock SQL: those of the extension, and some that it has not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from pyspark.ml.classification import LinearSVCModel, LogisticRegressionModel, OneVsRestModel
from pyspark.ml.regression import GeneralizedLinearRegressionModel

from sparkfl.execution.numbers import Numbers
from sparkfl.models.answers.weights import coefficients
from sparkfl.models.compiled import Compiled, mean_of_sum
from sparkfl.models.extras import OFFSET

if TYPE_CHECKING:
    from sparkfl.models.fitted import SqlModel

__all__ = ["formula_of"]


def formula_of(model: SqlModel) -> Compiled | None:
    """Return the prediction of the features, and of the offset; None if it is not known how."""
    fitted = model.fitted
    if isinstance(fitted, OneVsRestModel):
        return _surest(fitted)
    if isinstance(fitted, GeneralizedLinearRegressionModel) and fitted.isSet("offsetCol"):
        without = mean_of_sum(fitted)
        if without is None:
            return None
        return replace(without, finish=lambda eta: without.finish(f"({eta} + {OFFSET})"))
    return model.formula


def _surest(fitted: OneVsRestModel) -> Compiled | None:
    """Return the class whose weighted sum is the greatest."""
    if not all(isinstance(one, LinearSVCModel | LogisticRegressionModel) for one in fitted.models):
        return None
    sums = Numbers(np.roll(coefficients(fitted), 1, axis=1).ravel())
    return Compiled("strongest", sums, lambda place: f"CAST({place} AS DOUBLE)")
