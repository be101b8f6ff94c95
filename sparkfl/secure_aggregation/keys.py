"""Keys of a session: agreed on by pairs, stretched into masks, and used to seal what is sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sparkfl.errors import MissingPackageError, ProtocolError
from sparkfl.secure_aggregation.fixed_point import FixedPoint, Words
from sparkfl.secure_aggregation.shamir import PRIME

try:
    from cryptography.exceptions import InvalidSignature, InvalidTag
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
except ImportError as missing:
    raise MissingPackageError(
        "Secure aggregation", "cryptography", "secure-aggregation"
    ) from missing

if TYPE_CHECKING:
    from sparkfl.secure_aggregation.session import Session

__all__ = [
    "Ed25519PrivateKey",
    "KeyPair",
    "derived",
    "is_signed",
    "mask",
    "public_of",
    "random_numbers",
    "seal",
    "unseal",
]

KEY = 32
_ONCE = bytes(12)


class KeyPair:
    """A pair of X25519 keys.

    Parameters
    ----------
    private : bytes
        32 bytes that nobody else knows.

    Examples
    --------
    >>> one, other = KeyPair(b"1" * 32), KeyPair(b"2" * 32)
    >>> one.agreed(other.public) == other.agreed(one.public)
    True
    """

    def __init__(self, private: bytes) -> None:
        self.private = private
        self._key = X25519PrivateKey.from_private_bytes(private)
        self.public = self._key.public_key().public_bytes_raw()

    def agreed(self, public: bytes) -> bytes:
        """Agree with whose public key it is on a secret of 32 bytes.

        Raises
        ------
        ProtocolError
            If the public key is one with which everybody agrees on the same.
        """
        try:
            return self._key.exchange(X25519PublicKey.from_public_bytes(public))
        except ValueError as error:
            raise ProtocolError(
                f"The public key {public.hex()} is of low order: whoever sent it makes no secret. "
                "Begin a session without them."
            ) from error


def public_of(identity: Ed25519PrivateKey) -> bytes:
    """Return the public key of a store's Ed25519 key, 32 bytes."""
    return identity.public_key().public_bytes_raw()


def is_signed(public: bytes, signature: bytes, content: bytes) -> bool:
    """Tell whether a store's Ed25519 key has signed a content."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def derived(secret: bytes, session: Session, *purpose: str) -> bytes:
    """Derive a key of 32 bytes from a secret, for one purpose of a session, by HKDF-SHA256."""
    info = json.dumps(["sparkfl secure aggregation", *purpose]).encode()
    return HKDF(SHA256(), KEY, salt=bytes.fromhex(session.id), info=info).derive(secret)


def _stream(key: bytes, size: int) -> bytes:
    """Stretch a key that is used for nothing else into so many bytes, by AES-256 in CTR mode."""
    return Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor().update(bytes(size))


def mask(key: bytes, numbers: FixedPoint, length: int) -> Words:
    """Stretch a key into integers, uniform over all there are, shape (length, words)."""
    return numbers.of_bytes(_stream(key, length * numbers.bits // 8))


def random_numbers(key: bytes, count: int) -> Sequence[int]:
    """Stretch a key into numbers below `shamir.PRIME`, uniform but for one in 2**255."""
    wide = 2 * KEY
    raw = _stream(key, count * wide)
    return [int.from_bytes(raw[i : i + wide], "big") % PRIME for i in range(0, len(raw), wide)]


def seal(key: bytes, content: bytes, about: bytes) -> bytes:
    """Encrypt by AES-256-GCM, with a key that seals nothing else, so that it needs no nonce."""
    return AESGCM(key).encrypt(_ONCE, content, about)


def unseal(key: bytes, sealed: bytes, about: bytes) -> bytes | None:
    """Decrypt what `seal` has made; None if it, or what it is about, was altered."""
    try:
        return AESGCM(key).decrypt(_ONCE, sealed, about)
    except (InvalidTag, ValueError):
        return None
