"""The function of a fitted model: what it reads, what its stages make, what it predicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.ml.classification import OneVsRestModel

from sparkfl.columns import quote
from sparkfl.errors import CapabilityError
from sparkfl.execution.let import let
from sparkfl.execution.stock_function import StockFunction, parameter_names
from sparkfl.models.compiled import compiled_trees, summed_trees
from sparkfl.models.names import ROW, VALID
from sparkfl.models.stock.estimators import SCORES, VALUE, Written, written
from sparkfl.models.stock.formulas import formula_of
from sparkfl.models.stock.stages import WrittenStages
from sparkfl.models.stock.trees import written_trees
from sparkfl.models.types import MODEL_TYPES

if TYPE_CHECKING:
    from sparkfl.models.compiled import Finish
    from sparkfl.models.fitted import SqlModel

__all__ = ["has_formula", "stock_function"]

_SHARE = f"(get({SCORES}, 1) / (get({SCORES}, 0) + get({SCORES}, 1)))"
_PROBABILITIES = {
    "decision_tree_classifier": _SHARE,
    "gradient_boosted_tree_classifier": f"(1.0D - 1.0D / (1.0D + exp(2.0D * {VALUE})))",
    "logistic_reg": f"(1.0D - 1.0D / (1.0D + exp({VALUE})))",
    "naive_bayes_classifier": f"(1.0D / (1.0D + exp(get({SCORES}, 0) - get({SCORES}, 1))))",
    "random_forest_classifier": _SHARE,
}
"""The probability of the greater of two classes, by the type: as MLlib has it, what is left."""


def stock_function(model: SqlModel, probable: bool = False) -> StockFunction:
    """Return the function of the model's columns that gives its prediction; NULL as `predict`.

    Parameters
    ----------
    model : SqlModel
        A model that is saved.
    probable : bool, default False
        Whether it gives, of two classes, the probability of the greater.

    Raises
    ------
    CapabilityError
        If its prediction, or what goes before it, is not known as a formula.
    """
    _check(model)
    inputs = model.inputs
    names = parameter_names([column.name for column in inputs.columns])
    stages = WrittenStages(inputs, model.guards, model.files).add(model.stages)
    told, finish = _estimator(model, stages.sizes[model.features])
    likely = probable and "probabilityCol" in model.outputs
    likely = likely and model.label is not None and len(model.label.classes) == 2
    value = _PROBABILITIES[model.modelType] if likely else model.decoded_sql(finish(VALUE))
    if stages.conditions:
        value = f"CASE WHEN {' AND '.join(stages.conditions)} THEN {value} END"
    predicted = let({**stages.texts, **told.texts}, value)
    row = inputs.packed_sql(list(map(quote, names)))
    return StockFunction(
        tuple(zip(names, inputs.parameter_types(), strict=True)),
        "DOUBLE" if likely else model.outputFields()[0].type.upper(),
        let({ROW: row, VALID: inputs.valid_sql()}, f"CASE WHEN {VALID} THEN {predicted} END"),
        told.figures,
        told.fields,
    )


def has_formula(model: SqlModel) -> bool:
    """Tell whether a model's prediction is known as a formula; that of its stages may not be."""
    return _is_of_trees(model) or formula_of(model) is not None


def _is_of_trees(model: SqlModel) -> bool:
    is_one = not isinstance(model.fitted, OneVsRestModel)
    return is_one and model.type.compiles is compiled_trees


def _check(model: SqlModel) -> None:
    """Refuse a model whose prediction is not known as a formula."""
    if has_formula(model):
        return
    known = [name for name, kind in MODEL_TYPES.items() if kind.compiles is not None]
    with_options = " with these options" if model.modelType in known else ""
    raise CapabilityError(
        f"A model of type {model.modelType}{with_options} has no formula in SQL that is known: it "
        f"cannot be published. Ask it by model_predict, or train one of {', '.join(known)}."
    )


def _estimator(model: SqlModel, d: int) -> tuple[Written, Finish]:
    """Write what the estimator says of d features, and what the prediction is of that."""
    if _is_of_trees(model):
        trees, finish = summed_trees(model.fitted, model.files_of_estimator())
        return written_trees(model.features, trees), finish
    formula = formula_of(model)
    assert formula is not None
    return written(formula, model.features, d), formula.finish
