"""``SELECT * FROM auto_features(table, target, …)``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyspark.sql import SparkSession

from sparkfl.sqlext.auto_features import OPTIONS, auto_features
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.statements.called import CalledStatement
from sparkfl.sqlext.statements.statement import Row
from sparkfl.sqlext.values import bound
from sparkfl.sqlext.views.found import COLUMNS

__all__ = ["AutoFeatures"]

_MORE = tuple(option.param for option in OPTIONS[1:])


@dataclass(frozen=True)
class AutoFeatures(CalledStatement):
    """Find features that help to predict a column of a table or of a query.

    In FROM it returns a row for each feature that was tried:

    - `rank`: its place among those that were chosen; NULL if it was not.
    - `feature`, `kind`, `definition`: its name, its kind, and what it is as SQL: an expression of
      the table's columns, or an aggregate of a feature view over `source`, a table of events.
    - `gain`: how much more of the target's variance (of a classification, of its classes'
      indicators) an additive model explains with it, of rows held out, beside the table's columns
      and those chosen before it. `gain_alone`: likewise, beside the table's columns only.

    In SELECT it returns those that were chosen as one text: `CREATE FEATURE VIEW`, or without
    `entity` the query of the table with them.

    What is tried of `types`: `'numeric'`, ratios, differences and products of pairs, logarithms
    and bins; `'categorical'`, the frequency, the target's mean of rows in other folds, deviations
    of numbers from the mean of a text; `'temporal'`, hour, weekday, month, day of the month, days
    between columns, and from them to `label_time`; `'relational'`, aggregations of `events`, each
    a source as of CREATE FEATURE VIEW, strictly before `label_time`, over `windows` of days
    (7, 30, 90) and all time. At most `max_candidates` (200) are tried on at most `max_rows`
    (20000), none after `max_seconds` (60), at most `max_features` (20) are chosen, each for at
    least `min_gain` (0.001). The result is the same for the same `seed` (42), unless the time ends
    it.

    `entity` names columns that are no features. With it `view => 'name'` creates a feature view,
    or its next version. It tries many models, so it must be the whole statement. The Python
    equivalent is `sparkfl.auto_features`.

    Examples
    --------
    .. code-block:: sql

        SELECT * FROM auto_features(
          'SELECT *, avg_order_value / (1 + total_orders) AS value_an_order FROM customers',
          'value_an_order', ARRAY('numeric'), max_candidates => 9)
    """

    function = "auto_features"
    names: ClassVar[tuple[str, ...]] = ("table", "target", "types", *_MORE)
    rows = COLUMNS

    def run(self, spark: SparkSession) -> list[Row]:
        """Try the features, and create the view if one is named."""
        given = {name: bound(value, spark) for name, value in self.found.arguments.items()}
        table, target, types = (given.pop(name, None) for name in self.names[:3])
        table = table.text if isinstance(table, Query) else table
        found = auto_features(
            table,  # type: ignore[arg-type]
            target,  # type: ignore[arg-type]
            types,  # type: ignore[arg-type]
            spark=spark,
            **given,
        )
        return found.rows if self.found.rows else [(found.view or found.query,)]
