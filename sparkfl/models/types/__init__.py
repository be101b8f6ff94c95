"""The values of MODEL_TYPE: a new one is a file and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from sparkfl.errors import ParameterError
from sparkfl.models.model_type import ModelType
from sparkfl.models.types.bisecting_kmeans import BISECTING_KMEANS
from sparkfl.models.types.gaussian_mixture import GAUSSIAN_MIXTURE
from sparkfl.models.types.kmeans import KMEANS

__all__ = ["MODEL_TYPES", "ModelType", "model_type"]

MODEL_TYPES: Mapping[str, ModelType] = {
    "bisecting_kmeans": BISECTING_KMEANS,
    "gaussian_mixture": GAUSSIAN_MIXTURE,
    "kmeans": KMEANS,
}


def model_type(options: Mapping[str, object]) -> str:
    """Return the MODEL_TYPE (or TYPE) among options, in lower case.

    Raises
    ------
    ParameterError
        If there is none, or none of that name; the message lists the types.
    """
    listed = ", ".join(f"'{name}'" for name in sorted(MODEL_TYPES))
    given = options.get("MODEL_TYPE", options.get("TYPE"))
    if given is None:
        raise ParameterError(f"OPTIONS has no MODEL_TYPE; choose one of {listed}.")
    if str(given).lower() not in MODEL_TYPES:
        raise ParameterError(f"There is no MODEL_TYPE {given!r}; choose one of {listed}.")
    return str(given).lower()
