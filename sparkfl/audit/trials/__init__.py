"""The trials, a row of the table each: a new one is a function and one line here."""

from __future__ import annotations

from sparkfl.audit.interval import advantage, auc, share
from sparkfl.audit.trial import Trial
from sparkfl.audit.trials.aggregator import sums_read
from sparkfl.audit.trials.differencing import (
    across_rounds,
    differencing,
    enumeration,
    histogram,
    retraining,
)
from sparkfl.audit.trials.guard import held_back, told_of_few
from sparkfl.audit.trials.membership import attribute, membership
from sparkfl.audit.trials.neighbours import least_epsilon
from sparkfl.audit.trials.singleton import dominated, equal_customers, rows_of_one, singletons
from sparkfl.audit.trials.wire import leaking

__all__ = ["EPSILON", "TRIALS"]

EPSILON = "epsilon"

_OUTLIER, _TYPICAL = "membership of an outlier", "membership of a typical customer"
_STORES, _AUC = "share of stores that give away a row", "AUC"
_ROWS, _CHANGES = "share of pairs that give away a row", "share of changes"

TRIALS: tuple[Trial, ...] = (
    Trial("wire and canary", "share of tiny stores with a cell outside", 0.0, leaking, 0.5, share),
    Trial("singleton recovery", _STORES, 0.0, singletons, 0.3, share),
    Trial("ten equal customers", _STORES, 0.0, equal_customers, 0.3, share),
    Trial("ten rows of one customer", _STORES, 0.0, rows_of_one, 0.15, share),
    Trial("dominance", "share of stores, largest value within 5 %", 0.05, dominated, 0.3, share),
    Trial(
        f"{_OUTLIER}, by the nearest mean", _AUC, 0.55, membership("nearest mean", True), 0.65, auc
    ),
    Trial(f"{_OUTLIER}, by spread", _AUC, 0.55, membership("spread", True), 0.65, auc),
    Trial(
        f"{_TYPICAL}, by the nearest mean", _AUC, 0.55, membership("nearest mean", False), 0.65, auc
    ),
    Trial(f"{_TYPICAL}, by spread", _AUC, 0.55, membership("spread", False), 0.65, auc),
    Trial(
        "attribute inference", "advantage over customers not there", 0.05, attribute, 0.1, advantage
    ),
    Trial("differencing of clusters", _ROWS, 0.0, differencing("clusters"), 0.3, share),
    Trial("differencing of moments", _ROWS, 0.0, differencing("moments"), 0.3, share),
    Trial("differencing of marginals", _ROWS, 0.0, differencing("marginals"), 0.3, share),
    Trial("differencing of the histogram", "share of scores read off", 0.0, histogram, 0.3, share),
    Trial("enumeration of a fingerprint", _ROWS, 0.0, enumeration, 0.3, share),
    Trial("other options on the same rows", _STORES, 0.0, retraining, 0.3, share),
    Trial("reconstruction over rounds", _STORES, 0.0, across_rounds, 0.3, share),
    Trial(
        "aggregator reads a store's sums",
        "share of stores whose sums are read exactly",
        0.0,
        sums_read,
        0.5,
        share,
    ),
    Trial("small changes that are told", _CHANGES, 0.0, told_of_few, 0.3, share),
    Trial("harmless changes held back", _CHANGES, 0.0, held_back, 0.0),
    Trial(EPSILON, "lower bound; 4.0 is the most that 400 runs show", 1.0, least_epsilon, 1.0),
)
"""In the order of the table's rows; the target of the last is the epsilon that is stated."""
