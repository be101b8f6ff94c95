"""Rows that only who asks can read, answered in the workers: the plan of ml_predict_encrypted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql import functions as F
from pyspark.sql.types import BinaryType

from sparkfl.columns import INTERNAL, check_taken, resolve_all, vectorized
from sparkfl.encryption import Forms, evaluate
from sparkfl.encryption.ckks import check_installed
from sparkfl.errors import ParameterError, SchemaError, SparkflError
from sparkfl.remote import is_connect, ship

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["EncryptedAnswer"]

_REQUESTS, _RESPONSES, _REFUSALS = "encrypted_features", "encrypted_prediction", "refusal"
_TOLD = INTERNAL + "told"


@dataclass(frozen=True)
class EncryptedAnswer:
    """The answer to ``ml_predict_encrypted``.

    Parameters
    ----------
    forms_of : callable
        ``forms_of(model)``: the sums that a model is made of.
    """

    forms_of: Callable[[Any], Forms]

    def __call__(self, model: Any, query: DataFrame, output_encryption: bool = True) -> DataFrame:
        """Return the rows of a query with a response to each, or why there is none.

        Parameters
        ----------
        model : object
            The model.
        query : pyspark.sql.DataFrame
            With a binary column ``encrypted_features``.
        output_encryption : bool, default True
            Responses are encrypted: nobody here has the key.

        Raises
        ------
        SchemaError
            If there is no such column, or one named like an output.
        ParameterError
            If responses are not to be encrypted.
        CapabilityError
            If the model is more than sums.
        """
        if not output_encryption:
            raise ParameterError(
                "output_encryption is FALSE, but here is no key to decrypt with: who has encrypted "
                "the rows has it. Leave it out, and decrypt there by PredictionClient."
            )
        (found,) = resolve_all(query, [_REQUESTS], "ml_predict_encrypted: the query")
        if not isinstance(found.type, BinaryType):
            raise SchemaError(
                f"The column {_REQUESTS} is {found.type.simpleString()}; it must be binary, in "
                "each row what PredictionClient.encrypt gives."
            )
        check_taken(query.columns, [_RESPONSES, _REFUSALS])
        forms = self.forms_of(model)
        if not is_connect(query.sparkSession):
            check_installed()
        ship(query.sparkSession)
        returns = f"struct<{_RESPONSES}: binary, {_REFUSALS}: string>"
        told = query.withColumn(_TOLD, vectorized(_answers(forms), returns)(found.column))
        parts = [F.col(_TOLD).getField(name).alias(name) for name in (_RESPONSES, _REFUSALS)]
        return told.select("*", *parts).drop(_TOLD)


def _answers(forms: Forms) -> Callable[[pa.Array], pa.Array]:
    """Return what answers the requests of a batch; a bad one is refused, and spoils no other."""

    def answers(requests: pa.Array) -> pa.Array:
        responses, refusals = [], []
        for request in requests.to_pylist():
            response, refusal = None, None
            if request is not None:
                try:
                    response = evaluate(forms, request)
                except SparkflError as error:
                    refusal = str(error)
            responses.append(response)
            refusals.append(refusal)
        columns = [pa.array(responses, pa.binary()), pa.array(refusals, pa.string())]
        return pa.StructArray.from_arrays(columns, [_RESPONSES, _REFUSALS])

    return answers
