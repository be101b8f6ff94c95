"""What is searched where a statement does not say, and by which metric."""

from __future__ import annotations

from collections.abc import Mapping

from sparkfl.options import Hparam

__all__ = ["METRICS", "MINIMISED", "OBJECTIVES", "SPACES", "metric_name"]

_TREES = {"NUM_TREES": Hparam(10, 60), "MAX_DEPTH": Hparam(3, 8)}
_GRADIENT = {
    "MAX_ITER": Hparam(10, 40),
    "MAX_DEPTH": Hparam(2, 6),
    "STEP_SIZE": Hparam(0.05, 0.3),
}
_LINEAR = {"REG_PARAM": Hparam(1e-4, 1.0), "ELASTIC_NET_PARAM": Hparam(candidates=(0.0, 0.5, 1.0))}
_BOOSTED = {
    "NUM_TREES": Hparam(20, 200),
    "MAX_DEPTH": Hparam(2, 8),
    "LEARNING_RATE": Hparam(0.02, 0.3),
    "SUBSAMPLE": Hparam(0.6, 1.0),
}
_NEIGHBOURS = {"NUM_NEIGHBORS": Hparam(1, 30)}
_CLUSTERS = {"NUM_CLUSTERS": Hparam(2, 10)}

SPACES: Mapping[str, Mapping[str, Hparam]] = {
    "bisecting_kmeans": _CLUSTERS,
    "decision_tree_classifier": {"MAX_DEPTH": Hparam(2, 10)},
    "decision_tree_regression": {"MAX_DEPTH": Hparam(2, 10)},
    "gaussian_mixture": _CLUSTERS,
    "gradient_boosted_tree_classifier": _GRADIENT,
    "gradient_boosted_tree_regression": _GRADIENT,
    "kmeans": _CLUSTERS,
    "lightgbm_classifier": _BOOSTED,
    "lightgbm_regressor": _BOOSTED,
    "knn_classifier": _NEIGHBOURS,
    "knn_regressor": _NEIGHBOURS,
    "lsh_knn_classifier": _NEIGHBOURS,
    "lsh_knn_regressor": _NEIGHBOURS,
    "linear_reg": _LINEAR,
    "logistic_reg": _LINEAR,
    "random_forest_classifier": _TREES,
    "random_forest_regression": _TREES,
    "xgboost_classifier": _BOOSTED,
    "xgboost_ranker": _BOOSTED,
    "xgboost_regressor": _BOOSTED,
}
"""What NUM_TRIALS searches of a type without an HPARAM_RANGE or HPARAM_CANDIDATES."""

METRICS: Mapping[str, str] = {
    "accuracy_score": "accuracy",
    "auc": "auc_roc",
    "calinski_harabasz_index": "calinski_harabasz",
    "davies_bouldin_index": "davies_bouldin",
    "f1_score": "f1",
    "mean_absolute_error": "mae",
    "mean_squared_error": "mse",
    "r2_score": "r2",
    "roc_auc": "auc_roc",
    "root_mean_squared_error": "rmse",
}
"""Other names of metrics, by which dialects ask for them."""


def metric_name(name: str) -> str:
    """Return what `model_evaluate` calls a metric, given any of its names.

    Examples
    --------
    >>> metric_name("ROC_AUC"), metric_name("f1")
    ('auc_roc', 'f1')
    """
    return METRICS.get(name.lower(), name.lower())


MINIMISED = frozenset(
    {"log_loss", "rmse", "mse", "mae", "davies_bouldin", "log_perplexity", "reconstruction_error"}
)
"""Metrics of which less is better."""

OBJECTIVES: Mapping[str, tuple[str, ...]] = {
    "classification": ("auc_roc", "f1"),
    "clustering": ("silhouette",),
    "dimensionality_reduction": ("reconstruction_error",),
    "ranking": ("ndcg",),
    "regression": ("r2", "rmse"),
    "topics": ("log_perplexity",),
}
"""What a search goes by if the statement does not say: the first that the models have."""
