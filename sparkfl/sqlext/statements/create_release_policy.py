"""``CREATE [OR REPLACE] RELEASE POLICY [IF NOT EXISTS] name [WITH (…)]``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.errors import PolicyExistsError
from sparkfl.options import Option
from sparkfl.privacy.policy import POLICY_OPTIONS, ReleasePolicy
from sparkfl.serving.catalog import qualified, registry
from sparkfl.sqlext.clauses.if_exists import IfExists, if_exists
from sparkfl.sqlext.clauses.options import options, options_sql
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import NOTHING, Row, Statement
from sparkfl.sqlext.values import bound_options

__all__ = ["CreateReleasePolicy"]


@dataclass(frozen=True)
class CreateReleasePolicy(Statement):
    """Keep under a name what stores ask of everything that they release.

    What is left out has a safe default. Federated models are trained under it by OPTIONS
    (RELEASE_POLICY = 'name'); a version keeps to the policy as it was then. A model and a policy
    may have the same name. With EPSILON releases are differentially private. The Python equivalent
    is `sparkfl.privacy.policy.ReleasePolicy`.

    Examples
    --------
    .. code-block:: sql

        CREATE OR REPLACE RELEASE POLICY careful
        WITH (ENTITY_KEY = customer_id, MIN_SIZE = 20, DOMINANCE = 0.4, ROUND = 5, GRID = 0.05);
        CREATE RELEASE POLICY IF NOT EXISTS safe_defaults;
        CREATE OR REPLACE RELEASE POLICY private
        WITH (ENTITY_KEY = customer_id, EPSILON = 1.0, DELTA = 1e-6, BUDGET = 10.0,
              BOUNDS = (total_orders BETWEEN 0 AND 50, avg_order_value BETWEEN 0 AND 500));
        CREATE OR REPLACE FEDERATED MODEL guarded
        PARTITION BY store_id
        OPTIONS (MODEL_TYPE = 'bisecting_kmeans', NUM_CLUSTERS = 2, RELEASE_POLICY = 'careful')
        AS SELECT store_id, customer_id, total_orders, avg_order_value FROM customers
    """

    options: ClassVar[Sequence[Option]] = POLICY_OPTIONS
    name: str
    when: IfExists
    given: Mapping[str, object]

    @classmethod
    def parse(cls, cursor: Cursor) -> CreateReleasePolicy:
        """Read the statement from its first word."""
        cursor.expect("CREATE")
        replace = cursor.accept("OR", "REPLACE")
        cursor.expect("RELEASE", "POLICY")
        when = if_exists(cursor, replace)
        name = cursor.model_name("release policy")
        given = options(cursor) if cursor.accept("WITH") else {}
        cursor.end()
        return cls(name, when, given)

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        given = f" {options_sql(self.given, 'WITH')}" if self.given else ""
        return f"{self.when.create_sql('RELEASE POLICY')} {quote(self.name)}{given}"

    @property
    def schema(self) -> StructType:
        """No columns."""
        return NOTHING

    def run(self, spark: SparkSession) -> list[Row]:
        """Check the policy and keep it.

        Raises
        ------
        ParameterError
            If a key is unknown, or a value not valid.
        PolicyExistsError
            If there is one, without OR REPLACE and IF NOT EXISTS.
        """
        given = bound_options(self.given, spark)
        policy = ReleasePolicy.of_options(given)
        policies, name = registry(spark), qualified(spark, self.name)
        policies.check_writable()
        try:
            policies.create_policy(name, policy.to_json(), self.when.replace)
        except PolicyExistsError:
            if not self.when.ignore:
                raise
        return []
