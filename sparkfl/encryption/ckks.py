"""CKKS by TenSEAL: one set of parameters, for sums of weighted numbers of a size up to 1."""

from __future__ import annotations

from functools import cache
from typing import Any

from sparkfl.errors import MissingPackageError, ProtocolError
from sparkfl.statistics.summary import Matrix

__all__ = [
    "ERROR",
    "LEAST",
    "SLOTS",
    "check_installed",
    "decrypt",
    "encrypt",
    "keys",
    "load",
    "public",
    "read_keys",
]

_DEGREE = 8192
_MODULI = [60, 60, 60]
"""180 bits in all; up to 218 of them this degree gives a security of 128 bits [1]_.

References
----------
.. [1] Albrecht et al., "Homomorphic encryption standard", 2018, table 1.
"""
_SCALE = 2.0**56
SLOTS = _DEGREE // 2
"""Numbers of a ciphertext."""
LEAST = 2.0**-55
"""A weight below it is encoded as 0, by which nothing can be multiplied."""
ERROR = 2.0**-40
"""What a sum differs by from the exact one at most, where weights add up to 1 and numbers are of a
size up to 1. It is over ten times what noise comes to: that of a fresh ciphertext is below 8
deviations, ``8 * 3.2 * sqrt(8192) / 2**56`` = 2**-44.8, and the roundings of 401 weights come to
less than 2**-46."""
_ERRORS = (ValueError, RuntimeError, TypeError, IndexError, MemoryError)


def _library() -> Any:
    try:
        import tenseal
    except ImportError as error:
        raise MissingPackageError("Encrypted prediction", "tenseal", "encryption") from error
    return tenseal


def check_installed() -> None:
    """Fail where TenSEAL is not installed.

    Raises
    ------
    MissingPackageError
        If it is not.
    """
    _library()


def keys() -> Any:
    """Draw a secret key, with the parameters."""
    tenseal = _library()
    context = tenseal.context(
        tenseal.SCHEME_TYPE.CKKS,
        _DEGREE,
        coeff_mod_bit_sizes=_MODULI,
        encryption_type=tenseal.ENCRYPTION_TYPE.SYMMETRIC,
    )
    return _set(context)


def read_keys(data: bytes) -> Any:
    """Read keys that were written.

    Raises
    ------
    ProtocolError
        If they are none.
    """
    try:
        context = _library().context_from(data)
        private = context.is_private()
    except _ERRORS as error:
        raise ProtocolError(f"These {len(data)} bytes are no keys of CKKS.") from error
    if not private:
        raise ProtocolError("There is no secret key among these keys of CKKS.")
    return _set(context)


@cache
def public() -> Any:
    """Return the parameters without a client's key, which evaluation does not need."""
    return keys()


def _set(context: Any) -> Any:
    context.global_scale = _SCALE
    # One product with a plain number, and sums: there is nothing to scale down, which would err.
    context.auto_rescale = context.auto_mod_switch = context.auto_relin = False
    return context


def encrypt(context: Any, numbers: Matrix) -> bytes:
    """Encrypt up to `SLOTS` numbers of a size up to 1."""
    data: bytes = _library().ckks_vector(context, numbers.tolist()).serialize()
    return data


def load(context: Any, data: bytes, size: int) -> Any:
    """Read a ciphertext of so many numbers.

    Raises
    ------
    ProtocolError
        If it is none.
    """
    try:
        vector = _library().ckks_vector_from(context, data)
        found = vector.size()
    except _ERRORS as error:
        raise ProtocolError(
            f"{len(data)} bytes are no ciphertext of encrypted prediction: {error}"
        ) from error
    if found != size:
        raise ProtocolError(f"A ciphertext has {found} numbers, and {size} belong there.")
    return vector


def decrypt(vector: Any) -> list[float]:
    """Decrypt a ciphertext whose context has the secret key.

    Raises
    ------
    ProtocolError
        If it was made in another way than ciphertexts are.
    """
    try:
        numbers: list[float] = vector.decrypt()
    except _ERRORS as error:
        raise ProtocolError(f"A ciphertext cannot be decrypted: {error}") from error
    return numbers
