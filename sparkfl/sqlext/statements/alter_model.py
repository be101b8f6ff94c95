"""``ALTER MODEL name SET | UNSET ALIAS | SET | UNSET TAGS | RENAME TO | DROP PARTITION …``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.errors import ParameterError
from sparkfl.serving.catalog import find, registry, versioned
from sparkfl.sqlext.clauses.change import Change, change
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import NOTHING, Row, Statement

__all__ = ["AlterModel"]


@dataclass(frozen=True)
class AlterModel(Statement):
    """Change what a model is called, or is said of it; nothing is trained.

    An alias stands for one version, as ``champion`` does in ``name@champion``. Tags are those of
    the model as a whole, of a version where the name has one: ``name$3``. DROP PARTITION makes the
    next version of a federated model, without some of its stores: what they released, their
    verdicts and their local models are gone, and the global clusters are made anew of what the
    others released. The query stays, so that REFRESH MODEL brings them back if it has their rows.

    Examples
    --------
    .. code-block:: sql

        ALTER MODEL segments SET ALIAS champion = 3;
        ALTER MODEL segments UNSET ALIAS champion;
        ALTER MODEL segments SET TAGS (owner = 'marketing', 'review due' = '2027-01-01');
        ALTER MODEL segments$3 SET TAGS (reviewed = 'yes');
        ALTER MODEL segments UNSET TAGS (owner);
        ALTER MODEL segments RENAME TO customer_segments;
        ALTER MODEL shops DROP PARTITION ('north')
    """

    name: str
    change: Change

    @classmethod
    def parse(cls, cursor: Cursor) -> AlterModel:
        """Read the statement from its first word."""
        cursor.expect("ALTER", "MODEL")
        statement = cls(cursor.model(), change(cursor))
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"ALTER MODEL {quote(self.name)} {self.change.sql}"

    @property
    def schema(self) -> StructType:
        """No columns."""
        return NOTHING

    def run(self, spark: SparkSession) -> list[Row]:
        """Change it.

        Raises
        ------
        ModelNotFoundError
            If there is no such model or version.
        ParameterError
            If there is no such alias or tag, or a name is not valid.
        """
        name, own = versioned(self.name)
        if own is not None and not self.change.of_version:
            raise ParameterError(
                f"{self.change.words} is of a model, not of a version: ALTER MODEL {name}."
            )
        models = registry(spark)
        models.check_writable()
        self.change.apply(spark, models, find(spark, name).name, own)
        return []
