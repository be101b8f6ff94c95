"""The aggregator's part: it collects what stores send, passes it on, and has the total."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from sparkfl.errors import ProtocolError, QuorumError
from sparkfl.secure_aggregation.client import commitment, pairwise
from sparkfl.secure_aggregation.fixed_point import Words, reduced
from sparkfl.secure_aggregation.keys import KEY, KeyPair, derived, mask
from sparkfl.secure_aggregation.messages import Message, Step, binary, broadcast, text
from sparkfl.secure_aggregation.session import Session
from sparkfl.secure_aggregation.shamir import SHARE, combine

__all__ = ["Server"]


class Server:
    """The aggregator of a session of secure aggregation.

    It has no secrets, and draws nothing: one that is given the same messages again, round by round,
    is where another stopped.

    Parameters
    ----------
    session : Session
        The session.

    Attributes
    ----------
    step : Step or None
        The round that is on; None at the end.
    accepted : dict of Step to dict of str to bytes
        What each store has sent in each round.

    Examples
    --------
    A round is over when the aggregator says so: `receive` what has come, then `proceed`.

    >>> from sparkfl.secure_aggregation import Client, Ed25519PrivateKey, public_of
    >>> keys = {name: Ed25519PrivateKey.generate() for name in ("north", "south", "west")}
    >>> roster = {name: public_of(key) for name, key in keys.items()}
    >>> session = Session("orders, items", roster, length=2)
    >>> server = Server(session)
    >>> stores = {
    ...     name: Client(session, name, keys[name], [1, place], trusted=roster)
    ...     for place, name in enumerate(keys)
    ... }
    >>> sent = {name: store.begin() for name, store in stores.items()}
    >>> while server.step:
    ...     for message in sent.values():
    ...         _ = server.receive(message)
    ...     sent = {name: stores[name].answer(told) for name, told in server.proceed().items()}
    >>> server.total()
    [Fraction(3, 1), Fraction(3, 1)]
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.step: Step | None = Step.KEYS
        self.accepted: dict[Step, dict[str, bytes]] = {step: {} for step in Step}
        self._told: dict[Step, dict[str, Mapping[str, Any]]] = {step: {} for step in Step}
        self._total: list[Fraction] | None = None

    def stores(self, step: Step) -> list[str]:
        """Return who has sent what a round asks for."""
        return sorted(self.accepted[step])

    @property
    def included(self) -> list[str]:
        """Whose vectors are in the total."""
        return self.stores(Step.MASKED)

    def receive(self, data: bytes) -> str:
        """Take what a store has sent in the round that is on; return the store.

        Raises
        ------
        ProtocolError
            If it is nothing of this round, of nobody who takes part, altered, sent before, or not
            in the form that the round asks for. It is as if it had not come.
        """
        message = self.check(data)
        step = Step(message.step)
        self.accepted[step][message.sender] = data
        self._told[step][message.sender] = message.body
        return message.sender

    def check(self, data: bytes) -> Message:
        """Judge what a store has sent in the round that is on, without taking it.

        Raises
        ------
        ProtocolError
            As of `receive`.
        """
        step = self.step
        if step is None:
            raise ProtocolError(f"Session {self.session.name!r} is over.")
        message = Message.read(data, self.session, step, self._senders(step))
        if message.sender in self.accepted[step]:
            raise ProtocolError(
                f"{message.sender!r} has sent its part of round {step.value!r} already."
            )
        check = _CHECKS[step]
        try:
            check(self, message.sender, message.body)
        except (TypeError, AttributeError, KeyError) as error:
            raise ProtocolError(
                f"What {message.sender!r} has sent is not in the form of round {step.value!r}."
            ) from error
        return message

    def proceed(self) -> Mapping[str, bytes]:
        """End the round that is on, and return what is to be sent to each store; at the end none.

        Raises
        ------
        QuorumError
            If fewer stores than the threshold have sent their part. The round is still on.
        ProtocolError
            If the session is over, or what stores have sent at its end does not fit together.
        """
        step = self.step
        if step is None:
            raise ProtocolError(f"Session {self.session.name!r} is over.")
        stores = self.stores(step)
        if len(stores) < self.session.threshold:
            raise QuorumError(
                f"{len(stores)} of {len(self.session.roster)} stores have sent their part of round "
                f"{step.value!r}, and session {self.session.name!r} takes {self.session.threshold}."
                " Wait for more, or begin another session."
            )
        if step is Step.UNMASKING:
            self._total = self._unmasked()
        self.step = step.next
        if step is Step.UNMASKING:
            return {}
        return {name: broadcast(self.session, step, self._body(step, name)) for name in stores}

    def total(self) -> list[Fraction]:
        """Return the total of the vectors of `included`, exactly.

        Raises
        ------
        ProtocolError
            If the session is not over.
        """
        if self._total is None:
            raise ProtocolError(f"Session {self.session.name!r} has no total yet.")
        return self._total

    def _senders(self, step: Step) -> Collection[str]:
        """Who may send in a round: who has in the one before."""
        steps = list(Step)
        at = steps.index(step)
        return self.accepted[steps[at - 1]] if at else self.session.roster

    def _body(self, step: Step, name: str) -> Mapping[str, Any]:
        """Return what a store is told at the end of a round."""
        if step is Step.SHARES:
            told = self._told[step]
            return {"sealed": {each: told[each]["sealed"][name] for each in told if each != name}}
        if step is Step.MASKED:
            return {"included": self.included}
        return {"messages": [text(self.accepted[step][each]) for each in self.stores(step)]}

    def _check_keys(self, _sender: str, body: Mapping[str, Any]) -> None:
        for what in ("mask", "seal"):
            binary(body[what], KEY)

    def _check_shares(self, sender: str, body: Mapping[str, Any]) -> None:
        _same(body["sealed"], set(self.stores(Step.KEYS)) - {sender}, sender)
        binary(body["commitment"], KEY)
        for sealed in body["sealed"].values():
            binary(sealed)

    def _check_masked(self, _sender: str, body: Mapping[str, Any]) -> None:
        binary(body["masked"], self.session.length * self.session.numbers.bits // 8)

    def _check_consistency(self, sender: str, body: Mapping[str, Any]) -> None:
        if body["included"] != self.included:
            raise ProtocolError(f"{sender!r} has confirmed another set than it was told.")

    def _check_unmasking(self, sender: str, body: Mapping[str, Any]) -> None:
        _same(body["seeds"], self.included, sender)
        _same(body["keys"], self._left, sender)
        for share in (*body["seeds"].values(), *body["keys"].values()):
            binary(share, SHARE)

    @property
    def _left(self) -> list[str]:
        """Who has shared secrets, and whose vector has not come."""
        return sorted(set(self.stores(Step.SHARES)) - set(self.included))

    def _unmasked(self) -> list[Fraction]:
        """Sum the masked vectors, and take away the masks that are left in the sum."""
        session = self.session
        sum_: Words = np.zeros((session.length, session.numbers.words), dtype=np.int64)
        for vector in self.masked().values():
            sum_ += vector
        for seed in self.seeds().values():
            sum_ -= mask(derived(seed, session, "mask"), session.numbers, session.length)
        for name, pair in self.keys().items():
            # What the one who left would have added cancels what the others have.
            for other in self.included:
                sum_ += pairwise(session, pair, name, other, self.public(other))
        return session.numbers.decode(reduced(sum_))

    def masked(self) -> dict[str, Words]:
        """Return the masked vectors, which are as good as random numbers."""
        told = self._told[Step.MASKED]
        numbers = self.session.numbers
        return {name: numbers.of_bytes(binary(told[name]["masked"])) for name in self.included}

    def public(self, name: str) -> bytes:
        """Return the key that a store makes masks with."""
        return binary(self._told[Step.KEYS][name]["mask"], KEY)

    def seeds(self) -> dict[str, bytes]:
        """Return the seeds of the own masks of those in the total.

        Raises
        ------
        ProtocolError
            If shares were altered.
        """
        seeds = {name: self._combined("seeds", name) for name in self.included}
        for name, seed in seeds.items():
            told = binary(self._told[Step.SHARES][name]["commitment"], KEY)
            if commitment(seed, self.session) != told:
                raise self._altered(name)
        return seeds

    def keys(self) -> dict[str, KeyPair]:
        """Return the keys of the masks of those who left before their vector came.

        Raises
        ------
        ProtocolError
            If shares were altered.
        """
        keys = {name: KeyPair(self._combined("keys", name)) for name in self._left}
        for name, pair in keys.items():
            if pair.public != self.public(name):
                raise self._altered(name)
        return keys

    def _combined(self, what: str, name: str) -> bytes:
        helpers = self.stores(Step.UNMASKING)[: self.session.threshold]
        places = [self.session.places[each] for each in helpers]
        shares = (binary(self._told[Step.UNMASKING][each][what][name], SHARE) for each in helpers)
        return combine(dict(zip(places, shares, strict=True)))

    def _altered(self, name: str) -> ProtocolError:
        helpers = self.stores(Step.UNMASKING)[: self.session.threshold]
        return ProtocolError(
            f"The shares of {name!r} do not give what it had shared: it, or one of "
            f"{', '.join(helpers)}, has altered them. There is no total; begin another session."
        )


def _same(given: Mapping[str, object], names: Collection[str], sender: str) -> None:
    if set(given) != set(names):
        raise ProtocolError(f"{sender!r} has sent shares of other stores than it has to.")


_CHECKS = {
    Step.KEYS: Server._check_keys,
    Step.SHARES: Server._check_shares,
    Step.MASKED: Server._check_masked,
    Step.CONSISTENCY: Server._check_consistency,
    Step.UNMASKING: Server._check_unmasking,
}
