"""The regression types."""

from __future__ import annotations

from pyspark.ml.regression import (
    AFTSurvivalRegression,
    DecisionTreeRegressor,
    FMRegressor,
    GBTRegressor,
    GeneralizedLinearRegression,
    IsotonicRegression,
    LinearRegression,
    RandomForestRegressor,
)

from sparkfl.models.answers.additive import remembered_means
from sparkfl.models.answers.training_info import remembered_objective
from sparkfl.models.answers.weights import remembered_errors, weights
from sparkfl.models.compiled import compiled_generalized, compiled_linear, compiled_trees
from sparkfl.models.model_type import ModelType
from sparkfl.models.tasks import REGRESSION
from sparkfl.models.types.explained import FACTORIZATION, ISOTONIC, LINEAR, TREES
from sparkfl.models.types.forests import FOREST

__all__ = ["REGRESSION_TYPES"]

REGRESSION_TYPES = {
    "decision_tree_regression": ModelType(
        DecisionTreeRegressor,
        REGRESSION,
        "MLlib's decision tree: questions to one feature after the other.",
        aliases=("decision_tree_regressor",),
        capabilities=TREES,
        compiles=compiled_trees,
    ),
    "factorization_machines_regression": ModelType(
        FMRegressor,
        REGRESSION,
        "MLlib's factorization machine: a linear model with the products of pairs of features, "
        "whose weights are products of a vector a feature.",
        aliases=("factorization_machines_regressor",),
        capabilities={"weights": weights, **FACTORIZATION},
        remembers=(remembered_means,),
    ),
    "generalized_linear_reg": ModelType(
        GeneralizedLinearRegression,
        REGRESSION,
        "MLlib's generalized linear regression, by iteratively reweighted least squares, of up to "
        "4096 features.",
        differs={"variancePower": {"minimum": 1.0, "choices": (0.0,)}},
        aliases=("generalized_linear_regression", "glm"),
        capabilities=LINEAR,
        remembers=(remembered_errors, remembered_means),
        compiles=compiled_generalized,
    ),
    "gradient_boosted_tree_regression": ModelType(
        GBTRegressor,
        REGRESSION,
        "MLlib's gradient-boosted trees: each corrects the sum of those before.",
        aliases=("gradient_boosted_tree_regressor", "gbt_regressor"),
        capabilities=TREES,
        compiles=compiled_trees,
    ),
    "isotonic_regression": ModelType(
        IsotonicRegression,
        REGRESSION,
        "MLlib's isotonic regression: a function of one feature that never falls, or never rises.",
        capabilities=ISOTONIC,
        remembers=(remembered_means,),
    ),
    "linear_reg": ModelType(
        LinearRegression,
        REGRESSION,
        "MLlib's linear regression, by least squares or Huber's loss, with an elastic net.",
        aliases=("linear_regression",),
        capabilities=LINEAR,
        remembers=(remembered_errors, remembered_objective, remembered_means),
        compiles=compiled_linear,
    ),
    "random_forest_regression": ModelType(
        RandomForestRegressor,
        REGRESSION,
        "MLlib's random forest: trees on samples of the rows, each split among some features.",
        differs=FOREST,
        aliases=("random_forest_regressor",),
        capabilities=TREES,
        compiles=compiled_trees,
    ),
    "survival_regression": ModelType(
        AFTSurvivalRegression,
        REGRESSION,
        "MLlib's accelerated failure time model: a time, above 0, that may be censored.",
        aliases=("aft_survival_regression",),
        capabilities=LINEAR,
        remembers=(remembered_means,),
    ),
}
