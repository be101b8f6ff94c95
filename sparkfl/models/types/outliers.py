"""The types that find outliers."""

from __future__ import annotations

from sparkfl.models.frame_type import FrameType
from sparkfl.models.model_type import DEFAULT_SEED
from sparkfl.models.tasks import ANOMALY
from sparkfl.models.types.explained import SAMPLED
from sparkfl.options import Option

__all__ = ["OUTLIER_TYPES"]

OUTLIER_TYPES = {
    "isolation_forest": FrameType(
        "sklearn.ensemble.IsolationForest",
        ANOMALY,
        "scikit-learn's isolation forest: rows that few random questions set apart are anomalies.",
        own=(
            Option("n_estimators", int, 100, "How many trees.", minimum=1, aliases=("NUM_TREES",)),
            Option("max_samples", int, None, "Rows for each tree, 256 if there are.", minimum=2),
            Option(
                "contamination",
                float,
                0.1,
                "Share of the training rows that are anomalies.",
                above=0.0,
                maximum=0.5,
            ),
            Option("max_features", float, 1.0, "Share of the features.", above=0.0, maximum=1.0),
            Option("bootstrap", bool, False, "Whether rows are drawn with replacement."),
            Option(
                "random_state",
                int,
                DEFAULT_SEED % 2**32,
                "Seed of the trees.",
                minimum=0,
                maximum=2**32 - 1,
                key="SEED",
            ),
        ),
        capabilities=SAMPLED,
        gives=("predictionCol", "scoreCol"),
    ),
}
