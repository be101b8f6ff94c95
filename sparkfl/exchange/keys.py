"""Ed25519 keys: the private half in a file that nobody else may read, signatures, and checks."""

from __future__ import annotations

import os
import stat
import uuid
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparkfl.errors import MissingPackageError, StorageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = ["PrivateKey", "verified"]

_OWNER_ONLY = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class PrivateKey:
    """A private key of the signature scheme Ed25519 [1]_.

    Parameters
    ----------
    key : cryptography.hazmat.primitives.asymmetric.ed25519.Ed25519PrivateKey
        The key.

    References
    ----------
    .. [1] Josefsson, Liusvaara, "Edwards-curve digital signature algorithm (EdDSA)", RFC 8032,
       2017.

    Examples
    --------
    >>> key = PrivateKey.of_hex("00" * 32)
    >>> verified(key.public, key.sign(b"north"), b"north")
    True
    >>> verified(key.public, key.sign(b"north"), b"south")
    False
    """

    key: Ed25519PrivateKey

    @classmethod
    def generate(cls) -> PrivateKey:
        """Make a new key of the operating system's randomness."""
        return cls(_ed25519().Ed25519PrivateKey.generate())

    @classmethod
    def of_hex(cls, text: str) -> PrivateKey:
        """Read 64 hexadecimal digits.

        Raises
        ------
        ValueError
            If they are none.
        """
        return cls(_ed25519().Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text)))

    @classmethod
    def at(cls, path: Path) -> PrivateKey:
        """Read the key of a file, which is made first if it is not there, for its owner alone.

        Made whole or not at all, whenever the process is killed; of two who make it at once the
        first counts.

        Parameters
        ----------
        path : pathlib.Path
            A PEM file (PKCS #8). Its folder is made, for its owner alone.

        Raises
        ------
        StorageError
            If others may read or write it, or it holds no such key.
        """
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = path.with_name(f".{uuid.uuid4().hex}.tmp")
            opened = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
            with os.fdopen(opened, "wb") as file:
                file.write(cls.generate()._pem())
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return cls._read(path)

    @classmethod
    def _read(cls, path: Path) -> PrivateKey:
        """Read a file."""
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        if os.name == "posix" and path.stat().st_mode & _OTHERS:
            raise StorageError(
                f"The private key {path} can be read or written by others than its owner. Take "
                f"that away (chmod 600 {path}); if others may have read it, leave the federation "
                "and join it anew."
            )
        try:
            key = load_pem_private_key(path.read_bytes(), None)
        except ValueError as error:
            raise StorageError(f"{path} holds no private key. Restore it.") from error
        if not isinstance(key, _ed25519().Ed25519PrivateKey):
            raise StorageError(f"{path} holds a key of another kind than Ed25519. Restore it.")
        return cls(key)

    def _pem(self) -> bytes:
        """Write the key, without a password."""
        from cryptography.hazmat.primitives import serialization

        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @property
    def hex(self) -> str:
        """The private key as 64 hexadecimal digits."""
        return self.key.private_bytes_raw().hex()

    @property
    def public(self) -> str:
        """The public key as 64 hexadecimal digits."""
        return self.key.public_key().public_bytes_raw().hex()

    def sign(self, data: bytes) -> str:
        """Return the signature of bytes, 128 hexadecimal digits; the same for the same bytes."""
        return self.key.sign(data).hex()


_VERIFIED: set[tuple[str, str, bytes]] = set()
"""Key, signature and SHA-256 of what was verified: memberships are read again at every look."""
_MOST = 2**16


def verified(public: str, signature: str, data: bytes) -> bool:
    """Tell whether a signature is that of a public key over bytes.

    What is no key or no signature at all is not.

    Examples
    --------
    >>> verified("no key", "no signature", b"")
    False
    """
    ed25519 = _ed25519()
    from cryptography.exceptions import InvalidSignature

    known = public, signature, sha256(data).digest()
    if known in _VERIFIED:
        return True
    try:
        key = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    if len(_VERIFIED) >= _MOST:
        _VERIFIED.clear()
    _VERIFIED.add(known)
    return True


def _ed25519() -> Any:
    """Return the module of the keys."""
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ModuleNotFoundError as error:
        raise MissingPackageError("A federation of apart stores", "cryptography", "exchange") from (
            error
        )
    return ed25519
