"""The anomaly score of a federation as sums of weighted features and squares, for ciphertext."""

from __future__ import annotations

import numpy as np

from sparkfl.encryption import Description, Forms
from sparkfl.errors import CapabilityError
from sparkfl.federation.data import FederationData

__all__ = ["encrypted_forms"]


def encrypted_forms(data: FederationData) -> Forms:
    """Return what logarithms are taken of: ``1 + (x - m)² p``, a sum a feature and centre.

    The client scales its rows as the federation does, and adds up the logarithms.

    Raises
    ------
    CapabilityError
        If each store is scaled by moments of its own.
    """
    if data.scaled_by == "store":
        raise CapabilityError(
            "ml_predict_encrypted scales all rows alike, and in this federation each store has a "
            "scaling of its own. Train it with OPTIONS(SCALING = 'federation') or 'none'."
        )
    inputs, rule = data.inputs, data.rule
    features = inputs.features
    # The federation's mean first, then the large clusters.
    centres = np.concatenate([rule.mean[None], rule.centres]).ravel()
    precisions = np.concatenate([rule.precision[None], rule.precisions]).ravel()
    one = np.tile(np.eye(len(features)), (1 + len(rule.centres), 1))
    settings = {"degrees_of_freedom": rule.degrees_of_freedom, "features": len(features)}
    return Forms(
        Description(features, "anomaly", settings, True, inputs.log1p_cols, data.scaling),
        1.0 + centres**2 * precisions,
        one * (-2.0 * centres * precisions)[:, None],
        one * precisions[:, None],
    )
