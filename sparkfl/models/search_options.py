"""Options of a search for the best values of the others."""

from __future__ import annotations

from sparkfl.options import Option

__all__ = ["SEARCH_OPTIONS"]

SEARCH_OPTIONS = (
    Option(
        "numTrials",
        int,
        None,
        "How many combinations of values are tried; the best model is kept. 10 by default, if an "
        "option is HPARAM_RANGE(low, high) or HPARAM_CANDIDATES([…]); without such an option what "
        "is usual for the type is searched.",
        key="NUM_TRIALS",
        minimum=1,
        maximum=1000,
    ),
    Option(
        "objectives",
        "strings",
        None,
        "The metric that says which is best, one of `model_evaluate`; by default `auc_roc` of a "
        "classification of two classes and `f1` of more, `r2`, `silhouette`, `log_perplexity`, "
        "`reconstruction_error`, `ndcg`.",
        key="HPARAM_TUNING_OBJECTIVES",
    ),
    Option(
        "algorithm",
        str,
        "tpe",
        "How values are chosen: by a tree of Parzen estimators (Bergstra et al. 2011), or at "
        "random.",
        key="HPARAM_TUNING_ALGORITHM",
        choices=("tpe", "random_search", "vizier_default"),
    ),
    Option(
        "earlyStoppingTrials",
        int,
        None,
        "Trials without a better model after which no further one begins.",
        minimum=1,
    ),
    Option(
        "timeLimit",
        float,
        None,
        "Seconds after which no further trial begins.",
        key="TIME_LIMIT",
        above=0.0,
    ),
)
