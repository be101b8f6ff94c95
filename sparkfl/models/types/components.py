"""The types that keep fewer dimensions."""

from __future__ import annotations

from pyspark.ml.feature import PCA

from sparkfl.models.answers.components import own_components
from sparkfl.models.answers.reconstruction import reconstruction_anomalies, remembered_errors
from sparkfl.models.model_type import ModelType
from sparkfl.models.tasks import DIMENSIONALITY_REDUCTION

__all__ = ["COMPONENT_TYPES"]

COMPONENT_TYPES = {
    "pca": ModelType(
        PCA,
        DIMENSIONALITY_REDUCTION,
        "MLlib's principal components, of centred features that by default have unit variance. "
        "What they do not explain of a row tells how odd it is.",
        differs={
            "k": {
                "key": "NUM_PRINCIPAL_COMPONENTS",
                "aliases": ("K", "N_COMPONENTS"),
                "default": None,
                "minimum": 1,
            }
        },
        capabilities={"principal_components": own_components, "detect": reconstruction_anomalies},
        remembers=(remembered_errors,),
    ),
}
