"""Gradient boosting by libraries of its own: XGBoost and LightGBM."""

from __future__ import annotations

from sparkfl.models.answers.boosted import (
    lightgbm_contributions,
    lightgbm_gains,
    xgboost_contributions,
    xgboost_gains,
)
from sparkfl.models.frame_type import FrameType
from sparkfl.models.tasks import CLASSIFICATION, REGRESSION
from sparkfl.models.types.explained import BOOSTED
from sparkfl.options import Option

__all__ = ["BOOSTING_TYPES"]

_SEED = Option("random_state", int, 0, "Seed.", minimum=0, maximum=2**31 - 1, key="SEED")
_COMMON = (
    Option(
        "n_estimators",
        int,
        100,
        "How many trees.",
        minimum=1,
        aliases=("NUM_TREES", "MAX_ITER", "MAX_ITERATIONS", "NUM_ROUND"),
    ),
    Option("learning_rate", float, None, "How much each tree counts.", above=0.0, aliases=("ETA",)),
    Option("max_depth", int, None, "How many questions deep a tree is at most."),
    Option("subsample", float, None, "Share of the rows for each tree.", above=0.0, maximum=1.0),
    Option(
        "colsample_bytree",
        float,
        None,
        "Share of the features for each tree.",
        above=0.0,
        maximum=1.0,
    ),
    Option("reg_alpha", float, None, "Weight of the absolute leaf values.", minimum=0.0),
    Option("reg_lambda", float, None, "Weight of the squared leaf values.", minimum=0.0),
    Option("min_child_weight", float, None, "Least weight of a leaf.", minimum=0.0),
    Option("objective", str, None, "What is minimised, by the library's name of it."),
    Option("scale_pos_weight", float, None, "Weight of the positive class.", above=0.0),
    _SEED,
)
_XGBOOST = (
    *_COMMON,
    Option("gamma", float, None, "Least gain of a split.", minimum=0.0),
    Option("max_bin", int, None, "Bins of a feature.", minimum=2),
    Option(
        "tree_method",
        str,
        None,
        "How splits are found.",
        choices=("auto", "exact", "approx", "hist"),
    ),
    Option("booster", str, None, "What is boosted.", choices=("gbtree", "gblinear", "dart")),
)
_LIGHTGBM = (
    *_COMMON,
    Option("num_leaves", int, None, "Most leaves of a tree.", minimum=2),
    Option("min_child_samples", int, None, "Least rows of a leaf.", minimum=1),
    Option(
        "boosting_type",
        str,
        None,
        "What is boosted.",
        choices=("gbdt", "dart", "rf"),
        key="BOOSTER",
    ),
)
_ONE_THREAD = {"n_jobs": 1}
_CLASSES = ("predictionCol", "probabilityCol")

BOOSTING_TYPES = {
    "lightgbm_classifier": FrameType(
        "lightgbm.LGBMClassifier",
        CLASSIFICATION,
        "LightGBM's gradient-boosted trees, which grow leaf by leaf.",
        own=_LIGHTGBM,
        package="lightgbm",
        capabilities=BOOSTED,
        contributions=lightgbm_contributions,
        gains=lightgbm_gains,
        params={**_ONE_THREAD, "verbose": -1},
        gives=_CLASSES,
    ),
    "lightgbm_regressor": FrameType(
        "lightgbm.LGBMRegressor",
        REGRESSION,
        "LightGBM's gradient-boosted trees, which grow leaf by leaf.",
        own=_LIGHTGBM,
        package="lightgbm",
        capabilities=BOOSTED,
        contributions=lightgbm_contributions,
        gains=lightgbm_gains,
        params={**_ONE_THREAD, "verbose": -1},
    ),
    "xgboost_classifier": FrameType(
        "xgboost.XGBClassifier",
        CLASSIFICATION,
        "XGBoost's gradient-boosted trees.",
        own=_XGBOOST,
        package="xgboost",
        capabilities=BOOSTED,
        contributions=xgboost_contributions,
        gains=xgboost_gains,
        params=_ONE_THREAD,
        gives=_CLASSES,
    ),
    "xgboost_regressor": FrameType(
        "xgboost.XGBRegressor",
        REGRESSION,
        "XGBoost's gradient-boosted trees.",
        own=_XGBOOST,
        package="xgboost",
        capabilities=BOOSTED,
        contributions=xgboost_contributions,
        gains=xgboost_gains,
        params=_ONE_THREAD,
    ),
}
