"""A session with all of its stores in one process: to try out, not to protect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sparkfl.secure_aggregation.client import Client
from sparkfl.secure_aggregation.fixed_point import FixedPoint
from sparkfl.secure_aggregation.keys import Ed25519PrivateKey, public_of
from sparkfl.secure_aggregation.messages import Step
from sparkfl.secure_aggregation.server import Server
from sparkfl.secure_aggregation.session import Session

__all__ = ["Rehearsal", "rehearse"]


@dataclass(frozen=True)
class Rehearsal:
    """A session that is over.

    Parameters
    ----------
    server : Server
        The aggregator, with all that it has seen.
    clients : mapping of str to Client
        The stores.
    """

    server: Server
    clients: Mapping[str, Client]

    @property
    def total(self) -> list[Fraction]:
        """The total of those who did not leave before round `Step.MASKED` was over."""
        return self.server.total()


def rehearse(
    vectors: Mapping[str, Sequence[float | Fraction]],
    leave: Mapping[str, Step] | None = None,
    threshold: int = 0,
    numbers: FixedPoint | None = None,
) -> Rehearsal:
    """Run a session from its first message to its total.

    Whoever runs it has all vectors: this protects nothing. It is for trying whether vectors fit
    the numbers, and what becomes of a session when stores leave.

    Parameters
    ----------
    vectors : mapping of str to sequence of float, int or Fraction
        What each store adds.
    leave : mapping of str to Step, optional
        Stores that send nothing from a round on.
    threshold : int, optional
        As of `Session`.
    numbers : FixedPoint, optional
        As of `Session`.

    Raises
    ------
    QuorumError
        If fewer than the threshold stay.

    Examples
    --------
    >>> vectors = {"north": [1.5, 2], "south": [0.5, 4], "west": [1, 1], "east": [9, 9]}
    >>> rehearsal = rehearse(vectors, leave={"east": Step.MASKED})
    >>> [float(number) for number in rehearsal.total], rehearsal.server.included
    ([3.0, 7.0], ['north', 'south', 'west'])
    """
    leave = leave or {}
    identities = {name: Ed25519PrivateKey.generate() for name in vectors}
    roster = {name: public_of(key) for name, key in identities.items()}
    length = len(next(iter(vectors.values()), ()))
    session = Session("rehearsal", roster, length, threshold, numbers or FixedPoint())
    clients = {
        name: Client(session, name, identities[name], vector, trusted=roster)
        for name, vector in vectors.items()
    }
    server = Server(session)
    sent = {name: client.begin() for name, client in clients.items()}
    while (step := server.step) is not None:
        for name, message in sent.items():
            if leave.get(name) != step:
                server.receive(message)
        sent = {name: clients[name].answer(told) for name, told in server.proceed().items()}
    return Rehearsal(server, clients)
