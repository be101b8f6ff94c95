"""What all who take part in a sum have to agree on."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from sparkfl.errors import ParameterError, ProtocolError
from sparkfl.secure_aggregation.fixed_point import FixedPoint

__all__ = ["FEWEST", "Session", "threshold_of"]

FEWEST = 3
"""Stores behind a total: of two each would know the other's part."""
_FORMAT = 1
_NONCE, _PUBLIC = 16, 32


def threshold_of(stores: int) -> int:
    """Return two thirds of so many stores, rounded up, and three at least.

    Examples
    --------
    >>> threshold_of(3), threshold_of(6), threshold_of(10)
    (3, 4, 7)
    """
    return max(FEWEST, -(-2 * stores // 3))


@dataclass(frozen=True)
class Session:
    """One sum over stores: who, of what, how many must remain.

    Everything that is sent names the session by its `id`, a hash of all of this, so that nothing of
    one session passes in another.

    Parameters
    ----------
    name : str
        What is summed, for those who read logs.
    roster : mapping of str to bytes
        The stores, and their public Ed25519 keys of 32 bytes; three stores or more.
    length : int
        Numbers of a store's vector.
    threshold : int, optional
        How many stores have to stay to the end, and how many it takes to undo one store's masks; by
        default two thirds of the roster, rounded up. More than half, and three or more.
    numbers : FixedPoint, optional
        How numbers are represented.
    nonce : bytes, optional
        16 random bytes that make the session the only one of its kind.

    Raises
    ------
    ParameterError
        If there can be no such session.

    Examples
    --------
    >>> roster = {name: bytes([place]) * 32 for place, name in enumerate(["a", "b", "c", "d"])}
    >>> session = Session("orders of December", roster, length=8)
    >>> session.threshold, Session.of_bytes(session.to_bytes()).id == session.id
    (3, True)
    """

    name: str
    roster: Mapping[str, bytes]
    length: int
    threshold: int = 0
    numbers: FixedPoint = field(default_factory=FixedPoint)
    nonce: bytes = field(default_factory=lambda: secrets.token_bytes(_NONCE))

    def __post_init__(self) -> None:
        stores = len(self.roster)
        if stores < FEWEST:
            raise ParameterError(
                f"The roster has {stores} stores; a total hides a store's part only among "
                f"{FEWEST} or more, as each can subtract its own."
            )
        if not self.threshold:
            object.__setattr__(self, "threshold", threshold_of(stores))
        least = max(FEWEST, stores // 2 + 1)
        if not least <= self.threshold <= stores:
            raise ParameterError(
                f"threshold is {self.threshold}; of {stores} stores it may be {least} to {stores}: "
                "with half of them or fewer an aggregator could have two answers that together "
                "undo a store's masks."
            )
        if self.length < 1:
            raise ParameterError(f"length is {self.length}; a vector has one number or more.")
        wrong = [name for name, key in self.roster.items() if len(key) != _PUBLIC]
        if wrong:
            raise ParameterError(
                f"The key of {wrong[0]!r} has {len(self.roster[wrong[0]])} bytes; give the "
                f"{_PUBLIC} bytes of its public Ed25519 key."
            )
        keys: dict[bytes, str] = {}
        for name, key in self.roster.items():
            if keys.setdefault(key, name) != name:
                raise ParameterError(
                    f"{keys[key]!r} and {name!r} have the same key, and would count as two. Leave "
                    "one out."
                )

    @cached_property
    def id(self) -> str:
        """SHA-256 of the session, 64 hexadecimal digits."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Number of each store, from 1."""
        return {name: place for place, name in enumerate(sorted(self.roster), 1)}

    def to_bytes(self) -> bytes:
        """Return the session as what stores are sent, the same bytes for the same session."""
        content = {
            "format": _FORMAT,
            "name": self.name,
            "roster": {name: self.roster[name].hex() for name in sorted(self.roster)},
            "length": self.length,
            "threshold": self.threshold,
            "numbers": asdict(self.numbers),
            "nonce": self.nonce.hex(),
        }
        return json.dumps(content, sort_keys=True).encode()

    @classmethod
    def of_bytes(cls, data: bytes) -> Session:
        """Read what `to_bytes` wrote.

        Raises
        ------
        ProtocolError
            If it is none.
        ParameterError
            If there can be no such session.
        """
        try:
            content: dict[str, Any] = json.loads(data)
            made = content["format"]
            known = made == _FORMAT
            fields: dict[str, Any] = {
                "name": str(content["name"]),
                "roster": {name: bytes.fromhex(key) for name, key in content["roster"].items()},
                "length": int(content["length"]),
                "threshold": int(content["threshold"]),
                "numbers": FixedPoint(**content["numbers"]),
                "nonce": bytes.fromhex(content["nonce"]),
            }
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ProtocolError(
                f"These {len(data)} bytes describe no session of secure aggregation. Send what "
                "Session.to_bytes() gives."
            ) from error
        if not known:
            raise ProtocolError(
                f"The session has format {made!r}, and this version of sparkfl reads {_FORMAT}. "
                "Update the older of the two sides."
            )
        return cls(**fields)
