"""Feature views that a query names as it does tables."""

from __future__ import annotations

import logging

from pyspark.sql import DataFrame, SparkSession

from sparkfl.errors import RegistryError
from sparkfl.features.views.relation import is_reading
from sparkfl.registry import TRACKING_URI, StoredFeatureView, is_made
from sparkfl.registry.names import is_name
from sparkfl.serving.catalog import qualified, registry, versioned
from sparkfl.serving.feature_views import opened

__all__ = ["known_view", "named_view"]

_logger = logging.getLogger(__name__)


def known_view(spark: SparkSession, name: str) -> StoredFeatureView | None:
    """Return the feature view of a name that Spark does not know: ``v``, ``schema.v`` or ``v$2``.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        The session of the query.
    name : str
        The name, its parts joined by dots.

    Returns
    -------
    StoredFeatureView or None
        None if there is none. A registry that does not answer is told in the log: what nobody
        knows has Spark's own error.

    Raises
    ------
    FeatureViewNotFoundError
        If the view has no such version.
    """
    view, version = versioned(name)
    own = qualified(spark, view)
    if not is_name(own) or not is_made(spark.conf.get(TRACKING_URI, None)):
        return None
    try:
        views = registry(spark)
        stored = views.known_feature_view(own)
    except RegistryError as error:
        _logger.warning("Whether %s is a feature view is not known: %s", name, error)
        return None
    return stored if stored is None or version is None else views.feature_view(own, version)


def named_view(spark: SparkSession, name: str) -> DataFrame | None:
    """Return the features as of now of what a query names and Spark does not know.

    Returns
    -------
    pyspark.sql.DataFrame or None
        None if it is no feature view, or a source of one is being read.

    Raises
    ------
    FeatureViewNotFoundError
        If the view has no such version.
    SchemaError, StorageError
        If one of its sources cannot be read.
    """
    stored = None if is_reading() else known_view(spark, name)
    return None if stored is None else opened(stored).features(spark=spark)
