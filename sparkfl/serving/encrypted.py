"""A model's sums for encrypted prediction, without SQL: to describe them, and to evaluate them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkfl.encryption import Forms
from sparkfl.errors import CapabilityError
from sparkfl.execution.encrypted import EncryptedAnswer
from sparkfl.serving.catalog import find, load
from sparkfl.serving.families import family

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["encrypted_model"]


def encrypted_model(spark: SparkSession, name: str, version: int | str | None = None) -> Forms:
    """Return what a registered model is for encrypted prediction.

    Its `description` goes to clients; the rest stays with the model's holder, who may answer
    requests by `sparkfl.encryption.evaluate` wherever there is no Spark.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        A session; it finds the registry.
    name : str
        The model, as SQL names it.
    version : int or str, optional
        A version or an alias; the latest by default.

    Raises
    ------
    ModelNotFoundError
        If there is no such model or version.
    CapabilityError
        If it is more than sums of weighted features or squares.
    """
    found = find(spark, name, version)
    answer = family(found).capabilities.get("predict_encrypted")
    if not isinstance(answer, EncryptedAnswer):
        raise CapabilityError(
            f"{name!r} is a model of type {found.model_type}, which is more than sums of weighted "
            "features or squares: ciphertext can be weighed and added up, and no more."
        )
    return answer.forms_of(load(spark, found))
