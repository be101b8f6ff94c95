"""``SELECT ml_register_model(model_name => 'm', model_version => '1.0.0', …)``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.errors import ParameterError
from sparkfl.registry import LABEL
from sparkfl.serving.catalog import find, registry
from sparkfl.sqlext.clauses.call import Call, call, call_sql
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.literals import literal_sql
from sparkfl.sqlext.statements.ml_train import as_called, called_schema, text_of
from sparkfl.sqlext.statements.statement import CREATED, Row, Statement, created_row
from sparkfl.sqlext.values import bound

__all__ = ["MlRegisterModel"]

_NAMES = ("model_name", "model_version")


@dataclass(frozen=True)
class MlRegisterModel(Statement):
    """Give the latest version of a model a number of the user's own, and facts about it.

    Training registers every version by itself; this says that the latest one is, say, '1.0.0', by
    which `model_predict`, `ml_compare_models` and all others find it from then on. What else is
    given, such as `accuracy` or `production_ready`, is kept as tags of the version, and listed by
    `ml_model_registry`. In SELECT it returns the name of the version, such as `churn$3`.

    Examples
    --------
    .. code-block:: sql

        SELECT ml_register_model(model_name => 'segments', model_version => '1.0.0',
                                 production_ready => true)
    """

    found: Call

    @classmethod
    def parse(cls, cursor: Cursor) -> MlRegisterModel:
        """Read the statement from its first word."""
        statement = cls(call(cursor, "ml_register_model", _NAMES, more=True))
        for name in _NAMES:
            if name not in statement.found.arguments:
                raise cursor.error(
                    f"ml_register_model takes {', '.join(_NAMES)}, and facts by "
                    f"their names: there is no {name}"
                )
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return call_sql("ml_register_model", self.found)

    @property
    def schema(self) -> StructType:
        """`model_id`, `model_name`, `version` in FROM; else one column, the version's name."""
        return CREATED if self.found.rows else called_schema(self.found, "ml_register_model")

    def run(self, spark: SparkSession) -> list[Row]:
        """Tag the latest version.

        Raises
        ------
        ParameterError
            If another version has that number.
        """
        name = text_of(self.found, "model_name", spark, "ml_register_model")
        label = text_of(self.found, "model_version", spark, "ml_register_model")
        latest, models = find(spark, name), registry(spark)
        if label.isdigit() or label.lower() == "latest" or label in models.aliases(latest.name):
            raise ParameterError(
                f"ml_register_model: model_version = {label!r} stands for a version already; "
                "choose one such as '1.0.0'."
            )
        for other in models.versions(latest.name):
            if other.tags.get(LABEL) == label and other.version != latest.version:
                raise ParameterError(
                    f"Version {other.version} of model {latest.name!r} is {label!r} already; the "
                    f"latest is {latest.version}. Choose another model_version."
                )
        tags = {
            key: _text(bound(value, spark))
            for key, value in self.found.arguments.items()
            if key not in _NAMES
        }
        models.set_tags(latest.name, {**tags, LABEL: label}, latest.version)
        return as_called([created_row(latest)], self.found)


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(literal_sql(value)).lower()  # type: ignore[arg-type]
