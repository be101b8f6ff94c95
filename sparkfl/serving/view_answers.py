"""What can be asked of a feature view."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyspark.sql import DataFrame

from sparkfl.serving.feature_quality import feature_quality
from sparkfl.serving.feature_views import feature_join, feature_view

__all__ = ["OF_VIEWS"]

OF_VIEWS: Mapping[str, Callable[..., DataFrame]] = {
    "feature_join": feature_join,
    "feature_quality": feature_quality,
    "feature_view": feature_view,
}
"""What is asked of a view: ``answer(session, view, query, **options)``."""
