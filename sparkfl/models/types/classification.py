"""The classification types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.ml.classification import (
    DecisionTreeClassifier,
    FMClassifier,
    GBTClassifier,
    LinearSVC,
    LogisticRegression,
    MultilayerPerceptronClassifier,
    NaiveBayes,
    RandomForestClassifier,
)

from sparkfl.errors import ParameterError
from sparkfl.models.answers.additive import remembered_means
from sparkfl.models.answers.sampled import remembered_sample
from sparkfl.models.answers.training_info import remembered_objective
from sparkfl.models.compiled import compiled_bayes, compiled_logistic, compiled_svc, compiled_trees
from sparkfl.models.model_type import ModelType
from sparkfl.models.tasks import CLASSIFICATION
from sparkfl.models.types.explained import BAYES, FACTORIZATION, LINEAR, PERCEPTRON, TREES
from sparkfl.models.types.forests import FOREST

__all__ = ["CLASSIFICATION_TYPES"]

_OBJECTIVE = (remembered_objective,)
_MEANS = (remembered_means,)
_MATRICES = dict.fromkeys(
    (
        "lowerBoundsOnCoefficients",
        "upperBoundsOnCoefficients",
        "lowerBoundsOnIntercepts",
        "upperBoundsOnIntercepts",
        "initialWeights",
    )
)


def _layers(params: Mapping[str, Any], width: int, classes: int) -> Mapping[str, Any]:
    """Return the layers of a perceptron, from one number a feature to one a class."""
    layers = params.get("layers") or [width, (width + classes + 1) // 2, classes]
    if layers[0] != width or layers[-1] != classes or len(layers) < 2:
        raise ParameterError(
            f"LAYERS = {layers} must begin with {width}, as many as there are features, and end "
            f"with {classes}, as many as the label has classes."
        )
    return {"layers": layers}


CLASSIFICATION_TYPES = {
    "decision_tree_classifier": ModelType(
        DecisionTreeClassifier,
        CLASSIFICATION,
        "MLlib's decision tree: questions to one feature after the other.",
        capabilities=TREES,
        compiles=compiled_trees,
    ),
    "factorization_machines_classifier": ModelType(
        FMClassifier,
        CLASSIFICATION,
        "MLlib's factorization machine, for two classes: a linear model with the products of pairs "
        "of features, whose weights are products of a vector a feature.",
        binary=True,
        capabilities=FACTORIZATION,
        remembers=_OBJECTIVE + _MEANS,
    ),
    "gradient_boosted_tree_classifier": ModelType(
        GBTClassifier,
        CLASSIFICATION,
        "MLlib's gradient-boosted trees, for two classes: each corrects the sum of those before.",
        aliases=("gbt_classifier",),
        binary=True,
        capabilities=TREES,
        compiles=compiled_trees,
    ),
    "linear_svc_classifier": ModelType(
        LinearSVC,
        CLASSIFICATION,
        "MLlib's linear support vector machine, for two classes.",
        aliases=("linear_svc",),
        binary=True,
        capabilities=LINEAR,
        remembers=_OBJECTIVE + _MEANS,
        compiles=compiled_svc,
    ),
    "logistic_reg": ModelType(
        LogisticRegression,
        CLASSIFICATION,
        "MLlib's logistic regression, of two classes or more, with an elastic net.",
        differs=_MATRICES,
        aliases=("logistic_regression",),
        capabilities=LINEAR,
        remembers=_OBJECTIVE + _MEANS,
        compiles=compiled_logistic,
    ),
    "multilayer_perceptron_classifier": ModelType(
        MultilayerPerceptronClassifier,
        CLASSIFICATION,
        "MLlib's multilayer perceptron. Without LAYERS it has one hidden layer, half as wide as "
        "features and classes together.",
        differs={**_MATRICES, "layers": {"minimum": 1}},
        completes=_layers,
        aliases=("mlp_classifier",),
        capabilities=PERCEPTRON,
        remembers=(*_OBJECTIVE, remembered_sample),
    ),
    "naive_bayes_classifier": ModelType(
        NaiveBayes,
        CLASSIFICATION,
        "MLlib's naive Bayes: of counts, of 0 and 1, or of numbers with a normal distribution in "
        "each class. Next to TYPE = 'naive_bayes_classifier', MODEL_TYPE is its own, too.",
        differs={
            "modelType": {
                "key": "NAIVE_BAYES_TYPE",
                "aliases": ("MODEL_TYPE",),
                "choices": ("multinomial", "bernoulli", "complement", "gaussian"),
            }
        },
        aliases=("naive_bayes",),
        counts=lambda params: params["modelType"] != "gaussian",
        capabilities=BAYES,
        remembers=_MEANS,
        compiles=compiled_bayes,
    ),
    "random_forest_classifier": ModelType(
        RandomForestClassifier,
        CLASSIFICATION,
        "MLlib's random forest: trees on samples of the rows, each split among some features.",
        differs=FOREST,
        capabilities=TREES,
        compiles=compiled_trees,
    ),
}
