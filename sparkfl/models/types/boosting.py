"""Gradient boosting by libraries of its own: XGBoost and LightGBM."""

from __future__ import annotations

from sparkfl.models.answers.boosted import (
    lightgbm_contributions,
    lightgbm_gains,
    xgboost_contributions,
    xgboost_gains,
)
from sparkfl.models.estimators.xgboost_workers import fit_xgboost
from sparkfl.models.frame_type import EARLY_STOPPING, NUM_WORKERS, FrameType
from sparkfl.models.tasks import CLASSIFICATION, RANKING, REGRESSION
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
    Option(
        "learning_rate",
        float,
        None,
        "How much each tree counts.",
        above=0.0,
        aliases=("ETA", "LEARN_RATE"),
    ),
    Option(
        "max_depth",
        int,
        None,
        "How many questions deep a tree is at most.",
        aliases=("MAX_TREE_DEPTH",),
    ),
    Option("subsample", float, None, "Share of the rows for each tree.", above=0.0, maximum=1.0),
    Option(
        "colsample_bytree",
        float,
        None,
        "Share of the features for each tree.",
        above=0.0,
        maximum=1.0,
    ),
    Option(
        "reg_alpha",
        float,
        None,
        "Weight of the absolute leaf values.",
        minimum=0.0,
        aliases=("L1_REG",),
    ),
    Option(
        "reg_lambda",
        float,
        None,
        "Weight of the squared leaf values.",
        minimum=0.0,
        aliases=("L2_REG",),
    ),
    Option(
        "min_child_weight",
        float,
        None,
        "Least weight of a leaf.",
        minimum=0.0,
        aliases=("MIN_TREE_CHILD_WEIGHT",),
    ),
    Option("objective", str, None, "What is minimised, by the library's name of it."),
    Option("scale_pos_weight", float, None, "Weight of the positive class.", above=0.0),
    _SEED,
    *EARLY_STOPPING,
)
_XGBOOST = (
    *_COMMON,
    Option(
        "gamma", float, None, "Least gain of a split.", minimum=0.0, aliases=("MIN_SPLIT_LOSS",)
    ),
    Option("num_parallel_tree", int, None, "Trees of each round, as of a forest.", minimum=1),
    Option("colsample_bylevel", float, None, "Share of them for a level.", above=0.0, maximum=1.0),
    Option("colsample_bynode", float, None, "Share of them for a split.", above=0.0, maximum=1.0),
    Option("max_bin", int, None, "Bins of a feature.", minimum=2),
    Option(
        "tree_method",
        str,
        None,
        "How splits are found.",
        choices=("auto", "exact", "approx", "hist"),
    ),
    Option(
        "booster",
        str,
        None,
        "What is boosted.",
        choices=("gbtree", "gblinear", "dart"),
        aliases=("BOOSTER_TYPE",),
    ),
    NUM_WORKERS,
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
_RANKS = (
    Option(
        "ndcg_exp_gain",
        bool,
        None,
        "Whether the gain of a relevance r is 2^r - 1, for which it is 31 at most, or r itself.",
    ),
    Option(
        "lambdarank_pair_method",
        str,
        None,
        "Which pairs of a query are compared.",
        choices=("topk", "mean"),
    ),
    Option(
        "lambdarank_num_pair_per_sample",
        int,
        None,
        "How many of the best, or pairs a row.",
        minimum=1,
    ),
)
_ONE_THREAD = {"n_jobs": 1}
_CLASSES = ("predictionCol", "probabilityCol")


def _of_ranker() -> tuple[Option, ...]:
    """Return the options of a ranker; rows held out to stop by would need queries of their own."""
    left_out = {*EARLY_STOPPING, next(o for o in _XGBOOST if o.param == "scale_pos_weight")}
    return (*[option for option in _XGBOOST if option not in left_out], *_RANKS)


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
        aliases=("boosted_tree_classifier",),
        distributed=fit_xgboost,
        contributions=xgboost_contributions,
        gains=xgboost_gains,
        params=_ONE_THREAD,
        gives=_CLASSES,
    ),
    "xgboost_ranker": FrameType(
        "xgboost.XGBRanker",
        RANKING,
        "XGBoost's gradient-boosted trees that learn to rank the rows of each query, by LambdaMART "
        "(Burges 2010).",
        own=_of_ranker(),
        package="xgboost",
        capabilities=BOOSTED,
        distributed=fit_xgboost,
        contributions=xgboost_contributions,
        gains=xgboost_gains,
        params=_ONE_THREAD,
        weights=False,
        queries=True,
    ),
    "xgboost_regressor": FrameType(
        "xgboost.XGBRegressor",
        REGRESSION,
        "XGBoost's gradient-boosted trees.",
        own=_XGBOOST,
        package="xgboost",
        capabilities=BOOSTED,
        aliases=("boosted_tree_regressor",),
        distributed=fit_xgboost,
        contributions=xgboost_contributions,
        gains=xgboost_gains,
        params=_ONE_THREAD,
    ),
}
