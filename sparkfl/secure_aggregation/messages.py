"""What is sent: signed by stores, and read with suspicion by all."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sparkfl.errors import ProtocolError
from sparkfl.secure_aggregation.keys import Ed25519PrivateKey, is_signed
from sparkfl.secure_aggregation.session import Session

__all__ = ["Message", "Step", "binary", "broadcast", "received", "text"]


class Step(StrEnum):
    """The rounds of a session, in their order: what stores send, and then get of the others'."""

    KEYS = "keys"
    SHARES = "shares"
    MASKED = "masked"
    CONSISTENCY = "consistency"
    UNMASKING = "unmasking"

    @property
    def next(self) -> Step | None:
        """The one after it."""
        steps = list(Step)
        return next(iter(steps[steps.index(self) + 1 :]), None)


@dataclass(frozen=True)
class Message:
    """What a store sends in a round.

    Parameters
    ----------
    session : str
        The session's id.
    step : Step
        The round.
    sender : str
        The store.
    body : mapping
        What it says.
    """

    session: str
    step: Step
    sender: str
    body: Mapping[str, Any]

    def signed(self, identity: Ed25519PrivateKey) -> bytes:
        """Return the message with the store's signature, as it is sent."""
        content = json.dumps(
            {
                "session": self.session,
                "step": self.step,
                "sender": self.sender,
                "body": self.body,
            }
        )
        signature = text(identity.sign(content.encode()))
        return json.dumps({"content": content, "signature": signature}).encode()

    @classmethod
    def read(cls, data: bytes, session: Session, step: Step, senders: Collection[str]) -> Message:
        """Read what a store has sent in a round.

        Parameters
        ----------
        data : bytes
            What has come.
        session : Session
            The session.
        step : Step
            The round that is on.
        senders : collection of str
            Who may send.

        Raises
        ------
        ProtocolError
            If it is no message of this session and round, of one of these, signed by its sender.
        """
        try:
            outer = json.loads(data)
            content, signature = outer["content"], binary(outer["signature"])
            told, raw = json.loads(content), content.encode()
            message = cls(told["session"], told["step"], str(told["sender"]), dict(told["body"]))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ProtocolError(
                f"These {len(data)} bytes are no message of secure aggregation. Leave out whoever "
                "sent them."
            ) from error
        name = message.sender
        _of_round(message.session, message.step, session, step, f"A message of {name!r}")
        if name not in session.roster:
            raise ProtocolError(f"{name!r} is not in the roster of session {session.name!r}.")
        if not is_signed(session.roster[name], signature, raw):
            raise ProtocolError(
                f"The message that says it is of {name!r} is not signed with its key: it was "
                "altered, or is another's."
            )
        if name not in senders:
            raise ProtocolError(
                f"{name!r} sends its part of round {step.value!r}, and took no part in the one "
                "before."
            )
        return message

    @staticmethod
    def claimed_sender(data: bytes) -> str | None:
        """Return who a message says it is of, before anything is checked; None if it says none."""
        try:
            return str(json.loads(json.loads(data)["content"])["sender"])
        except (ValueError, TypeError, KeyError, RecursionError):
            return None


def broadcast(session: Session, step: Step, body: Mapping[str, Any]) -> bytes:
    """Return what the aggregator tells a store at the end of a round.

    It is not signed: all that matters in it is sealed or signed by the stores.
    """
    return json.dumps({"session": session.id, "step": step, "body": body}).encode()


def received(data: bytes, session: Session, step: Step) -> Mapping[str, Any]:
    """Read what the aggregator tells at the end of a round.

    Raises
    ------
    ProtocolError
        If it is nothing of the kind, or of another session or round.
    """
    try:
        content = json.loads(data)
        told, at, body = content["session"], content["step"], dict(content["body"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ProtocolError(
            f"These {len(data)} bytes are no message of an aggregator of secure aggregation."
        ) from error
    _of_round(told, at, session, step, "The aggregator's message")
    return body


def _of_round(told: object, at: object, session: Session, step: Step, what: str) -> None:
    """Refuse what is of another session or round."""
    if told != session.id:
        raise ProtocolError(
            f"{what} is of session {str(told)[:8]}…, not of {session.name!r}, {session.id[:8]}…: "
            "it was sent before, or elsewhere."
        )
    if at != step:
        raise ProtocolError(
            f"{what} is of round {str(at)!r}, and round {step.value!r} is on: it was sent before, "
            "or too early."
        )


def text(raw: bytes) -> str:
    """Write bytes as text."""
    return base64.b64encode(raw).decode()


def binary(value: object, size: int | None = None) -> bytes:
    """Read what `text` wrote.

    Raises
    ------
    ProtocolError
        If it is no such text, or of another size.
    """
    try:
        raw = base64.b64decode(str(value), validate=True)
    except ValueError as error:
        raise ProtocolError(f"{str(value)[:20]!r} is not base64.") from error
    if size is not None and len(raw) != size:
        raise ProtocolError(f"{len(raw)} bytes were sent where {size} belong.")
    return raw
