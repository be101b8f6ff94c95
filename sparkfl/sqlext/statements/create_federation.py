"""``CREATE FEDERATION [IF NOT EXISTS] name WITH (EXCHANGE = 'path', FEATURES = (…), …)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from sparkfl.columns import quote
from sparkfl.errors import FederationExistsError, FederationNotFoundError
from sparkfl.exchange.aggregator import Aggregator
from sparkfl.exchange.layout import check_store
from sparkfl.exchange.options import CONTRACT_OPTIONS, FEDERATION_OPTIONS
from sparkfl.options import Option, resolve, spelled
from sparkfl.serving.apart import aggregator, home
from sparkfl.sqlext.clauses.options import options, options_sql
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import Row, Statement
from sparkfl.sqlext.values import bound_options

__all__ = ["INVITED", "CreateFederation"]

INVITED = StructType([StructField("store", StringType()), StructField("invitation", StringType())])
"""The result of a statement that invites stores."""


@dataclass(frozen=True)
class CreateFederation(Statement):
    """Create a federation of stores that are on clusters of their own.

    This session is its aggregator: it sees what stores release to the exchange, signed by them,
    and never a row. It returns a row a store of STORES with its invitation, a secret which that
    store needs for JOIN FEDERATION. What all stores do alike is said here, once and for all. The
    aggregator's private key is kept in ``spark.sparkfl.federationHome``, by default
    ``~/.sparkfl/federations``. See `docs/federation.md`.

    Examples
    --------
    .. code-block:: sql

        CREATE FEDERATION consortium
        WITH (EXCHANGE = '/backup/exchange', STORES = ['south'],
              FEATURES = ['total_orders', 'avg_order_value'], NUM_CLUSTERS = 2, SCALING = 'none')
    """

    options: ClassVar[Sequence[Option]] = FEDERATION_OPTIONS
    name: str
    if_not_exists: bool
    given: Mapping[str, object]

    @classmethod
    def parse(cls, cursor: Cursor) -> CreateFederation:
        """Read the statement from its first word."""
        cursor.expect("CREATE", "FEDERATION")
        if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
        name = cursor.model_name("federation")
        cursor.expect("WITH")
        given = options(cursor)
        cursor.end()
        return cls(name, if_not_exists, given)

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        given = options_sql(self.given, "WITH")
        when = "IF NOT EXISTS " * self.if_not_exists
        return f"CREATE FEDERATION {when}{quote(self.name)} {given}"

    @property
    def schema(self) -> StructType:
        """The columns of `INVITED`."""
        return INVITED

    def run(self, spark: SparkSession) -> list[Row]:
        """Create, and invite.

        Raises
        ------
        ParameterError
            If an option is unknown, missing or not valid.
        FederationExistsError
            If there is one, without IF NOT EXISTS.
        """
        given = resolve(bound_options(self.given, spark), FEDERATION_OPTIONS, "A federation")
        stores = [check_store(store) for store in given["stores"]]
        if self.if_not_exists and _there(spark, self.name):
            return []
        agreed = {option.param for option in CONTRACT_OPTIONS}
        params = {key: value for key, value in given.items() if key in agreed}
        try:
            with spelled(FEDERATION_OPTIONS, lambda option: option.key):
                made = Aggregator.create(
                    self.name,
                    given["exchange"],
                    params,
                    home=home(spark),
                    model=given.get("model"),
                    bounds=given["bounds"],
                    max_weight=given["maxWeight"],
                    quorum=given.get("quorum"),
                    global_algorithm=given["globalAlgorithm"],
                    max_iter=given["maxIter"],
                    tol=given["tol"],
                    iteration_guard=given["iterationGuard"],
                    secure_aggregation=given["secureAggregation"],
                )
        except FederationExistsError:
            if not self.if_not_exists:
                raise
            return []
        return [(store, made.invite(store).text) for store in stores]


def _there(spark: SparkSession, name: str) -> bool:
    """Tell whether this session is the aggregator of a federation of a name."""
    try:
        aggregator(spark, name)
    except FederationNotFoundError:
        return False
    return True
