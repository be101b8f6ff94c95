"""A signed document: a line of canonical JSON, and a line a signature of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from sparkfl.exchange.canonical import decode, encode
from sparkfl.exchange.keys import PrivateKey, verified
from sparkfl.exchange.reason import Reason, RefusalError

__all__ = ["FORMAT", "SignedDocument"]

FORMAT = 1
"""Of everything in an exchange; ``docs/format.md`` describes it."""

_SIGNATURES = 2
_MEMBERS = {"key", "signature"}
_KEY, _SIGNATURE = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True)
class SignedDocument:
    """A document as it is in a file.

    The same content signed by the same keys is the same bytes, always. There is no compression
    in it, and nothing is run or looked up to read it.

    Parameters
    ----------
    payload : bytes
        What is signed: canonical JSON of an object, with a `type` and a `format`.
    signatures : tuple of (str, str)
        Public keys and their signatures of the payload, as hexadecimal digits.

    Examples
    --------
    >>> key = PrivateKey.of_hex("00" * 32)
    >>> document = SignedDocument.of("sparkfl.test", {"store": "north"}, [key])
    >>> SignedDocument.read(document.data).content("sparkfl.test", key.public)["store"]
    'north'
    >>> SignedDocument.read(document.data.replace(b"north", b"south")).content(
    ...     "sparkfl.test", key.public
    ... )
    Traceback (most recent call last):
    sparkfl.exchange.reason.RefusalError: altered: the signature does not fit what is signed
    """

    payload: bytes
    signatures: tuple[tuple[str, str], ...]

    @classmethod
    def of(
        cls, type_: str, content: Mapping[str, Any], keys: Sequence[PrivateKey]
    ) -> SignedDocument:
        """Sign a content."""
        payload = encode({**content, "type": type_, "format": FORMAT})
        return cls(payload, tuple((key.public, key.sign(payload)) for key in keys))

    @classmethod
    def read(cls, data: bytes) -> SignedDocument:
        """Take the bytes of a file apart; nothing in it is trusted yet.

        Raises
        ------
        RefusalError
            As `GARBAGE` if they are no signed document, `UNSIGNED` if there is no signature.
        """
        lines = data.split(b"\n")
        if not lines[0].startswith(b"{") or not lines[0].endswith(b"}"):
            raise RefusalError(Reason.GARBAGE, "the first line is no JSON object")
        if len(lines) < 2 or not lines[1]:
            raise RefusalError(Reason.UNSIGNED, "there is no second line, of the signature")
        if len(lines) > _SIGNATURES + 2 or lines[-1]:
            raise RefusalError(Reason.GARBAGE, "there is something after the signatures")
        return cls(lines[0], tuple(map(_signature, lines[1:-1])))

    @property
    def data(self) -> bytes:
        """The bytes of its file."""
        lines = [encode({"key": key, "signature": s}) for key, s in self.signatures]
        return b"\n".join([self.payload, *lines, b""])

    @cached_property
    def hash(self) -> str:
        """SHA-256 of what is signed, as hexadecimal digits."""
        return sha256(self.payload).hexdigest()

    def check(self, *keys: str) -> None:
        """Require that these public keys have signed it, in this order, and no others.

        Raises
        ------
        RefusalError
            As `FOREIGN` if other keys have, as `ALTERED` if a signature does not fit.
        """
        if tuple(key for key, _ in self.signatures) != keys:
            raise RefusalError(Reason.FOREIGN, "it is signed by another key")
        if not all(verified(key, signature, self.payload) for key, signature in self.signatures):
            raise RefusalError(Reason.ALTERED, "the signature does not fit what is signed")

    def content(self, type_: str, *keys: str) -> dict[str, Any]:
        """Return what these keys have signed.

        Raises
        ------
        RefusalError
            As of `check`; as `OTHER_SCHEMA` if it is of another format, `NOT_FINITE` or `MALFORMED`
            if it is no object of that type.
        """
        self.check(*keys)
        found = decode(self.payload)
        if not isinstance(found, dict) or found.pop("type", None) != type_:
            raise RefusalError(Reason.MALFORMED, f"it is no {type_}")
        format_ = found.pop("format", None)
        if type(format_) is not int or format_ != FORMAT:
            shown = format_ if type(format_) is int else "not a number"
            raise RefusalError(
                Reason.OTHER_SCHEMA, f"it is of format {shown}, this sparkfl reads {FORMAT}"
            )
        return found


def _signature(line: bytes) -> tuple[str, str]:
    """Read the line of a signature."""
    try:
        found = json.loads(line.decode("ascii"))
    except (ValueError, RecursionError):
        raise RefusalError(Reason.GARBAGE, "the line of a signature is no JSON") from None
    if not isinstance(found, dict) or set(found) != _MEMBERS:
        raise RefusalError(Reason.UNSIGNED, "the second line is no key and signature")
    key, signature = found["key"], found["signature"]
    digits = isinstance(key, str) and isinstance(signature, str)
    if not digits or not _KEY.fullmatch(key) or not _SIGNATURE.fullmatch(signature):
        raise RefusalError(Reason.UNSIGNED, "the signature is none")
    if encode(found) != line:
        raise RefusalError(Reason.GARBAGE, "the line of a signature is not written canonically")
    return key, signature
