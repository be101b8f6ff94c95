"""Federations of stores apart, from SQL: where a session keeps its keys, and a store's part."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from sparkfl.errors import FederationNotFoundError, ModelNotFoundError, ParameterError
from sparkfl.exchange.aggregator import Aggregator
from sparkfl.exchange.member import Member
from sparkfl.exchange.options import STORE_OPTIONS
from sparkfl.exchange.store_round import teller
from sparkfl.exchange.versions import register_fetched
from sparkfl.options import Option, resolve
from sparkfl.registry import ModelVersion
from sparkfl.serving.catalog import registry
from sparkfl.serving.federated import with_policy

__all__ = ["HOME", "PART_OPTIONS", "aggregator", "forget", "home", "role_of", "take_part"]

HOME = "spark.sparkfl.federationHome"
"""The setting of a session that says where the private keys of its federations are."""

_FEDERATION = Option(
    "federation",
    str,
    doc="Federation of which this is one store; it was joined by JOIN FEDERATION.",
    required=True,
)

PART_OPTIONS = (
    _FEDERATION,
    Option("role", str, "store", "What this cluster is in it.", choices=("store",)),
    *STORE_OPTIONS,
)
"""OPTIONS of CREATE FEDERATED MODEL at a store of a federation."""


def home(spark: SparkSession) -> Path | None:
    """Return the folder of the private keys; None for the default."""
    given = spark.conf.get(HOME, None)
    return None if given is None else Path(given)


def aggregator(spark: SparkSession, name: str) -> Aggregator:
    """Return the aggregator of a federation that was created here."""
    return Aggregator(name, home(spark))


def take_part(
    rows: DataFrame, name: str, store: str, options: Mapping[str, Any], tags: Mapping[str, str]
) -> ModelVersion | None:
    """Release what is due of a store, and register the global model if there is one.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        The store's rows.
    name : str
        The model's name in the store's registry.
    store : str
        The column of PARTITION BY; the federation's, or empty for that.
    options : mapping of str to object
        OPTIONS, those of `PART_OPTIONS`.
    tags : mapping of str to str
        Further tags of the version.

    Returns
    -------
    ModelVersion or None
        The version of the global model; None before there is one.

    Raises
    ------
    FederationNotFoundError
        If the federation was not joined here.
    ParameterError
        If an option is not a store's to decide.
    """
    spark = rows.sparkSession
    options, _ = with_policy(spark, options)
    given = resolve(options, PART_OPTIONS, "A store's part in a federation")
    member = Member(given["federation"], home(spark))
    column = member.contract.params["storeCol"]
    if store and store.lower() != column.lower():
        raise ParameterError(
            f"PARTITION BY is {store!r}; the stores of federation {given['federation']!r} have "
            f"agreed on {column!r}."
        )
    how = given.get("releasePolicy"), given.get("guardPath"), given["iterationGuard"]
    told = teller(member, rows, *how)
    member.take_part(told, given["wait"])
    try:
        fetched = member.fetch()
    except ModelNotFoundError:
        return None
    return register_fetched(registry(spark), name, fetched, tags)


def role_of(spark: SparkSession, name: str) -> Aggregator | Member:
    """Return what this session is in a federation: its aggregator, or a store.

    Raises
    ------
    FederationNotFoundError
        If it is neither.
    """
    try:
        return aggregator(spark, name)
    except FederationNotFoundError:
        return Member(name, home(spark))


def forget(spark: SparkSession, name: str) -> None:
    """Forget a federation; a store that has not left it leaves first.

    Raises
    ------
    FederationNotFoundError
        If it was neither created nor joined here.
    """
    party = role_of(spark, name)
    if isinstance(party, Member):
        party.leave()
    party.forget()
