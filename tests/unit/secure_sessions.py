"""A session that a test plays message by message, so that it can do other than it should."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sparkfl.secure_aggregation import Client, Ed25519PrivateKey, Server, Session, Step, public_of

__all__ = ["Played", "body_of", "play"]


@dataclass
class Played:
    """A session up to the end of some round."""

    session: Session
    identities: Mapping[str, Ed25519PrivateKey]
    clients: Mapping[str, Client]
    server: Server
    sent: dict[str, bytes] = field(default_factory=dict)
    """What the stores have sent in the last round."""
    told: dict[str, bytes] = field(default_factory=dict)
    """What the aggregator has told each of them at its end."""
    late: dict[str, bytes] = field(default_factory=dict)
    """Masked vectors of those who were taken for gone."""

    def receive(self) -> None:
        """Hand the aggregator what was sent, and end the round."""
        for message in self.sent.values():
            self.server.receive(message)
        self.told = dict(self.server.proceed())

    def answer(self) -> None:
        """Have all stores answer what they were told."""
        self.sent = {name: self.clients[name].answer(told) for name, told in self.told.items()}


def play(
    until: Step, names: str = "abcd", gone: str = "", vector: Sequence[float] = (1.0, 2.0)
) -> Played:
    """Play a session until stores have sent what a round asks for.

    Vectors of the stores `gone` are sent, and the aggregator takes them for gone.
    """
    identities = {name: Ed25519PrivateKey.generate() for name in names}
    roster = {name: public_of(key) for name, key in identities.items()}
    session = Session("test", roster, len(vector))
    clients = {
        name: Client(session, name, identities[name], vector, trusted=roster) for name in names
    }
    played = Played(session, identities, clients, Server(session))
    played.sent = {name: client.begin() for name, client in clients.items()}
    while played.server.step is not until:
        if played.server.step is Step.MASKED:
            played.late = {name: played.sent.pop(name) for name in gone}
        played.receive()
        played.answer()
    return played


def body_of(message: bytes) -> dict[str, Any]:
    """Read what a message says, whoever sent it."""
    content = json.loads(message)
    if "content" in content:
        content = json.loads(content["content"])
    body: dict[str, Any] = content["body"]
    return body
