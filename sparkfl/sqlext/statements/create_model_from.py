"""``CREATE [OR REPLACE] MODEL [IF NOT EXISTS] name FROM 'uri'``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.errors import ModelExistsError
from sparkfl.serving.catalog import qualified, registry
from sparkfl.sqlext.clauses.if_exists import IfExists, if_exists
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.literals import literal_sql
from sparkfl.sqlext.statements.statement import CREATED, Row, Statement, created_row

__all__ = ["CreateModelFrom"]


@dataclass(frozen=True)
class CreateModelFrom(Statement):
    """Register a model that is there already: one of MLflow, or what EXPORT MODEL wrote.

    A model of MLflow needs a signature of named columns; `model_predict` runs it in workers.

    Examples
    --------
    .. code-block:: sql

        CREATE MODEL fraud FROM 'models:/fraud_sklearn/3';
        CREATE MODEL segments FROM '/backup/segments'
    """

    name: str
    when: IfExists
    uri: str

    @classmethod
    def parse(cls, cursor: Cursor) -> CreateModelFrom:
        """Read the statement from its first word."""
        cursor.expect("CREATE")
        replace = cursor.accept("OR", "REPLACE")
        cursor.expect("MODEL")
        when = if_exists(cursor, replace)
        name = cursor.model_name()
        cursor.expect("FROM")
        return cls.rest(cursor, name, when)

    @classmethod
    def rest(cls, cursor: Cursor, name: str, when: IfExists) -> CreateModelFrom:
        """Read what follows FROM."""
        uri = str(cursor.literal("the address of a model as a string"))
        cursor.end()
        return cls(name, when, uri)

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"{self.when.create_sql('MODEL')} {quote(self.name)} FROM {literal_sql(self.uri)}"

    @property
    def schema(self) -> StructType:
        """`model_id`, `model_name`, `version`."""
        return CREATED

    def run(self, spark: SparkSession) -> list[Row]:
        """Fetch the files and register them.

        Raises
        ------
        ModelExistsError
            If the name is taken, without OR REPLACE and IF NOT EXISTS.
        ParameterError
            If there is no model at the address.
        """
        models, name = registry(spark), qualified(spark, self.name)
        if models.exists(name):
            if self.when.ignore:
                return [created_row(models.get(name))]
            if not self.when.replace:
                raise ModelExistsError(
                    f"Model {name} exists. CREATE OR REPLACE MODEL makes its next version."
                )
        models.check_writable()
        if_exists: Literal["replace", "error"] = "replace" if self.when.replace else "error"
        return [created_row(models.register_files(name, self.uri, if_exists))]
