"""What client and model's holder exchange: a head of JSON, and ciphertexts behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sparkfl.errors import ProtocolError

__all__ = ["pack", "unpack"]

_MAGIC = b"sparkfl encrypted prediction 1\n"
_LENGTH = 8


def pack(kind: str, head: Mapping[str, Any], parts: Sequence[bytes]) -> bytes:
    """Put a message together.

    Examples
    --------
    >>> unpack("request", pack("request", {"rows": 3}, [b"ab", b""]))
    ({'kind': 'request', 'rows': 3, 'sizes': [2, 0]}, [b'ab', b''])
    """
    content = json.dumps({"kind": kind, **head, "sizes": list(map(len, parts))}).encode()
    return b"".join([_MAGIC, len(content).to_bytes(_LENGTH, "big"), content, *parts])


def unpack(kind: str, data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Take a message apart.

    Raises
    ------
    ProtocolError
        If it is none of the kind.
    """
    start = len(_MAGIC) + _LENGTH
    length = int.from_bytes(data[len(_MAGIC) : start], "big")
    try:
        head = json.loads(data[start : start + length]) if data.startswith(_MAGIC) else {}
        sizes = [int(size) for size in head["sizes"]]
        known = head["kind"] == kind and all(size >= 0 for size in sizes)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _unknown(kind, data) from error
    if not known or start + length + sum(sizes) != len(data):
        raise _unknown(kind, data)
    parts, at = [], start + length
    for size in sizes:
        parts.append(data[at : at + size])
        at += size
    return head, parts


def _unknown(kind: str, data: bytes) -> ProtocolError:
    return ProtocolError(
        f"These {len(data)} bytes are no {kind} of encrypted prediction, or not all of one. Send "
        "what PredictionClient and ml_predict_encrypted give, as it is."
    )
