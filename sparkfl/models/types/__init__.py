"""The values of MODEL_TYPE: a new one is a row of its family's file."""

from __future__ import annotations

from collections.abc import Mapping

from sparkfl.errors import ParameterError
from sparkfl.models.model_type import ModelType
from sparkfl.models.types.classification import CLASSIFICATION_TYPES
from sparkfl.models.types.clustering import CLUSTERING_TYPES
from sparkfl.models.types.regression import REGRESSION_TYPES

__all__ = ["MODEL_TYPES", "ModelType", "model_type"]

MODEL_TYPES: Mapping[str, ModelType] = {
    **CLASSIFICATION_TYPES,
    **CLUSTERING_TYPES,
    **REGRESSION_TYPES,
}


def model_type(options: Mapping[str, object]) -> str:
    """Return the MODEL_TYPE (or TYPE) among options, in lower case.

    Raises
    ------
    ParameterError
        If there is none, or none of that name; the message lists the types.
    """
    listed = ", ".join(f"'{name}'" for name in sorted(MODEL_TYPES))
    given = {key.upper(): value for key, value in options.items()}
    value = given.get("MODEL_TYPE", given.get("TYPE"))
    if value is None:
        raise ParameterError(f"OPTIONS has no MODEL_TYPE; choose one of {listed}.")
    if str(value).lower() not in MODEL_TYPES:
        raise ParameterError(f"There is no MODEL_TYPE {value!r}; choose one of {listed}.")
    return str(value).lower()
