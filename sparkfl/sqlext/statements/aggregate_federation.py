"""``AGGREGATE FEDERATION name [QUORUM n] [DEADLINE 'time']``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import IntegerType, StringType, StructField, StructType

from sparkfl.columns import quote
from sparkfl.errors import ParameterError
from sparkfl.exchange.versions import aggregate_into
from sparkfl.serving.apart import aggregator
from sparkfl.serving.catalog import registry
from sparkfl.sqlext.clauses.duration import seconds_of
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.literals import literal_sql
from sparkfl.sqlext.statements.statement import Row, Statement

__all__ = ["AggregateFederation"]


@dataclass(frozen=True)
class AggregateFederation(Statement):
    """Close the steps of the open round for which stores have released; register the global model.

    A step is closed when all members have released for it; with QUORUM, as soon as so many have;
    with DEADLINE, after so long at the latest. It needs more than half of the members in any case,
    or as many as QUORUM says here or in CREATE FEDERATION. What a store has released that breaks
    the contract counts as not released; the round goes on without. The result has a row a step
    that was closed, and the version of the model if the round is complete. A round of sums by
    secure aggregation is abandoned where too few stores are left; SHOW FEDERATION says why.

    Examples
    --------
    .. code-block:: sql

        AGGREGATE FEDERATION consortium QUORUM 1
    """

    name: str
    quorum: int | None
    deadline: str | None

    @classmethod
    def parse(cls, cursor: Cursor) -> AggregateFederation:
        """Read the statement from its first word."""
        cursor.expect("AGGREGATE", "FEDERATION")
        name = cursor.model_name("federation")
        quorum = deadline = None
        if cursor.accept("QUORUM"):
            found = cursor.literal("a number of stores")
            if isinstance(found, bool) or not isinstance(found, int):
                raise ParameterError(f"QUORUM is {found!r}; give a number of stores.")
            quorum = found
        if cursor.accept("DEADLINE"):
            deadline = str(cursor.literal("a length of time such as '10 minutes'"))
        cursor.end()
        return cls(name, quorum, deadline)

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        quorum = "" if self.quorum is None else f" QUORUM {self.quorum}"
        deadline = "" if self.deadline is None else f" DEADLINE {literal_sql(self.deadline)}"
        return f"AGGREGATE FEDERATION {quote(self.name)}{quorum}{deadline}"

    @property
    def schema(self) -> StructType:
        """A row a step: its stores, and the model's version if it ends the round."""
        return StructType(
            [
                StructField("round", IntegerType()),
                StructField("step", StringType()),
                StructField("accepted", IntegerType()),
                StructField("refused", IntegerType()),
                StructField("missing", IntegerType()),
                StructField("model_name", StringType()),
                StructField("version", IntegerType()),
            ]
        )

    def run(self, spark: SparkSession) -> list[Row]:
        """Aggregate.

        Raises
        ------
        FederationNotFoundError
            If this session is not its aggregator.
        QuorumError
            If too few stores have released; what was closed stands.
        """
        if self.quorum is not None and self.quorum < 1:
            raise ParameterError(f"QUORUM is {self.quorum}; at least one store is needed.")
        seconds = None if self.deadline is None else seconds_of(self.deadline, "DEADLINE")
        own = aggregator(spark, self.name)
        done, version = aggregate_into(registry(spark), own, self.quorum, seconds)
        last = own.history.contract.steps[-1]
        rows: list[Row] = []
        for record in done.steps:
            reasons = [verdict.reason for verdict in record.verdicts.values()]
            abandoned = "abandoned" in record.result
            made = version if record.step == last and not abandoned else None
            rows.append(
                (
                    record.round,
                    f"{record.step}, abandoned" if abandoned else record.step,
                    sum(reason == "accepted" for reason in reasons),
                    sum(reason.refuses for reason in reasons),
                    sum(reason == "missing" for reason in reasons),
                    made and made.name,
                    made and made.version,
                )
            )
        if not rows and version is not None and done.standing is not None:
            taken = len(done.standing.data.stores())
            state = "revision" if done.revised else "registration"
            rows.append((done.standing.round, state, taken, 0, 0, version.name, version.version))
        return rows
