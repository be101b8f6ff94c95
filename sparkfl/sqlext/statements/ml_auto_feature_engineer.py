"""``SELECT * FROM ml_auto_feature_engineer(table_name => …, target => …, …)``."""

from __future__ import annotations

from dataclasses import dataclass

from sparkfl.sqlext.statements.auto_features import AutoFeatures

__all__ = ["MlAutoFeatureEngineer"]


@dataclass(frozen=True)
class MlAutoFeatureEngineer(AutoFeatures):
    """Find features that help to predict a column, as HeliosDB names it.

    It is `auto_features` with `table_name` for `table`, and `feature_types` for `types`; all other
    arguments, and what it returns, are the same. `'relational'` features are made of `events`:
    without any, it is passed over.

    Examples
    --------
    .. code-block:: sql

        SELECT ml_auto_feature_engineer(table_name => 'customers', target => 'total_orders',
                                        feature_types => ARRAY('numeric'), max_candidates => 6)
    """

    function = "ml_auto_feature_engineer"
    names = ("table_name", "target", "feature_types", *AutoFeatures.names[3:])
