"""A store's part in a sum: what it tells, and when it refuses."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from sparkfl.errors import ParameterError, ProtocolError, QuorumError
from sparkfl.secure_aggregation.fixed_point import Words
from sparkfl.secure_aggregation.keys import (
    KEY,
    Ed25519PrivateKey,
    KeyPair,
    derived,
    mask,
    public_of,
    random_numbers,
    seal,
    unseal,
)
from sparkfl.secure_aggregation.messages import Message, Step, binary, received, text
from sparkfl.secure_aggregation.session import FEWEST, Session
from sparkfl.secure_aggregation.shamir import SHARE, split

__all__ = ["Client", "pairwise"]


class Client:
    """A store in a session of secure aggregation, with the vector that it adds.

    The protocol is that of Bonawitz et al. [1]_ against an aggregator that may do anything: the
    vector leaves only under a mask of the store's own and one with each other store; which masks
    are undone, a store helps to decide once, for one set of stores that all who answer have signed.

    All that it sends follows from `secret`, the vector and what it was sent. A process that ends
    between two rounds keeps the secret and, before it answers, what it was sent; another client of
    both, told the same again, goes on where that one stopped.

    Parameters
    ----------
    session : Session
        The session, as the aggregator has announced it.
    name : str
        The store.
    identity : Ed25519PrivateKey
        Its key, of `cryptography`.
    vector : sequence of float, int or Fraction
        What it adds, ``session.length`` numbers.
    trusted : mapping of str to bytes
        Public keys of the stores that it knows by itself, not from the aggregator, who could name
        stores that are none.
    fewest : int, default 3
        It takes part in no total of fewer stores.
    secret : bytes, optional
        32 random bytes of this session alone; drawn by default.

    Raises
    ------
    ProtocolError
        If it may not take part in such a session.
    ParameterError
        If the vector has another length, or numbers that cannot be summed.

    References
    ----------
    .. [1] Bonawitz, Ivanov, Kreuter, Marcedone, McMahan, Patel, Ramage, Segal, Seth, "Practical
       secure aggregation for privacy-preserving machine learning", CCS 2017, figure 4.

    Examples
    --------
    >>> keys = {name: Ed25519PrivateKey.generate() for name in ("north", "south", "west")}
    >>> roster = {name: public_of(key) for name, key in keys.items()}
    >>> session = Session("orders", roster, length=1)
    >>> client = Client(session, "north", keys["north"], [7], trusted=roster)
    >>> client.begin()[:14]
    b'{"content": "{'
    """

    def __init__(
        self,
        session: Session,
        name: str,
        identity: Ed25519PrivateKey,
        vector: Sequence[float | Fraction],
        trusted: Mapping[str, bytes],
        fewest: int = FEWEST,
        secret: bytes | None = None,
    ) -> None:
        _check(session, name, identity, trusted, fewest)
        if len(vector) != session.length:
            raise ParameterError(
                f"The vector of {name!r} has {len(vector)} numbers, and session {session.name!r} "
                f"sums {session.length}."
            )
        self.session, self.name = session, name
        self.secret = secrets.token_bytes(KEY) if secret is None else secret
        self._identity = identity
        self._vector = session.numbers.encode(vector, len(session.roster))
        # Another vector has other keys: under one mask two vectors would give their difference.
        own = hashlib.sha256(session.numbers.to_bytes(self._vector)).hexdigest()
        self._derive: Callable[..., bytes] = lambda *purpose: derived(
            self.secret, session, name, own, *purpose
        )
        self._masking, self._sealing = (KeyPair(self._derive(what)) for what in ("mask", "seal"))
        self._seed = self._derive("seed")
        self._begun = False
        self._awaits: Step | None = None
        self._keys: dict[str, tuple[bytes, bytes]] = {}
        self._shares: dict[str, tuple[bytes, bytes]] = {}
        self._among = ""
        self._included: list[str] = []

    def begin(self) -> bytes:
        """Return the message of the first round: the store's public keys of this session.

        Raises
        ------
        ProtocolError
            If it has begun already.
        """
        if self._begun:
            raise ProtocolError(f"{self.name!r} has begun session {self.session.name!r} already.")
        self._begun, self._awaits = True, Step.KEYS
        keys = {"mask": text(self._masking.public), "seal": text(self._sealing.public)}
        return self._signed(Step.KEYS, keys)

    def answer(self, data: bytes) -> bytes:
        """Return the message of the next round, given what the aggregator told at the end of one.

        Parameters
        ----------
        data : bytes
            The aggregator's message.

        Raises
        ------
        ProtocolError
            If it is not what has to come next, or asks for what a store may not tell. Nothing has
            been told then.
        QuorumError
            If fewer stores than the threshold are left.
        """
        step = self._awaits
        if step is None:
            raise ProtocolError(
                f"{self.name!r} has {'told all' if self._begun else 'not begun its part'} in "
                f"session {self.session.name!r}."
            )
        body = received(data, self.session, step)
        answers = {
            Step.KEYS: self._share,
            Step.SHARES: self._mask,
            Step.MASKED: self._confirm,
            Step.CONSISTENCY: self._unmask,
        }
        try:
            told = answers[step](body)
        except (TypeError, AttributeError, KeyError) as error:
            raise ProtocolError(
                f"The aggregator's message of round {step.value!r} is not in the form of one."
            ) from error
        sent = step.next
        assert sent is not None
        self._awaits = None if sent is Step.UNMASKING else sent
        return self._signed(sent, told)

    def _signed(self, step: Step, body: Mapping[str, Any]) -> bytes:
        return Message(self.session.id, step, self.name, body).signed(self._identity)

    def _share(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Share the seed and the key of the masks among all who have sent keys."""
        keys: dict[str, tuple[bytes, bytes]] = {}
        for data in body["messages"]:
            told = Message.read(binary(data), self.session, Step.KEYS, self.session.roster)
            if told.sender in keys:
                raise ProtocolError(f"{told.sender!r} has sent keys twice.")
            keys[told.sender] = binary(told.body["mask"], KEY), binary(told.body["seal"], KEY)
        self._enough(keys)
        if keys.get(self.name) != (self._masking.public, self._sealing.public):
            raise ProtocolError(
                f"The keys that the aggregator has of {self.name!r} are not those that it has "
                "sent: the session was begun with other rows, or before."
            )
        if len({key for pair in keys.values() for key in pair}) < 2 * len(keys):
            raise ProtocolError("Two stores have sent the same key; one has taken another's.")
        # A key seals one share: of other stores there are other shares, and other keys.
        self._among = hashlib.sha256(json.dumps(sorted(keys)).encode()).hexdigest()
        sealed, own = self._sealed_shares(keys)
        self._keys, self._shares = keys, {self.name: own}
        return {"sealed": sealed, "commitment": text(commitment(self._seed, self.session))}

    def _sealed_shares(
        self, keys: Mapping[str, tuple[bytes, bytes]]
    ) -> tuple[dict[str, str], tuple[bytes, bytes]]:
        """Seal the shares of each other store; return the own ones apart."""
        among = sorted(keys)
        places = [self.session.places[name] for name in among]
        parts = []
        for what, secret in (("key", self._masking.private), ("seed", self._seed)):
            key = self._derive("shares of", what, self._among)
            drawn = random_numbers(key, self.session.threshold - 1)
            parts.append(split(secret, drawn, places))
        shares = dict(zip(among, zip(*parts, strict=True), strict=True))
        own = shares.pop(self.name)
        sealed = {
            name: text(
                seal(self._sealing_key(self.name, name, keys), key + seed, _about(self.name, name))
            )
            for name, (key, seed) in shares.items()
        }
        return sealed, own

    def _sealing_key(
        self, sender: str, recipient: str, keys: Mapping[str, tuple[bytes, bytes]]
    ) -> bytes:
        """Derive what seals the shares of one for another, among those who have sent keys."""
        other = recipient if sender == self.name else sender
        agreed = self._sealing.agreed(keys[other][1])
        return derived(agreed, self.session, "seal", sender, recipient, self._among)

    def _mask(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Add to the vector the own mask, and those with each store that has shared its secrets."""
        shares: dict[str, tuple[bytes, bytes]] = {}
        for name, sealed in body["sealed"].items():
            if name not in self._keys or name == self.name:
                raise ProtocolError(f"{name!r} has shared secrets, and has sent no keys.")
            key = self._sealing_key(name, self.name, self._keys)
            opened = unseal(key, binary(sealed), _about(name, self.name))
            if opened is None or len(opened) != 2 * SHARE:
                raise ProtocolError(
                    f"The shares of {name!r} are not what it has sealed for {self.name!r}: they "
                    "were altered on their way."
                )
            shares[name] = opened[:SHARE], opened[SHARE:]
        self._enough([*shares, self.name])
        masked: Words = self._vector + mask(
            derived(self._seed, self.session, "mask"), self.session.numbers, self.session.length
        )
        for name in shares:
            masked = masked + pairwise(
                self.session, self._masking, self.name, name, self._keys[name][0]
            )
        self._shares |= shares
        return {"masked": text(self.session.numbers.to_bytes(masked))}

    def _confirm(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Sign who is in the total: this set, and no other any more."""
        included = list(body["included"])
        unknown = [name for name in included if name not in self._shares]
        if unknown or included != sorted(set(included)) or self.name not in included:
            raise ProtocolError(
                f"The aggregator says that {included} are in the total; they are to be among those "
                f"who have shared secrets, {sorted(self._shares)}, each once and in this order, "
                f"with {self.name!r}."
            )
        self._enough(included)
        self._included = included
        return {"included": included}

    def _unmask(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Help to undo the own masks of those in the total, and the keys of those who left."""
        confirmed = set()
        for data in body["messages"]:
            told = Message.read(binary(data), self.session, Step.CONSISTENCY, self._included)
            if told.body.get("included") != self._included:
                raise ProtocolError(
                    f"{told.sender!r} was told that others are in the total than {self.name!r} "
                    "was: the aggregator asks for two sets of masks. Nothing more is told."
                )
            confirmed.add(told.sender)
        self._enough(confirmed)
        if self.name not in confirmed:
            raise ProtocolError(f"The aggregator leaves out what {self.name!r} has confirmed.")
        left = sorted(set(self._shares) - set(self._included))
        return {
            "seeds": {name: text(self._shares[name][1]) for name in self._included},
            "keys": {name: text(self._shares[name][0]) for name in left},
        }

    def _enough(self, stores: Sequence[str] | Mapping[str, object] | set[str]) -> None:
        if len(stores) < self.session.threshold:
            raise QuorumError(
                f"{len(stores)} stores are left of session {self.session.name!r}, which takes "
                f"{self.session.threshold}. Begin another when more are there."
            )


def pairwise(session: Session, own: KeyPair, name: str, other: str, public: bytes) -> Words:
    """Return the mask that a store shares with another, which that one subtracts.

    Parameters
    ----------
    session : Session
        The session.
    own : KeyPair
        The store's keys.
    name, other : str
        The two stores.
    public : bytes
        The other's key.
    """
    first, second = sorted((name, other))
    key = derived(own.agreed(public), session, "pair", first, second)
    sign = 1 if name == first else -1
    return sign * mask(key, session.numbers, session.length)


def commitment(seed: bytes, session: Session) -> bytes:
    """Return what a seed can be checked by, and nothing follows from."""
    return derived(seed, session, "commitment")


def _about(sender: str, recipient: str) -> bytes:
    """Bind what is sealed to who sends it to whom; the key is of the session."""
    return json.dumps([sender, recipient]).encode()


def _check(
    session: Session,
    name: str,
    identity: Ed25519PrivateKey,
    trusted: Mapping[str, bytes],
    fewest: int,
) -> None:
    """Refuse sessions in which a store may not take part."""
    if session.roster.get(name) != public_of(identity):
        raise ProtocolError(
            f"The roster of session {session.name!r} has no {name!r}, or another key of it. Ask "
            "the aggregator to invite this store again."
        )
    strangers = [each for each, key in session.roster.items() if trusted.get(each) != key]
    if strangers:
        raise ProtocolError(
            f"The roster of session {session.name!r} has {strangers[0]!r}, whose key {name!r} does "
            "not know: an aggregator who makes stores up could subtract them. Trust its key, or "
            "take no part."
        )
    if session.threshold < max(fewest, FEWEST):
        raise ProtocolError(
            f"Session {session.name!r} sums {session.threshold} stores or more, and {name!r} takes "
            f"part in totals of {max(fewest, FEWEST)} or more."
        )
