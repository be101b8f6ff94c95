"""Who has the model: its sums, of ciphertexts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from sparkfl.encryption import ckks
from sparkfl.encryption.forms import Forms
from sparkfl.encryption.messages import pack, unpack
from sparkfl.errors import ProtocolError
from sparkfl.statistics.summary import Matrix

__all__ = ["evaluate"]

_LARGEST = 1000
"""Of powers of two, beyond which doubles overflow."""


def evaluate(forms: Forms, request: bytes) -> bytes:
    """Answer a request without a key: each sum of a model, of encrypted rows.

    Weights are divided by a power of two, so that sums are of a size up to 1; which one is told.

    Parameters
    ----------
    forms : Forms
        The model.
    request : bytes
        What `PredictionClient.encrypt` gave.

    Returns
    -------
    bytes
        The response, for the client's `decrypt`.

    Raises
    ------
    ProtocolError
        If it is no request, or one to a model of other features.
    """
    head, parts = unpack("request", request)
    rows, exponents = _asked(forms, head, len(parts))
    weights = _weights(forms, exponents)
    size = float(np.abs(weights).sum(axis=1).max(initial=0.0))
    exponent = math.frexp(size)[1] if math.isfinite(size) else _LARGEST + 1
    if abs(exponent) > _LARGEST and size:
        raise ProtocolError(
            f"The bounds of the request, up to 2**{max(exponents, default=0)}, are too large for "
            "the model: its sums would be no finite numbers."
        )
    context = ckks.public()
    vectors = [ckks.load(context, part, rows) for part in parts]
    sums = [_sum(vectors, np.ldexp(own, -exponent)) for own in weights]
    answer = {"id": str(head.get("id")), "rows": rows, "exponent": exponent}
    return pack("response", answer, sums)


def _asked(forms: Forms, head: dict[str, Any], parts: int) -> tuple[int, list[int]]:
    """Return how many rows are asked about, and the powers of two that bound the features."""
    features = list(forms.description.features)
    squares = forms.square is not None
    if head.get("features") != features or head.get("squares") != squares:
        raise ProtocolError(
            f"The request is of {head.get('features')}; the model reads {features}"
            f"{', and their squares' if squares else ''}. Make it by the model's description."
        )
    try:
        rows, exponents = int(head["rows"]), [int(power) for power in head["exponents"]]
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError("The request lacks its rows or its bounds.") from error
    expected = 1 + len(features) * (2 if squares else 1)
    within = all(abs(power) <= 2 * _LARGEST for power in exponents)
    if len(exponents) != len(features) or parts != expected or not within:
        raise ProtocolError(
            f"The request has {parts} ciphertexts and {len(exponents)} bounds; {expected} and "
            f"{len(features)} belong there."
        )
    if not 1 <= rows <= ckks.SLOTS:
        raise ProtocolError(f"The request has {rows} rows; it may have 1 to {ckks.SLOTS}.")
    return rows, exponents


def _weights(forms: Forms, exponents: Sequence[int]) -> Matrix:
    """Return what is multiplied with 1, features and squares of a size up to 1."""
    powers = np.array(exponents, dtype=int)
    with np.errstate(over="ignore", invalid="ignore"):
        parts = [forms.constant[:, None], np.ldexp(forms.linear, powers)]
        if forms.square is not None:
            parts.append(np.ldexp(forms.square, 2 * powers))
        return np.concatenate(parts, axis=1)


def _sum(vectors: Sequence[Any], weights: Matrix) -> bytes:
    """Add up weighted ciphertexts; nothing if all weights are 0, as that is no ciphertext."""
    total = None
    for vector, weight in zip(vectors, weights.tolist(), strict=True):
        if abs(weight) >= ckks.LEAST:
            part = vector * weight
            total = part if total is None else total + part
    data: bytes = b"" if total is None else total.serialize()
    return data
